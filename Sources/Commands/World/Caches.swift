import FoundationEssentials
import UpgradePlanning

/// What programs of store paths print for `--version`, or the public halves of key files: what never changes is asked once.
struct LineCache: Sendable {
    let path: String
    /// Entries; with more, all is asked anew once. Each is sent to every node.
    static let limit = 500

    /// Empty where there is no cache, or it cannot be read: then everything is asked again.
    func load() -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path), data.count < 1 << 20 else { return [:] }
        let lines = (try? JSONDecoder().decode([String: String].self, from: data)) ?? [:]
        return lines.count > Self.limit ? [:] : lines
    }

    /// A cache that cannot be written costs time only.
    func save(_ lines: [String: String]) {
        guard lines != load(), let text = try? JSONText.encode(lines) else { return }
        try? StandardFiles.replace(path, with: Array(text.utf8))
    }
}

/// What active generations hold, one file for each: a store path never changes, so it is read once.
struct ClosureCache: Sendable {
    let folder: String
    private static let limit = 64

    /// Toplevels whose closures are here, by store path.
    func toplevels() -> [String] { names().map { "/nix/store/\($0)" } }

    /// `nil` for one that is not here; one that cannot be read is removed, and asked for the next time.
    func load(_ toplevel: String) -> ClosureFacts? {
        let path = self.path(of: toplevel)
        guard let data = FileManager.default.contents(atPath: path), data.count < 16 << 20 else { return nil }
        if let facts = try? JSONDecoder().decode(ClosureFacts.self, from: data) { return facts }
        try? FileManager.default.removeItem(atPath: path)
        return nil
    }

    /// A cache that cannot be written costs time only.
    func save(_ facts: ClusterFacts) {
        let present = Set(names())
        for host in facts.nodes.compactMap(\.host.value) {
            guard let toplevel = host.generations.current?.text, let closure = host.closure.value,
                let name = toplevel.split(separator: "/").last, !present.contains(String(name)),
                let text = try? JSONText.encode(closure)
            else { continue }
            try? StandardFiles.replace(path(of: toplevel), with: Array(text.utf8))
        }
        for name in names().dropFirst(Self.limit) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name).json")
        }
    }

    private func path(of toplevel: String) -> String {
        "\(folder)/\(toplevel.split(separator: "/").last.map(String.init) ?? "none").json"
    }

    /// Newest first.
    private func names() -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        func age(_ file: String) -> Date {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
            return attributes?[.modificationDate] as? Date ?? .distantPast
        }
        return files.filter { $0.hasSuffix(".json") }.map { ($0, age($0)) }.sorted { $0.1 > $1.1 }
            .map { String($0.0.dropLast(".json".count)) }
    }
}
