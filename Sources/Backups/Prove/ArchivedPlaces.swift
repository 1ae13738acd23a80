public import Archiving

/// Where a path of a node leads in an archive, through the links that were archived with it: pure.
public struct ArchivedPlaces: Sendable {
    public enum Place: Hashable, Sendable {
        /// Path of a file in the archive.
        case file(String)
        /// A secret store or a rebuild puts it there, at this path of the node.
        case brought(String)
        case missing
    }

    /// Of plain files, in the archive.
    public let files: Set<String>
    /// What links lead to, by their path in the archive.
    public let links: [String: String]
    public init(files: Set<String>, links: [String: String]) {
        self.files = files
        self.links = links
    }

    /// Of what goes into an archive.
    public init(entries: [ArchiveEntry]) {
        var files: Set<String> = []
        var links: [String: String] = [:]
        for entry in entries {
            switch entry.kind {
            case .file: files.insert(entry.path)
            case .link(let target): links[entry.path] = target
            case .folder: break
            }
        }
        self.init(files: files, links: links)
    }

    /// As the kernel's.
    private static let mostLinks = 40

    public func find(_ path: String, of node: Manifest.Node) -> Place {
        var path = path
        for _ in 0..<Self.mostLinks {
            if path.hasPrefix("/run/") || path.hasPrefix("/nix/store/") { return .brought(path) }
            guard let (link, target, rest) = firstLink(in: path, of: node) else {
                let place = node.place(of: path)
                return files.contains(place) ? .file(place) : .missing
            }
            let base =
                target.hasPrefix("/")
                ? target : link.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/" + target
            path = Self.plain(base + rest)
        }
        return .missing
    }

    /// The first part of a path that is a link, where it leads, and what comes behind it.
    private func firstLink(in path: String, of node: Manifest.Node) -> (link: String, target: String, rest: String)? {
        var link = ""
        var rest = path.split(separator: "/")[...]
        while let part = rest.popFirst() {
            link += "/" + part
            if let target = links[node.place(of: link)] {
                return (link, target, rest.map { "/" + $0 }.joined())
            }
        }
        return nil
    }

    /// Without `.` and `..`.
    private static func plain(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
