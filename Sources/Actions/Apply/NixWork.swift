public import NixOS
public import NodeAccess
import Plans
import RunEngine

/// What Nix on this host does for a run: builds systems, and copies them to their hosts.
public struct NixWork: Sendable {
    /// How hosts are reached by Nix's own ssh.
    public var ssh: SSHSettings
    public var network: NixCommand.Network
    /// The flake's input that stands for nixpkgs.
    public var input: String

    public init(ssh: SSHSettings, network: NixCommand.Network, input: String) {
        self.ssh = ssh
        self.network = network
        self.input = input
    }

    private static let buildLimit = Duration.seconds(4 * 3_600)
    private static let copyLimit = Duration.seconds(3_600)

    func isValid(_ path: String) async -> Bool {
        let result = try? await LocalProgram("nix-store", ["--check-validity", path]).run(
            deadline: .seconds(60), outputLimit: 1 << 16)
        return result?.exitCode == 0
    }

    /// Builds a host's system, which must be the one that was planned. Throws ``RunError``, `NixError`.
    func build(_ target: SystemTarget, host: String) async throws {
        let path = try Systems.path(target)
        if await isValid(path) { return }
        let evaluator = NixEvaluator(network: network, deadline: Self.buildLimit, input: input)
        let built = try await evaluator.build(flake: target.source, host: host, override: target.override)
        guard built == path else {
            throw RunError(
                .otherPlan, "\(target.source) gives \(built) for \(host) now, and \(path) was planned: plan again")
        }
    }

    /// Copies a closure to a host, by Nix's own protocol. Throws ``RunError``, `NodeAccessError`.
    func copy(_ path: String, to session: any NodeSession) async throws {
        guard session.address != NodeEndpoint.localAddress else {
            throw RunError(.cannotRead, "\(path) is not in this host's store: it was not built")
        }
        try await nixCopy(["--to", store(session), path], session)
    }

    private func nixCopy(_ words: [String], _ session: any NodeSession) async throws {
        let options =
            ["-o BatchMode=yes", "-o StrictHostKeyChecking=yes"] + (ssh.configFile.map { ["-F \($0)"] } ?? [])
        let result = try await LocalProgram(
            "env",
            [
                "NIX_SSHOPTS=\(options.joined(separator: " "))", "nix", "--extra-experimental-features",
                "nix-command flakes", "copy", "--no-check-sigs",
            ] + words
        ).run(deadline: Self.copyLimit, outputLimit: 1 << 20)
        guard result.exitCode == 0 else {
            let said = result.errorOutput.split(separator: "\n").suffix(3).joined(separator: "; ")
            throw RunError(.cannotWrite, "\(session.endpoint.name): nix copy ended with \(result.exitCode): \(said)")
        }
    }

    /// Copies a closure from a host to this one, where it is not here. Throws ``RunError``, `NodeAccessError`.
    public func fetch(_ path: String, from session: any NodeSession) async throws {
        if await isValid(path) { return }
        guard session.address != NodeEndpoint.localAddress else {
            throw RunError(.cannotRead, "\(path) was collected here")
        }
        try await nixCopy(["--from", store(session), path], session)
    }

    /// Paths of ours are signed by nobody: root's Nix takes them.
    private func store(_ session: any NodeSession) -> String {
        let login = session.endpoint.user.map { "\($0)@" } ?? ""
        let program =
            session.endpoint.become == .none ? "" : "?remote-program=\(session.endpoint.become.rawValue)%20nix-store"
        let host = session.address.contains(":") ? "[\(session.address)]" : session.address
        return "ssh://\(login)\(host)\(program)"
    }
}
