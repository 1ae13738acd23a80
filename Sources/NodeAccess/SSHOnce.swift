/// One login with a key of its own, for a command that the key alone decides (`command="…"` in `authorized_keys`): no master,
/// no wrapper, nothing sent.
public struct SSHOnce: Sendable {
    public var endpoint: NodeEndpoint
    public var settings: SSHSettings
    /// A private key on this host.
    public var keyFile: String

    public init(endpoint: NodeEndpoint, settings: SSHSettings, keyFile: String) {
        self.endpoint = endpoint
        self.settings = settings
        self.keyFile = keyFile
    }

    /// What the command printed, from the first address that lets us in. Throws ``NodeAccessError``: why the last one did not.
    public func run(deadline: Duration, outputLimit: Int) async throws -> [UInt8] {
        var failure = NodeAccessError(.unreachable, node: endpoint.name, "\(endpoint.name) has no address")
        for address in endpoint.addresses {
            let result = try await LocalProgram("ssh", arguments(address)).run(
                deadline: deadline, outputLimit: outputLimit)
            if result.exitCode == 0 { return result.output }
            let said = result.errorOutput.split(separator: "\n").last.map(String.init) ?? "exit \(result.exitCode)"
            let code = result.exitCode == 255 ? SSHFailure.code(for: result.errorOutput) : .connectionLost
            failure = NodeAccessError(code, node: endpoint.name, "\(endpoint.name) by \(address): \(said)")
        }
        throw failure
    }

    private func arguments(_ address: String) -> [String] {
        let program = SSHProgram(settings: settings, endpoint: endpoint, address: address, socket: "none")
        return program.once(keyFile: keyFile)
    }
}
