/// Whether an address leads to the node, without logging in: by OpenSSH itself, so that jumps and known_hosts hold.
struct AddressCheck: Sendable {
    var program: SSHProgram
    var node: String
    var limit: Duration

    func run() async -> NodeConnection.Attempt.Outcome {
        do {
            let child = ChildProcess(program: "ssh", arguments: program.check)
            let ending = try await child.run(deadline: limit + .seconds(1), outputLimit: 1 << 16) { _ in }
            let code = SSHFailure.code(for: ending.errorOutput)
            // Refused is what we asked for: the server answered and its host key is the known one.
            return code == .loginRefused
                ? .answers : .failed(NodeAccessError(code, node: node, SSHFailure.reason(in: ending.errorOutput)))
        } catch {
            return .failed(NodeAccessError(.unreachable, node: node, "no answer within \(limit.components.seconds) s"))
        }
    }
}
