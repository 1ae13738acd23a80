/// The apiservers found so far, in the order in which their nodes answered, for those who cannot wait for all nodes.
actor MasterWatch {
    private var unseen: Int
    private var routes: [APIServerRoute] = []
    private var handedOut = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(candidates: Int) {
        unseen = candidates
    }

    /// A node has been looked at: the way to its apiserver, or `nil` where there is none. Once for each node.
    func report(_ route: APIServerRoute?) {
        unseen -= 1
        if let route { routes.append(route) }
        let ready = waiting
        waiting = []
        for continuation in ready { continuation.resume() }
    }

    /// The next apiserver; `nil` when all nodes have been looked at and every apiserver was handed out.
    func next() async -> APIServerRoute? {
        while handedOut == routes.count {
            if unseen <= 0 { return nil }
            await withCheckedContinuation { waiting.append($0) }
        }
        handedOut += 1
        return routes[handedOut - 1]
    }

    /// The node's own credentials, or those of any other master: an admin of the cluster is one everywhere. Throws why
    /// there are none.
    func credentials(for route: APIServerRoute) throws -> APIServerCredentials {
        if case .success(let own) = route.credentials { return own }
        for other in routes {
            if case .success(let theirs) = other.credentials { return theirs }
        }
        return try route.credentials.get()
    }
}
