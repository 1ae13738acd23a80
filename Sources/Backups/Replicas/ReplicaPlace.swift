/// Where copies of archives go, as the cluster file has it.
public enum ReplicaPlace: Hashable, Sendable, CustomStringConvertible {
    /// A folder of a host that ssh reaches: `[USER@]HOST:/FOLDER`. A host that is a node of the cluster file is reached as
    /// that node is.
    case host(user: String?, name: String, folder: String)
    /// Anything rclone speaks: `rclone:REMOTE:PATH`.
    case rclone(String)

    /// `nil` for a text of neither form, or one that a program could take for an option.
    public init?(parsing text: String) {
        guard text.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 }) else { return nil }
        if text.hasPrefix("rclone:") {
            let remote = text.dropFirst("rclone:".count)
            guard let colon = remote.dropFirst().firstIndex(of: ":"), !remote.hasPrefix("-") else { return nil }
            guard !remote[remote.index(after: colon)...].isEmpty else { return nil }
            self = .rclone(String(remote))
            return
        }
        guard let split = text.indices.first(where: { text[$0...].hasPrefix(":/") }) else { return nil }
        let login = text[..<split].split(separator: "@", omittingEmptySubsequences: false)
        let folder = text[text.index(after: split)...]
        let parts = folder.split(separator: "/")
        guard (1...2).contains(login.count), login.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") }),
            let host = login.last, !parts.isEmpty, !parts.contains("..")
        else { return nil }
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
        guard !name.isEmpty, !name.contains("/") else { return nil }
        self = .host(
            user: login.count == 2 ? String(login[0]) : nil, name: String(name),
            folder: "/" + parts.joined(separator: "/"))
    }

    public var description: String {
        switch self {
        case .host(let user, let name, let folder):
            "\(user.map { $0 + "@" } ?? "")\(name.contains(":") ? "[\(name)]" : name):\(folder)"
        case .rclone(let remote): "rclone:\(remote)"
        }
    }
}
