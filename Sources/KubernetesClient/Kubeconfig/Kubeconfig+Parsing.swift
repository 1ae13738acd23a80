import Secrets
import Yams

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Kubeconfig {
    /// Reads a kubeconfig in YAML or JSON (which is YAML, and what NixOS writes) and picks one context of it.
    ///
    /// - `directory`: the absolute path of the folder the file is in.
    /// - `context`: the name of a context; `nil` for the file's `current-context`.
    ///
    /// Throws ``KubeconfigError``. Unknown fields, other contexts and a missing user (anonymous) are *not* errors.
    /// The bytes and what YAML makes of them are ordinary memory: secrets in the file are in a ``SecretBytes`` only
    /// from here on.
    public init(
        parsing bytes: some Collection<UInt8>, directory: String, context name: String? = nil
    ) throws(KubeconfigError) {
        let file = try Self.file(bytes)
        guard let name = name ?? file.current, !name.isEmpty else {
            throw KubeconfigError(.missing, "the kubeconfig has no current-context")
        }
        let (cluster, user) = try Self.context(named: name, in: file)
        try Self.refuseUnsupported(cluster, user)
        let reader = FieldReader(directory: directory)
        self.init(
            context: name, server: try Self.server(of: cluster, context: name),
            serverName: cluster.serverName.flatMap { $0.isEmpty ? nil : $0 })
        certificateAuthority = try reader.content(
            cluster.authorityData, cluster.authority, "certificate-authority-data")
        clientCertificate = try reader.content(user.certificateData, user.certificate, "client-certificate-data")
        clientKey = try reader.secret(user.keyData, user.key, "client-key-data")
        token = reader.token(user)
        guard (clientCertificate == nil) == (clientKey == nil) else {
            throw KubeconfigError(.malformed, "the kubeconfig has a client certificate without its key, or the reverse")
        }
    }

    private static func file(_ bytes: some Collection<UInt8>) throws(KubeconfigError) -> KubeconfigFile {
        guard bytes.count <= 1 << 20 else {
            throw KubeconfigError(.tooLarge, "a kubeconfig of more than 1 MiB is not read")
        }
        do {
            return try YAMLDecoder().decode(KubeconfigFile.self, from: Data(bytes))
        } catch {
            throw KubeconfigError(.malformed, "the file is not a kubeconfig")
        }
    }

    private static func context(
        named name: String, in file: KubeconfigFile
    ) throws(KubeconfigError) -> (KubeconfigFile.Cluster, KubeconfigFile.User) {
        guard let entry = file.contexts?.first(where: { $0.name == name })?.context else {
            throw KubeconfigError(.missing, "the kubeconfig has no context \(serverText(name))")
        }
        guard let cluster = file.clusters?.first(where: { $0.name == entry.cluster })?.cluster else {
            throw KubeconfigError(.missing, "the kubeconfig has no cluster for the context \(serverText(name))")
        }
        guard let userName = entry.user, !userName.isEmpty else { return (cluster, KubeconfigFile.User()) }
        guard let user = file.users?.first(where: { $0.name == userName }) else {
            throw KubeconfigError(.missing, "the kubeconfig has no user \(serverText(userName))")
        }
        return (cluster, user.user ?? KubeconfigFile.User())
    }

    private static func server(
        of cluster: KubeconfigFile.Cluster, context: String
    ) throws(KubeconfigError) -> String {
        guard let server = cluster.server, !server.isEmpty else {
            throw KubeconfigError(.missing, "the cluster of the context \(serverText(context)) has no server")
        }
        guard server.lowercased().hasPrefix("https://") else {
            throw KubeconfigError(.insecure, "the server of the context \(serverText(context)) is not asked over https")
        }
        return server
    }

    private static func refuseUnsupported(
        _ cluster: KubeconfigFile.Cluster, _ user: KubeconfigFile.User
    ) throws(KubeconfigError) {
        func given(_ text: String?) -> Bool { text?.isEmpty == false }
        guard cluster.isUnverified != true else {
            throw KubeconfigError(.insecure, "the kubeconfig says insecure-skip-tls-verify, which is never done")
        }
        if given(cluster.proxy) { throw KubeconfigError(.notSupported, "not supported: proxy-url") }
        if let plugin = user.exec {
            throw KubeconfigError(.notSupported, "not supported: exec plugin \(serverText(plugin.command ?? ""))")
        }
        if let provider = user.provider {
            throw KubeconfigError(.notSupported, "not supported: auth-provider \(serverText(provider.name ?? ""))")
        }
        if given(user.userName) { throw KubeconfigError(.notSupported, "not supported: username and password") }
        if given(user.impersonated) { throw KubeconfigError(.notSupported, "not supported: impersonation (as)") }
    }
}
