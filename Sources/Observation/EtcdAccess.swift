import EtcdClient
import NixOS
import NodeAccess
import PKI
import Secrets
import UpgradePlanning

/// How to reach the member that a node's etcd unit runs, by what the unit itself says.
struct EtcdAccess: Sendable {
    let session: any NodeSession
    let secrets: NodeSecrets
    let host: HostFacts

    /// An endpoint at the end of a tunnel, with the module's client certificate read into memory.
    ///
    /// Throws ``Absence`` as ``ObservationFailure``: the reason becomes a fact.
    func endpoint() async throws -> EtcdEndpoint {
        guard let unit = host.unit(Component.etcd.unit), let environment = unit.commandLine?.environment else {
            throw ObservationFailure(.missing, "the node has no etcd.service")
        }
        guard unit.isRunning else {
            throw ObservationFailure(.failed, "etcd.service is \(unit.activeState) (\(unit.subState))")
        }
        let listener = try Self.listener(environment["ETCD_LISTEN_CLIENT_URLS"] ?? "http://127.0.0.1:2379")
        let port = try await session.tunnel(to: listener.host, port: listener.port)
        let credentials = listener.isTLS ? try await self.credentials() : nil
        return EtcdEndpoint(
            address: "127.0.0.1", port: port, serverName: listener.isTLS ? serverName(environment) : nil,
            credentials: credentials)
    }

    struct Listener: Equatable {
        var host: String
        var port: Int
        var isTLS: Bool
    }

    /// The listening URL that is best reached from the node itself: its loopback, or any address, or the first.
    static func listener(_ urls: String) throws -> Listener {
        let parsed = urls.split(separator: ",").compactMap { url -> Listener? in
            let isTLS = url.hasPrefix("https://")
            guard isTLS || url.hasPrefix("http://") else { return nil }
            let rest = url.dropFirst(isTLS ? 8 : 7).prefix { $0 != "/" }
            guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]) else {
                return nil
            }
            let host = rest[..<colon]
            return Listener(
                host: host == "0.0.0.0" || host == "[::]" ? "127.0.0.1" : String(host), port: port, isTLS: isTLS)
        }
        guard let best = parsed.first(where: { $0.host == "127.0.0.1" }) ?? parsed.first else {
            throw ObservationFailure(.malformed, "etcd's unit listens on \"\(urls)\", which names no URL")
        }
        return best
    }

    /// A DNS name that the member's own certificate carries; the unit file and the file came over the same trusted ssh.
    private func serverName(_ environment: [String: String]) -> String? {
        guard let path = environment["ETCD_CERT_FILE"],
            let names = host.pki.first(where: { $0.path == path })?.certificate?.alternativeNames
        else { return nil }
        return names.first { name in name.contains { $0.isLetter } && !name.contains(":") && !name.contains("*") }
    }

    /// The apiserver's client certificate for etcd; on a host without an apiserver the member's own.
    private func credentials() async throws -> EtcdEndpoint.Credentials {
        guard let paths = Self.credentialPaths(host) else {
            throw ObservationFailure(.missing, "no unit names a client certificate for etcd")
        }
        let files = try await secrets.read(paths)
        guard let authorityFile = files[0], let certificateFile = files[1], let keyFile = files[2] else {
            throw ObservationFailure(.missing, "the client certificate for etcd (\(paths[1])) cannot be read")
        }
        return EtcdEndpoint.Credentials(
            authority: authorityFile.withBytes { Array($0) }, certificate: certificateFile.withBytes { Array($0) },
            key: keyFile)
    }

    /// Authority, certificate and key, by the units; `nil` where they name none.
    static func credentialPaths(_ host: HostFacts) -> [String]? {
        let apiServer = host.unit(Component.apiServer.unit)?.commandLine
        let environment = host.unit(Component.etcd.unit)?.commandLine?.environment ?? [:]
        let paths = [
            ("--etcd-cafile", "ETCD_TRUSTED_CA_FILE"), ("--etcd-certfile", "ETCD_CERT_FILE"),
            ("--etcd-keyfile", "ETCD_KEY_FILE"),
        ].compactMap { flag, variable in apiServer?.value(of: flag) ?? environment[variable] }
        return paths.count == 3 ? paths : nil
    }
}
