/// The one login to an address: the `ssh` that every command on the node rides on.
struct SSHMaster: Sendable {
    var program: SSHProgram
    var node: String
    var connectTimeout: Duration
    /// Of what a login may print on its own: a banner, a profile's greetings.
    private static let outputLimit = 1 << 20

    /// Stays until the connection ends or the task is cancelled, and returns why it ended. `ready` is called once, when
    /// the login has worked.
    func run(ready: @escaping @Sendable () -> Void) async -> NodeAccessError {
        let mark = Nonce.next()
        let watch = MarkWatch(mark: mark)
        do {
            return try await withThrowingTaskGroup(of: NodeAccessError?.self) { group in
                group.addTask {
                    let ending = try await ChildProcess(program: "ssh", arguments: program.master(mark: mark)).run(
                        deadline: .seconds(7 * 86_400), outputLimit: Self.outputLimit
                    ) { bytes in
                        if await !watch.isSeen, await watch.feed(bytes) != nil { ready() }
                    }
                    return await error(for: ending, wasReady: watch.isSeen)
                }
                group.addTask {
                    // ssh's own ConnectTimeout ends at the TCP connection; a server that accepts and says nothing is ours.
                    try await Task.sleep(for: connectTimeout + .seconds(1))
                    return await watch.isSeen ? nil : silence
                }
                defer { group.cancelAll() }
                while let result = try await group.next() {
                    if let result { return result }
                }
                return silence
            }
        } catch ChildProcess.Failure.cannotStart {
            return NodeAccessError(.programMissing, node: node, "this host has no ssh program")
        } catch ChildProcess.Failure.outputTooLarge {
            return NodeAccessError(
                .outputTooLarge, node: node,
                "its login prints more than \(Self.outputLimit >> 20) MiB before anything can be asked")
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
