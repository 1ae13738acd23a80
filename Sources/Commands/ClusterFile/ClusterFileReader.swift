import NodeAccess
import UpgradePlanning
import Yams

/// Reads the cluster file (YAML, so JSON too). Every key is known or an error with its line; nothing is guessed.
struct ClusterFileReader {
    let path: String

    /// Throws ``Problem`` with the line of what is wrong.
    func read(_ text: String) throws -> ClusterFile {
        let root = try mapping(
            try document(text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text), "the cluster file",
            keys: ["version", "name", "nodes", "ssh", "kubeconfig", "channel", "backup", "hooks"])
        let version = try scalar(root["version"], "version", in: root)
        guard version == "1" else {
            throw problem(root.node, "version is \(version), and this kupgrade reads version 1")
        }
        let nodes = try nodes(root)
        var file = ClusterFile(
            path: path, name: try clusterName(root), nodes: nodes,
            sshConfig: try ssh(root["ssh"]).map(resolve),
            kubeconfig: try optionalScalar(root["kubeconfig"]).map(resolve),
            channel: try channel(root["channel"]))
        file.hooks = try optionalScalar(root["hooks"]).map(resolve)
        file.backup = try backup(root["backup"])
        return file
    }

    private func document(_ text: String) throws -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw Problem("KUP-E010", "cluster file \(path) is empty", next: exampleHint, status: .usage)
            }
            return node
        } catch let error as YamlError {
            throw Problem(
                "KUP-E010", "cluster file \(path) is not YAML", because: [Self.reason(error)], next: exampleHint,
                status: .usage)
        }
    }

    /// In one sentence: the parser's own has the whole text behind it.
    private static func reason(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line), column \(mark.column): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            return "line \(context.mark.line): \(duplicates.sorted().joined(separator: ", ")) stands there twice"
        case .reader(let problem, _, _, _): return problem
        default: return "\(error)".split(whereSeparator: \.isNewline).first.map(String.init) ?? "it cannot be parsed"
        }
    }

    private func nodes(_ root: Mapping) throws -> [ClusterFile.Node] {
        guard let node = root["nodes"] else { throw problem(root.node, "nodes is missing") }
        guard let mapping = node.mapping, !mapping.isEmpty else {
            throw problem(node, "nodes must map each node's name to how it is reached")
        }
        return try mapping.map { key, value in
            guard let text = key.string, let name = NodeName(text) else {
                throw problem(key, "\(key.string ?? "this") is no node name (lower case letters, digits, - and .)")
            }
            return try self.node(name, value)
        }
    }

    static func isName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_.".utf8.contains(byte)
        }
        return isPlain && name.utf8.count <= 63 && (name.first?.isLetter == true || name.first?.isNumber == true)
    }

    /// Archives and folders are named by it.
    private func clusterName(_ root: Mapping) throws -> String {
        let name = try scalar(root["name"], "name", in: root)
        guard Self.isName(name) else {
            throw problem(
                root["name"] ?? root.node,
                "name must be letters, digits, -, _ and ., and begin with one of the first two")
        }
        return name
    }

    private func node(_ name: NodeName, _ node: Node) throws -> ClusterFile.Node {
        let fields = try mapping(node, "node \(name)", keys: ["addresses", "user", "become", "collect"])
        let addresses = try fields["addresses"].map { try self.addresses($0, name) } ?? [name.text]
        var become = NodeEndpoint.Become.none
        if let text = try optionalScalar(fields["become"]) {
            guard let known = NodeEndpoint.Become(rawValue: text) else {
                throw problem(fields["become"], "become is \(text); it can be none, sudo or run0")
            }
            become = known
        }
        return ClusterFile.Node(
            name: name, addresses: addresses, user: try optionalScalar(fields["user"]), become: become,
            collect: try optionalScalar(fields["collect"]).map(resolve))
    }

    private func addresses(_ node: Node, _ name: NodeName) throws -> [String] {
        let texts = node.string.map { [$0] } ?? node.sequence?.compactMap(\.string) ?? []
        // An address goes to ssh as a word of its own; one that looks like an option is refused all the same.
        guard !texts.isEmpty, texts.count == (node.sequence?.count ?? 1),
            texts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") })
        else { throw problem(node, "addresses of \(name) must be one or more host names or IP addresses") }
        return texts
    }

    private func ssh(_ node: Node?) throws -> String? {
        guard let node else { return nil }
        return try optionalScalar(try mapping(node, "ssh", keys: ["config"])["config"])
    }

    private func channel(_ node: Node?) throws -> ClusterFile.Channel {
        guard let node else { return ClusterFile.Channel(flake: nil, input: "nixpkgs", nixpkgs: nil, bridges: [:]) }
        let fields = try mapping(node, "channel", keys: ["flake", "input", "nixpkgs", "build", "bridges"])
        var bridges: [MinorRelease: String] = [:]
        if let node = fields["bridges"], node.mapping == nil {
            throw problem(node, "bridges must map minor releases to what nixpkgs is overridden with")
        }
        for (key, value) in fields["bridges"]?.mapping.map(Array.init) ?? [] {
            guard let text = key.string, let minor = MinorRelease(text) else {
                throw problem(key, "a bridge is named by its minor release, quoted, such as \"1.35\"")
            }
            bridges[minor] = resolveReference(try scalar(value, "bridges.\(text)", in: fields))
        }
        var channel = ClusterFile.Channel(
            flake: try optionalScalar(fields["flake"]).map(resolveReference),
            input: try optionalScalar(fields["input"]) ?? "nixpkgs",
            nixpkgs: try optionalScalar(fields["nixpkgs"]).map(resolveReference), bridges: bridges)
        channel.build = try optionalScalar(fields["build"])
        return channel
    }

    /// A relative path is relative to the cluster file, wherever kupgrade is started.
    func resolve(_ text: String) -> String {
        if text.hasPrefix("/") { return text }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return folder.isEmpty ? text : folder + "/" + text
    }

    /// A flake reference with a scheme (`github:…`, `path:…`) stays as it is.
    private func resolveReference(_ text: String) -> String {
        if text == "." || text.hasPrefix("./") || text.hasPrefix("../") { return resolve(text) }
        return text
    }
}

// MARK: - Reading YAML with errors that name the line

extension ClusterFileReader {
    struct Mapping {
        var node: Node
        var values: [String: Node]
        subscript(_ key: String) -> Node? { values[key] }
    }

    private var exampleHint: [String] { ["see \"The cluster file\" in the README for its schema"] }

    func problem(_ node: Node?, _ sentence: String) -> Problem {
        let line = node?.mark.map { ":\($0.line)" } ?? ""
        return Problem("KUP-E011", "\(path)\(line): \(sentence)", next: exampleHint, status: .usage)
    }

    func mapping(_ node: Node, _ what: String, keys: [String]) throws -> Mapping {
        guard let mapping = node.mapping else { throw problem(node, "\(what) must be a mapping of names to values") }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.string, keys.contains(name) else {
                let wrong = key.string ?? "this"
                let near = Spelling.nearest(to: wrong, in: keys).map { "; did you mean \($0)?" } ?? ""
                throw problem(key, "\(what) has no key \(wrong)\(near)")
            }
            values[name] = value
        }
        return Mapping(node: node, values: values)
    }

    func scalar(_ node: Node?, _ name: String, in parent: Mapping) throws -> String {
        guard let node else { throw problem(parent.node, "\(name) is missing") }
        guard let text = node.scalar?.string, !text.isEmpty else { throw problem(node, "\(name) must be a text") }
        return text
    }

    func optionalScalar(_ node: Node?) throws -> String? {
        guard let node else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else { throw problem(node, "this must be a text") }
        return text
    }
}

/// What somebody may have meant.
enum Spelling {
    /// The known word with the fewest edits, if it is near enough to be meant.
    static func nearest(to word: String, in known: [String]) -> String? {
        let scored = known.map { ($0, distance(Array(word), Array($0))) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let best = scored.first, best.1 <= max(word.count > 3 ? 2 : 1, word.count / 3) else { return nil }
        return best.0
    }

    /// Levenshtein's distance.
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let next = min(row[j + 1] + 1, row[j] + 1, previous + (a == b ? 0 : 1))
                previous = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[right.count]
    }
}
