/// The host this program runs on, without ssh; the same wrapper, so that the same things are true.
struct LocalSession: NodeSession {
    let endpoint: NodeEndpoint
    var address: String { NodeEndpoint.localAddress }

    func stream(
        _ command: NodeCommand, receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> CommandResult {
        let nonce = Nonce.next()
        let words = Wrapper.arguments(for: command, become: endpoint.become, nonce: nonce)
        let child = ChildProcess(program: words[0], arguments: Array(words.dropFirst()), input: command.input)
        return try await CommandRun(node: endpoint.name, command: command, nonce: nonce, become: endpoint.become)
            .perform(child, receive: receive)
    }

    func tunnel(to host: String, port: Int) async throws -> Int { port }
}
