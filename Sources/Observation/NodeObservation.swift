import EtcdClient
import NixOS
import NodeAccess
import UpgradePlanning

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// A node that was looked at, with the ways to what runs on it.
struct SeenNode: Sendable {
    var facts: NodeFacts
    /// Version lines of store paths.
    var versions: [String: String] = [:]
    /// Public halves of key files.
    var publicKeys: [String: String] = [:]
    /// `nil` where the node runs none, or did not answer.
    var etcd: Result<EtcdEndpoint, ObservationFailure>?
    var apiServer: Result<APIServerRoute, ObservationFailure>?
}

/// Looks at one node: its addresses, and in one round trip its host.
struct NodeObservation: Sendable {
    let connection: NodeConnection
    let operatorHost: OperatorHost
    let known: KnownPaths
    /// The file that ssh is given with `-F`, if it is.
    var sshConfiguration: String?
    /// Whether an admin's kubeconfig is read from a master.
    let readsCredentials: Bool

    /// `nil` only for an endpoint whose name is no node name, which the cluster file does not allow.
    func look() async -> SeenNode? {
        guard let name = NodeName(connection.endpoint.name) else { return nil }
        async let addresses = self.addresses()
        do {
            let session = try await connection.renewed()
            let probe = try await self.probe(session)
            var host = HostFacts(
                report: probe.report, versions: probe.versions, times: probe.times, operatorHost: operatorHost)
            host.closure = known.closure(of: probe.report)
            let seenHost = host
            let secrets = await NodeSecrets.fetched(from: session, wanted(host, probe.report))
            async let etcd = Self.way(to: .etcd, seenHost) {
                try await EtcdAccess(session: session, secrets: secrets, host: seenHost).endpoint()
            }
            async let apiServer = Self.way(to: .apiServer, seenHost) { [readsCredentials] in
                try await APIServerRoute.open(
                    to: name, session: session, host: seenHost, secrets: readsCredentials ? secrets : nil)
            }
            return SeenNode(
                facts: NodeFacts(name: name, addresses: await addresses, host: .seen(seenHost), login: login),
                versions: probe.versions.filter { $0.key.hasPrefix("/nix/store/") },
                publicKeys: probe.report.publicKeysByIdentity, etcd: await etcd, apiServer: await apiServer)
        } catch {
            return SeenNode(
                facts: NodeFacts(
                    name: name, addresses: await addresses, host: .absent(Absence(error)), login: login))
        }
    }

    private var login: LoginFacts {
        let (endpoint, become) = (connection.endpoint, connection.endpoint.become)
        return LoginFacts(
            user: endpoint.user, configFile: sshConfiguration, become: become == .none ? nil : become.rawValue)
    }

    /// Every secret file that the ways to etcd and the apiserver will need.
    private func wanted(_ host: HostFacts, _ report: HostReport) -> [String] {
        var paths = host.unit(Component.etcd.unit)?.isRunning == true ? EtcdAccess.credentialPaths(host) ?? [] : []
        if readsCredentials, host.unit(Component.apiServer.unit)?.isRunning == true {
            let admins = HostProbe.adminKubeconfigs
            paths += admins + report.references.filter { admins.contains($0.file) }.map(\.path)
        }
        return Set(paths).sorted()
    }

    private func probe(
        _ session: any NodeSession
    ) async throws -> (report: HostReport, versions: [String: String], times: ProbeTimes) {
        let sent = Self.milliseconds()
        let sections = try await HostProbe.run(on: session, known: known.all)
        let times = ProbeTimes(sent: sent, answered: Self.milliseconds())
        let report = HostReport(sections: sections, publicKeys: known.publicKeys)
        guard !report.bootID.isEmpty, sections["clock-end"] != nil else {
            throw ObservationFailure(.malformed, "the node's answer to the probe is incomplete")
        }
        return (report, known.versions.merging(report.versionLines) { $1 }, times)
    }

    /// `nil` where the host has no such unit.
    private static func way<Way: Sendable>(
        to component: Component, _ host: HostFacts, _ open: @Sendable () async throws -> Way
    ) async -> Result<Way, ObservationFailure>? {
        guard host.unit(component.unit) != nil else { return nil }
        do {
            return .success(try await open())
        } catch {
            let absence = Absence(error)
            return .failure(ObservationFailure(absence.code, absence.reason))
        }
    }

    private func addresses() async -> [AddressFacts] {
        await connection.checkedAddresses().map { attempt in
            switch attempt.outcome {
            case .used: AddressFacts(address: attempt.address, state: .used)
            case .answers: AddressFacts(address: attempt.address, state: .answers)
            case .failed(let error): AddressFacts(address: attempt.address, state: .dead, reason: error.message)
            }
        }
    }

    private static func milliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
}

extension HostReport {
    /// Without keys of which the host could not tell a public half: it is asked again.
    fileprivate var publicKeysByIdentity: [String: String] {
        keys.reduce(into: [:]) { known, key in
            guard let identity = key.identity, !key.content.isEmpty else { return }
            known[identity] = key.content
        }
    }
}
