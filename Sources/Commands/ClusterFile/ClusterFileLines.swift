import Yams

/// On which line of the cluster file each value is, by its path: `nodes.grey-area.user`.
struct ClusterFileLines {
    private var lines: [String: Int] = [:]

    /// Of a text that was read before: one that is no YAML has no lines.
    init(_ text: String) {
        guard let node = try? Yams.compose(yaml: text) else { return }
        add(node, at: "")
    }

    subscript(_ path: String) -> Int? { lines[path] }

    private mutating func add(_ node: Node, at path: String) {
        if !path.isEmpty, let mark = node.mark { lines[path] = mark.line }
        for (key, value) in node.mapping.map(Array.init) ?? [] {
            add(value, at: path.isEmpty ? key.string ?? "" : path + "." + (key.string ?? ""))
        }
    }
}
