/// A node behind ssh, by the connection that ``NodeConnection`` keeps.
struct SSHSession: NodeSession {
    let endpoint: NodeEndpoint
    let program: SSHProgram
    var address: String { program.address }

    func stream(
        _ command: NodeCommand, receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> CommandResult {
        let nonce = Nonce.next()
        let line = Wrapper.line(for: command, become: endpoint.become, nonce: nonce)
        let child = ChildProcess(program: "ssh", arguments: program.command(line), input: command.input)
        return try await CommandRun(node: endpoint.name, command: command, nonce: nonce, become: endpoint.become)
            .perform(child, receive: receive)
    }

    func tunnel(to host: String, port: Int) async throws -> Int {
        var lastWords = ""
        // Another program may take the free port between our look and ssh's bind: then another one is tried.
        for _ in 0..<5 {
            let local = try LoopbackPort.find()
            let child = ChildProcess(
                program: "ssh", arguments: program.forward(localPort: local, host: host, port: port))
            let ending = try await child.run(deadline: .seconds(10), outputLimit: 1 << 16) { _ in }
            if ending.exitCode == 0 { return local }
            lastWords = SSHFailure.reason(in: ending.errorOutput)
        }
        throw NodeAccessError(
            .connectionLost, node: endpoint.name, "no tunnel to port \(port) of \(endpoint.name): \(lastWords)")
    }
}
