/// What an apiserver keeps, by name: asked only where masters turn out to be several clusters.
public struct ContentFacts: Codable, Hashable, Sendable {
    /// Resource (`deployments`) to objects, as `namespace/name`, or `name` for those of the whole cluster.
    public var objects: [String: [String]]
    /// What could not be listed, each with its reason; `nil` in facts from before it was said.
    public var unread: [String]?

    public init(objects: [String: [String]], unread: [String]? = nil) {
        self.objects = objects
        self.unread = unread
    }

    /// What none of the others has, as sentences; one that says so where there is nothing.
    func only(beside others: [ContentFacts]) -> [String] {
        let lines = objects.sorted { $0.key < $1.key }.compactMap { resource, names -> String? in
            let known = Set(others.flatMap { $0.objects[resource] ?? [] })
            let own = names.filter { !known.contains($0) }
            return own.isEmpty ? nil : "only there: \(resource) \(own.listed(limit: 5))"
        }
        let none = "nothing is there that the others do not have by name, of \(Amount.count(objects.count, "kind"))"
        return (lines.isEmpty ? [none] : lines) + (unread ?? []).map { "not looked at: \($0)" }
    }
}
