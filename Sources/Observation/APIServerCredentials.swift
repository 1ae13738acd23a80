import KubernetesClient
import NixOS
import Secrets
import UpgradePlanning

/// Who we are to the apiservers: an admin's certificate or token, and the authority that signed theirs. In memory only.
struct APIServerCredentials: Sendable {
    var authority: APIServerAccess.Authority
    var clientCertificate: APIServerAccess.ClientCertificate?
    var token: SecretBytes?
    /// From a kubeconfig: where it leads.
    var server: String
    var serverName: String?

    /// The way that the kubeconfig itself names.
    func access() -> APIServerAccess {
        APIServerAccess(
            server: server, serverName: serverName, authority: authority, clientCertificate: clientCertificate,
            token: token)
    }

    /// Read from a master: the file and what it refers to. Throws.
    static func read(from secrets: NodeSecrets) async throws -> APIServerCredentials {
        let places = HostProbe.adminKubeconfigs
        let files = try await secrets.read(places)
        for (place, file) in zip(places, files) {
            guard let file else { continue }
            let folder = place.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            let kubeconfig = try file.withBytes { try Kubeconfig(parsing: $0, directory: folder) }
            return try await resolve(kubeconfig) { try await secrets.read($0) }
        }
        throw ObservationFailure(.missing, "the node has no admin's kubeconfig (\(places.joined(separator: ", ")))")
    }

    /// Reads the files a kubeconfig refers to, all at once. Throws when one that it needs is missing.
    static func resolve(
        _ kubeconfig: Kubeconfig, read: ([String]) async throws -> [SecretBytes?]
    ) async throws -> APIServerCredentials {
        let paths = [
            kubeconfig.certificateAuthority?.path, kubeconfig.clientCertificate?.path, kubeconfig.clientKey?.path,
            kubeconfig.token?.path,
        ].compactMap { $0 }
        let files = Dictionary(zip(paths, try await read(paths))) { first, _ in first }
        func file(_ path: String) throws -> SecretBytes {
            guard let content = files[path] ?? nil else {
                throw ObservationFailure(.missing, "the kubeconfig refers to \(path), which cannot be read")
            }
            return content
        }
        func secret(_ source: Kubeconfig.Source<SecretBytes>?) throws -> SecretBytes? {
            try source.map { if case .inline(let bytes) = $0 { bytes } else { try file($0.path ?? "") } }
        }
        func bytes(_ source: Kubeconfig.Source<[UInt8]>?) throws -> [UInt8]? {
            try source.map { source in
                if case .inline(let bytes) = source {
                    bytes
                } else {
                    try file(source.path ?? "").withBytes { Array($0) }
                }
            }
        }
        var certificate: APIServerAccess.ClientCertificate?
        if let chain = try bytes(kubeconfig.clientCertificate), let key = try secret(kubeconfig.clientKey) {
            certificate = APIServerAccess.ClientCertificate(chain: chain, key: key)
        }
        return APIServerCredentials(
            authority: try bytes(kubeconfig.certificateAuthority).map { .certificates($0) } ?? .system,
            clientCertificate: certificate, token: try secret(kubeconfig.token), server: kubeconfig.server,
            serverName: kubeconfig.serverName)
    }
}

extension Kubeconfig.Source {
    /// The file it is in, where it is in one.
    var path: String? {
        if case .path(let path) = self { path } else { nil }
    }
}
