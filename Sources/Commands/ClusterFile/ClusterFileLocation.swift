/// Where the cluster file is: `-f`, `KUPGRADE_CLUSTER`, `./kupgrade.yaml`, the user's, the host's; the first that is there.
enum ClusterFileLocation {
    /// The file that applies, or `nil` where none was named, none is there, and none is needed.
    static func load(option: String?, world: World, isOptional: Bool) throws -> ClusterFile? {
        do {
            return try load(option: option, world: world)
        } catch let problem as Problem where isOptional && problem.code == "KUP-E001" {
            return nil
        }
    }

    /// Reads the file that applies. Throws ``Problem``.
    static func load(option: String?, world: World) throws -> ClusterFile {
        let path = try find(option: option, world: world)
        let bytes = try OwnedFile.read(path, caller: world.userID, limit: 1 << 20, what: "cluster file")
        return try ClusterFileReader(path: path).read(String(decoding: bytes, as: UTF8.self))
    }

    /// The file that applies, and why it is that one.
    struct Place {
        var path: String
        /// `by -f`, `by KUPGRADE_CLUSTER`, `as ./kupgrade.yaml`.
        var reason: String
    }

    static func find(option: String?, world: World) throws(Problem) -> String {
        try place(option: option, world: world).path
    }

    static func place(option: String?, world: World) throws(Problem) -> Place {
        if let option { return Place(path: absolute(option, world), reason: "by -f") }
        if let variable = world.environment["KUPGRADE_CLUSTER"], !variable.isEmpty {
            return Place(path: absolute(variable, world), reason: "by KUPGRADE_CLUSTER")
        }
        let places = places(world)
        guard let found = places.first(where: { StandardFiles.exists($0) }) else {
            throw Problem(
                "KUP-E001", "there is no cluster file",
                because: ["none of these exists: \(places.joined(separator: ", "))"],
                next: ["kupgrade init --node MASTER  # finds a cluster and writes one"], status: .usage)
        }
        return Place(path: found, reason: "in a usual place")
    }

    /// Where it is looked for, in this order.
    static func places(_ world: World) -> [String] {
        [
            world.workingDirectory + "/kupgrade.yaml", world.configurationFolder + "/cluster.yaml",
            "/etc/kupgrade/cluster.yaml",
        ]
    }

    private static func absolute(_ path: String, _ world: World) -> String {
        path.hasPrefix("/") ? path : world.workingDirectory + "/" + path
    }
}
