extension APIServerConnection {
    /// All objects of a list, in pages of 500 as kubectl asks for them.
    ///
    /// A continuation that went stale (HTTP 410, after etcd's compaction) starts the list anew, once: pages of two
    /// readings must not be mixed, and a cluster that compacts faster than we read would keep us forever.
    func list<Item: Decodable & Sendable>(
        _ item: Item.Type, at path: String, query: [(String, String)] = [], accept: String = "application/json"
    ) async throws -> [Item] {
        try await reading(item, at: path, query: query, accept: accept).items
    }

    /// With the version of the reading.
    func reading<Item: Decodable & Sendable>(
        _ item: Item.Type, at path: String, query: [(String, String)] = [], accept: String = "application/json"
    ) async throws -> (items: [Item], version: String) {
        do {
            return try await pages(item, at: path, query, accept: accept)
        } catch let error as KubernetesError where error.code == .expired {
            return try await pages(item, at: path, query, accept: accept)
        }
    }

    private func pages<Item: Decodable & Sendable>(
        _ item: Item.Type, at path: String, _ selection: [(String, String)], accept: String
    ) async throws -> (items: [Item], version: String) {
        var items: [Item] = []
        var query = selection + [("limit", "500")]
        var continuation: String?
        for _ in 0..<limits.pages {
            let page = try await object(ObjectList<Item>.self, at: path, query: query, accept: accept)
            items.append(contentsOf: page.items)
            guard let next = page.continuation else { return (items, page.version) }
            guard next != continuation else {
                throw KubernetesError(.malformed, "the API server repeats a page of GET \(path)")
            }
            continuation = next
            query = selection + [("limit", "500"), ("continue", next)]
        }
        throw KubernetesError(.tooLarge, "the list of GET \(path) has more than \(limits.pages) pages")
    }
}
