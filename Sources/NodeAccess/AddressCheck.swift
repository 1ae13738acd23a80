/// Whether an address leads to the node, without logging in: by OpenSSH itself, so that jumps and known_hosts hold.
struct AddressCheck: Sendable {
    var program: SSHProgram
    var node: String
    var limit: Duration

    func run() async -> NodeConnection.Attempt.Outcome {
        do {
            var errorOutput = try await answer(quickly: true)
            if SSHFailure.isAboutKeyExchange(errorOutput) { errorOutput = try await answer(quickly: false) }
            let code = SSHFailure.code(for: errorOutput)
            // Refused is what we asked for: the server answered and its host key is the known one.
            return code == .loginRefused
                ? .answers : .failed(NodeAccessError(code, node: node, SSHFailure.reason(in: errorOutput)))
        } catch {
            return .failed(NodeAccessError(.unreachable, node: node, "no answer within \(limit.components.seconds) s"))
        }
    }

    /// What ssh says on standard error.
    private func answer(quickly: Bool) async throws -> String {
        let child = ChildProcess(program: "ssh", arguments: program.check(quickly: quickly))
        return try await child.run(deadline: limit + .seconds(1), outputLimit: 1 << 16) { _ in }.errorOutput
    }
}
