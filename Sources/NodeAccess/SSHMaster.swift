/// The one login to an address: the `ssh` that every command on the node rides on.
struct SSHMaster: Sendable {
    var program: SSHProgram
    var node: String
    var connectTimeout: Duration

    /// Stays until the connection ends or the task is cancelled, and returns why it ended. `ready` is called once, when
    /// the login has worked.
    func run(ready: @escaping @Sendable () -> Void) async -> NodeAccessError {
        let watch = LoginWatch()
        do {
            return try await withThrowingTaskGroup(of: NodeAccessError?.self) { group in
                group.addTask {
                    let ending = try await ChildProcess(program: "ssh", arguments: program.master).run(
                        deadline: .seconds(7 * 86_400), outputLimit: 1 << 20
                    ) { _ in
                        if await watch.loggedIn() { ready() }
                    }
                    return await error(for: ending, wasReady: watch.isLoggedIn)
                }
                group.addTask {
                    // ssh's own ConnectTimeout ends at the TCP connection; a server that accepts and says nothing is ours.
                    try await Task.sleep(for: connectTimeout + .seconds(1))
                    return await watch.isLoggedIn ? nil : silence
                }
                defer { group.cancelAll() }
                while let result = try await group.next() {
                    if let result { return result }
                }
                return silence
            }
        } catch ChildProcess.Failure.cannotStart {
            return NodeAccessError(.programMissing, node: node, "this host has no ssh program")
        } catch {
            return NodeAccessError(.connectionLost, node: node, "the connection to \(node) was ended")
        }
    }

    private var silence: NodeAccessError {
        NodeAccessError(.unreachable, node: node, "no login within \(connectTimeout.components.seconds) s")
    }

    private func error(for ending: ChildProcess.Ending, wasReady: Bool) -> NodeAccessError {
        if wasReady {
            return NodeAccessError(
                .connectionLost, node: node,
                "the connection to \(node) ended: \(SSHFailure.reason(in: ending.errorOutput))")
        }
        return NodeAccessError(
            SSHFailure.code(for: ending.errorOutput), node: node, SSHFailure.reason(in: ending.errorOutput))
    }
}

private actor LoginWatch {
    private(set) var isLoggedIn = false

    /// `true` the first time.
    func loggedIn() -> Bool {
        defer { isLoggedIn = true }
        return !isLoggedIn
    }
}
