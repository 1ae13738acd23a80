import FoundationEssentials
import UpgradePlanning

/// Facts as a file: JSON with sorted keys, so that two of them can be compared line by line.
enum FactsDocument {
    static func encode(_ facts: ClusterFacts) throws -> String { try JSONText.encode(facts) }

    /// Throws ``Problem`` for a file that is no facts, or of a newer schema.
    static func read(_ path: String, world: World) throws -> ClusterFacts {
        let bytes = try OwnedFile.read(path, caller: world.userID, limit: 256 << 20, what: "facts file")
        struct Head: Decodable { var schema: Int }
        guard let head = try? JSONDecoder().decode(Head.self, from: Data(bytes)) else {
            throw Problem(
                "KUP-E020", "\(path) holds no facts", next: ["kupgrade facts -o json >facts.json"], status: .usage)
        }
        guard head.schema <= ClusterFacts.currentSchema else {
            throw Problem(
                "KUP-E021", "\(path) was written by a newer kupgrade",
                because: ["it has schema \(head.schema), and this kupgrade reads up to \(ClusterFacts.currentSchema)"],
                status: .refused)
        }
        do {
            return try JSONDecoder().decode(ClusterFacts.self, from: Data(bytes))
        } catch {
            throw Problem(
                "KUP-E020", "\(path) holds no facts that can be read", because: [JSONText.reason(error)], status: .usage
            )
        }
    }
}

extension FactsDocument {
    /// The cluster file to read facts with: the one that was named with `-f`, which must be of the same cluster, or one from a
    /// usual place if it is. Throws ``Problem``.
    static func clusterFile(for facts: ClusterFacts, option: String?, world: World) throws -> ClusterFile? {
        let file = try ClusterFileLocation.load(option: option, world: world, isOptional: true)
        guard let file else { return nil }
        let (here, there) = (Set(file.nodes.map(\.name)), Set(facts.nodes.map(\.name)))
        // Two clusters may well have the same name: `home`.
        guard file.name != facts.cluster || here != there else { return file }
        guard option != nil || file.name == facts.cluster && !here.isDisjoint(with: there) else { return nil }
        let differing = here.symmetricDifference(there).sorted().map(\.text).joined(separator: ", ")
        throw Problem(
            "KUP-E022",
            file.name == facts.cluster
                ? "the facts are not of the nodes of \(file.path)"
                : "the facts are of cluster \(facts.cluster), and \(file.path) is of \(file.name)",
            because: differing.isEmpty ? [] : ["only one of them has \(differing)"],
            next: ["kupgrade facts -f \(Paste.word(file.path)) -o json >facts.json  # of this one"], status: .usage)
    }
}

/// JSON as the program writes it everywhere.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// On one line, without a newline at its end.
    static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Where in the document a decoder stopped, and why.
    static func reason(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
            return path.isEmpty ? "at the top" : "at \(path.hasPrefix(".") ? String(path.dropFirst()) : path)"
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): return "\(key.stringValue) is missing \(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return "\(context.debugDescription) \(place(context))"
        case nil: return "\(error)"
        @unknown default: return "\(error)"
        }
    }
}
