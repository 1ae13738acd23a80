import AgeEncryption
import Backups
import UpgradePlanning
import Yams

extension ClusterFileReader {
    func backup(_ node: Node?) throws -> ClusterFile.Backup {
        var backup = ClusterFile.Backup()
        guard let node else { return backup }
        let fields = try mapping(
            node, "backup",
            keys: [
                "directory", "recipients", "signers", "folders", "retention", "trash", "replicas", "volumes", "metrics",
            ])
        backup.directory = try optionalScalar(fields["directory"]).map(resolve)
        backup.recipients = try keys(fields["recipients"], "recipients") { text throws(AgeError) in
            _ = try AgeRecipient(parsing: text)
        }
        backup.signers = try keys(fields["signers"], "signers") { text throws(AgeError) in
            _ = try SignerKey(parsing: text)
        }
        backup.folders = try folders(fields["folders"])
        backup.retention = try retention(fields["retention"])
        if let node = fields["trash"] { backup.trash = .seconds(try age(node, "trash")) }
        backup.metrics = try optionalScalar(fields["metrics"]).map(resolve)
        backup.replicas = try replicas(fields["replicas"])
        for (key, value) in try volumes(fields["volumes"]) { backup.volumes[key] = value }
        return backup
    }

    /// `off`, or counts; those that are not there are zero, as soon as one is.
    private func retention(_ node: Node?) throws -> RetentionPolicy? {
        guard let node else { return RetentionPolicy() }
        if node.string == "off" { return nil }
        let names = ["last", "daily", "weekly", "monthly", "within"]
        let fields = try mapping(node, "retention", keys: names)
        var policy = RetentionPolicy()
        func count(_ name: String) throws -> Int {
            guard let node = fields[name] else { return 0 }
            guard let text = node.string, let count = Int(text), (0...10_000).contains(count) else {
                throw problem(node, "retention.\(name) must be a number of archives")
            }
            return count
        }
        (policy.last, policy.daily) = (try count("last"), try count("daily"))
        (policy.weekly, policy.monthly) = (try count("weekly"), try count("monthly"))
        policy.within = try fields["within"].map { .seconds(try age($0, "retention.within")) }
        guard policy.last + policy.daily + policy.weekly + policy.monthly > 0 || policy.within != nil else {
            throw problem(node, "retention keeps nothing; off keeps everything")
        }
        return policy
    }

    private func age(_ node: Node, _ name: String) throws -> Int64 {
        guard let age = node.string.flatMap(Age.init(argument:)) else {
            throw problem(node, "\(name) must be a time such as 26h or 7d")
        }
        return age.seconds
    }

    private func replicas(_ node: Node?) throws -> [ReplicaPlace] {
        guard let node else { return [] }
        guard let items = node.sequence else { throw problem(node, "backup.replicas must be a list of places") }
        var places: [ReplicaPlace] = []
        for item in items {
            guard let place = item.string.flatMap(ReplicaPlace.init(parsing:)) else {
                throw problem(
                    item, "a replica is [USER@]HOST:/FOLDER or rclone:REMOTE:PATH, and this is \(item.string ?? "none")"
                )
            }
            guard !places.contains(place) else { throw problem(item, "the replica \(place) is there twice") }
            places.append(place)
        }
        return places
    }

    private func volumes(_ node: Node?) throws -> [(String, String)] {
        guard let node else { return [] }
        guard let mapping = node.mapping else {
            throw problem(node, "backup.volumes must map NAMESPACE/CLAIM to what backs it up")
        }
        return try mapping.map { key, value in
            guard let claim = key.string, claim.split(separator: "/").count == 2,
                let by = value.scalar?.string, !by.isEmpty
            else { throw problem(key, "backup.volumes must map NAMESPACE/CLAIM to what backs it up") }
            return (claim, by)
        }
    }

    /// Absolute paths on the nodes.
    private func folders(_ node: Node?) throws -> [String] {
        guard let node else { return [] }
        let paths = node.sequence.map { $0.map { $0.string ?? "" } } ?? [""]
        guard paths.allSatisfy({ $0.hasPrefix("/") && $0.count > 1 && !$0.contains("\n") }) else {
            throw problem(node, "backup.folders must be a list of absolute paths on the nodes")
        }
        for path in paths where Self.holdsPods(path) {
            throw problem(
                node,
                "backup.folders names \(path), which holds the kubelet's folder of its pods, with their tokens and "
                    + "volumes: name the folders in it that are wanted")
        }
        return paths
    }

    /// `/var/lib/kubelet`, its `pods`, or a folder that either is in.
    private static func holdsPods(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        let pods: [Substring] = ["var", "lib", "kubelet", "pods"]
        return pods.starts(with: parts) || parts.starts(with: pods)
    }

    private func reason(_ text: String, _ check: (String) throws(AgeError) -> Void) -> String? {
        do {
            try check(text)
            return nil
        } catch {
            return error.message
        }
    }

    /// A list of public keys, each on a line of its own.
    private func keys(
        _ node: Node?, _ name: String, check: (String) throws(AgeError) -> Void
    ) throws -> [String] {
        guard let node else { return [] }
        guard let items = node.sequence else { throw problem(node, "backup.\(name) must be a list of public keys") }
        return try items.map { item in
            guard let text = item.string else { throw problem(item, "backup.\(name) must be a list of public keys") }
            if let reason = reason(text, check) { throw problem(item, "backup.\(name): \(reason)") }
            return text
        }
    }
}
