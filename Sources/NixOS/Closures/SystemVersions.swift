import FoundationEssentials

/// What a system's units run, by the names of their store paths: without starting anything, so it takes no time.
public enum SystemVersions {
    private static let unitLimit = 1 << 20

    /// The version of the program that a unit of this system runs; `nil` where it has no such unit, or no version in its
    /// path.
    ///
    /// `system`: a toplevel's path. `/nix/store/HASH-kubernetes-1.36.0/bin/kubelet` says 1.36.0.
    public static func version(of unit: String, in system: String) -> String? {
        let path = "\(system)/etc/systemd/system/\(unit).service"
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size < unitLimit,
            let data = FileManager.default.contents(atPath: path)
        else { return nil }
        return UnitText([String(decoding: data, as: UTF8.self)]).execStart.flatMap { version(inPath: $0.program) }
    }

    /// `1.36.0` of `/nix/store/HASH-kubernetes-1.36.0/bin/kubelet`.
    static func version(inPath path: String) -> String? {
        let parts = path.split(separator: "/")
        guard parts.count > 2, parts[0] == "nix", parts[1] == "store" else { return nil }
        let words = parts[2].split(separator: "-")
        guard let start = words.indices.first(where: { $0 > 0 && words[$0].first?.isNumber == true }) else {
            return nil
        }
        return words[start...].joined(separator: "-")
    }
}
