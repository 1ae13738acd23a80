/// The connection to one node, from the first attempt to its end.
///
/// ``serve()`` makes it and keeps it; everyone else waits for ``session()``. One address is tried after the other, the next
/// one also when the one before stays silent for a while; the first that logs in is used. Every attempt is remembered.
/// One that ended is made anew when somebody asks for it (``renewed()``): a host that booted, a network that came back.
public actor NodeConnection {
    /// How an address answered.
    public struct Attempt: Sendable, Hashable {
        public enum Outcome: Sendable, Hashable {
            /// The commands run over this one.
            case used
            /// It answers with the right host key; it was not logged in to.
            case answers
            case failed(NodeAccessError)
        }

        public var address: String
        public var outcome: Outcome

        var hasFailed: Bool {
            if case .failed = outcome { true } else { false }
        }
    }

    public nonisolated let endpoint: NodeEndpoint
    private let settings: SSHSettings
    /// Where its sockets are, and what their names begin with: no other connection's do.
    private let socketPrefix: String
    private var state = State.connecting
    private var waiting: [CheckedContinuation<any NodeSession, any Error>] = []
    /// In the order in which they ended.
    private var attempts: [Attempt] = []
    /// How often it was made: each time with sockets of its own, since the old ones may still lie there.
    private var generation = 0
    /// It stood once, or somebody has heard that it cannot be made: the next who asks wants another attempt.
    private var isWorthAnother = false
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    private enum State {
        case connecting
        case connected(any NodeSession)
        case failed(NodeAccessError)
    }

    private enum Event: Sendable {
        case ready(Int)
        case ended(Int, NodeAccessError)
        case impatient(Int)
    }

    /// `number`: among the connections whose sockets are in one folder. A name alone may be that of a place, with slashes in
    /// it, or begin as another's does.
    init(endpoint: NodeEndpoint, settings: SSHSettings, socketFolder: String, number: Int) {
        self.endpoint = endpoint
        self.settings = settings
        let name = String(
            endpoint.name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" }.prefix(20))
        socketPrefix = "\(socketFolder)/\(name)-\(number)"
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The session, once an address has answered. Throws ``NodeAccessError`` when none does.
    public func session() async throws -> any NodeSession {
        switch state {
        case .connected(let session): return session
        case .failed(let error):
            isWorthAnother = true
            throw error
        case .connecting: return try await withCheckedThrowingContinuation { waiting.append($0) }
        }
    }

    /// The session; where the connection has ended or never stood, it is tried once more. Throws ``NodeAccessError``.
    public func renewed() async throws -> any NodeSession {
        if case .failed = state, isWorthAnother {
            state = .connecting
            attempts = []
            generation += 1
            wake.yield()
        }
        return try await session()
    }

    /// Whether a new login works, by any address; what stands is not used and not ended.
    ///
    /// Returns the address; throws ``NodeAccessError``. Not an error: that another address does not answer.
    public func freshLogin() async throws -> String {
        if endpoint.isLocal { return NodeEndpoint.localAddress }
        var failure = NodeAccessError(.unreachable, node: endpoint.name, "\(endpoint.name) has no address")
        for (index, address) in endpoint.addresses.enumerated() {
            let login = program(for: index).login()
            do {
                let result = try await LocalProgram("ssh", login).run(
                    deadline: settings.connectTimeout + .seconds(5), outputLimit: 1 << 16)
                if result.exitCode == 0 { return address }
                failure = NodeAccessError(
                    SSHFailure.code(for: result.errorOutput), node: endpoint.name,
                    "\(address): \(SSHFailure.reason(in: result.errorOutput))")
            } catch let error as NodeAccessError {
                failure = error
            }
        }
        throw failure
    }

    /// Every address in the endpoint's order with how it answers; the ones not tried yet are tried now, without logging in.
    ///
    /// Waits until the connection stands or has failed. Not an error: an address that is dead.
    public func checkedAddresses() async -> [Attempt] {
        _ = try? await session()
        let checks = endpoint.addresses.enumerated().map { index, address in
            let known = attempts.first { $0.address == address }
            let check = AddressCheck(program: program(for: index), node: endpoint.name, limit: settings.connectTimeout)
            return (index, known, check)
        }
        return await Self.perform(checks)
    }

    private nonisolated static func perform(_ checks: [(Int, Attempt?, AddressCheck)]) async -> [Attempt] {
        await withTaskGroup(of: (Int, Attempt).self) { group in
            for (index, known, check) in checks {
                group.addTask {
                    if let known { return (index, known) }
                    return (index, Attempt(address: check.program.address, outcome: await check.run()))
                }
            }
            var results: [(Int, Attempt)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Connects and stays until the task is cancelled; when the connection ends, until somebody wants it again.
    func serve() async {
        await serveOnce()
        for await _ in wakes {
            if Task.isCancelled { return }
            await serveOnce()
        }
    }

    private func serveOnce() async {
        if endpoint.isLocal {
            attempts.append(Attempt(address: NodeEndpoint.localAddress, outcome: .used))
            settle(.connected(LocalSession(endpoint: endpoint)))
            return
        }
        let (events, feed) = AsyncStream.makeStream(of: Event.self)
        await withTaskGroup(of: Void.self) { group in
            attempt(0, in: &group, feed)
            var started = 1
            for await event in events {
                switch event {
                case .ready(let index):
                    connected(by: index)
                case .ended(let index, let error):
                    record(index, error)
                    if started < endpoint.addresses.count, isConnecting {
                        attempt(started, in: &group, feed)
                        started += 1
                    }
                    if attempts.count == started, isConnecting { settle(.failed(summary())) }
                case .impatient(let index):
                    if index + 1 == started, started < endpoint.addresses.count, isConnecting {
                        attempt(started, in: &group, feed)
                        started += 1
                    }
                }
                if isOver(started: started) { break }
            }
            group.cancelAll()
        }
        settle(
            .failed(NodeAccessError(.connectionLost, node: endpoint.name, "the connection to \(endpoint.name) ended")))
    }

    private var isConnecting: Bool {
        if case .connecting = state { true } else { false }
    }

    /// Nothing is left to wait for: the used connection ended, or every attempt failed.
    private func isOver(started: Int) -> Bool {
        switch state {
        case .connecting: false
        case .failed: true
        case .connected(let session): attempts.contains { $0.address == session.address && $0.hasFailed }
        }
    }

    private func attempt(_ index: Int, in group: inout TaskGroup<Void>, _ feed: AsyncStream<Event>.Continuation) {
        let program = program(for: index)
        let name = endpoint.name
        let limit = settings.connectTimeout
        group.addTask {
            let error = await SSHMaster(program: program, node: name, connectTimeout: limit).run {
                feed.yield(.ready(index))
            }
            feed.yield(.ended(index, error))
        }
        let patience = settings.patience
        group.addTask {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            feed.yield(.impatient(index))
        }
    }

    private func program(for index: Int) -> SSHProgram {
        SSHProgram(
            settings: settings, endpoint: endpoint, address: endpoint.addresses[index],
            socket: "\(socketPrefix)-\(index)" + (generation > 0 ? ".\(generation)" : ""))
    }

    private func connected(by index: Int) {
        guard isConnecting else { return }
        attempts.append(Attempt(address: endpoint.addresses[index], outcome: .used))
        settle(.connected(SSHSession(endpoint: endpoint, program: program(for: index))))
    }

    private func record(_ index: Int, _ error: NodeAccessError) {
        let address = endpoint.addresses[index]
        attempts.removeAll { $0.address == address }
        attempts.append(Attempt(address: address, outcome: .failed(error)))
    }

    /// One error for all addresses: the most telling code, every reason.
    private func summary() -> NodeAccessError {
        let errors: [(String, NodeAccessError)] = attempts.compactMap { attempt in
            if case .failed(let error) = attempt.outcome { (attempt.address, error) } else { nil }
        }
        let code = errors.map(\.1.code).first { $0 != .unreachable } ?? .unreachable
        let reasons = errors.map { "\($0.0): \($0.1.message)" }.joined(separator: "; ")
        return NodeAccessError(code, node: endpoint.name, "\(endpoint.name) cannot be reached (\(reasons))")
    }

    private func settle(_ new: State) {
        if case .failed = state { return }
        state = new
        if case .connected = new { isWorthAnother = true } else if !waiting.isEmpty { isWorthAnother = true }
        let ready = waiting
        waiting = []
        for continuation in ready {
            switch new {
            case .connected(let session): continuation.resume(returning: session)
            case .failed(let error): continuation.resume(throwing: error)
            case .connecting: waiting.append(continuation)
            }
        }
    }
}
