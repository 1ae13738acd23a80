public import KubernetesClient
import PKI
import Secrets
public import UpgradePlanning

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A kubeconfig on this host, which the cluster file names.
public struct LocalKubeconfig: Sendable {
    /// Reads it; throws when it cannot.
    public var read: @Sendable () throws -> [UInt8]
    /// What relative paths in it are relative to.
    public var folder: String
    /// When it is used: a certificate that has ended is not shown to a server, which would only say 401.
    public var now: Instant

    public init(read: @escaping @Sendable () throws -> [UInt8], folder: String, now: Instant) {
        self.read = read
        self.folder = folder
        self.now = now
    }

    /// Reads the files that it refers to. Throws when one is missing, or when the client's certificate has ended.
    func credentials() async throws -> APIServerCredentials {
        let kubeconfig = try Kubeconfig(parsing: try read(), directory: folder)
        let credentials = try await APIServerCredentials.resolve(kubeconfig) { paths in
            paths.map(Self.file)
        }
        if let chain = credentials.clientCertificate?.chain { try refuseEnded(chain) }
        return credentials
    }

    /// The way to the server that it names. Throws as the credentials do that it refers to.
    public func access() async throws -> APIServerAccess { try await credentials().access() }

    /// A regular file of at most 1 MiB; `nil` for anything else.
    private static func file(_ path: String) -> SecretBytes? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: resolved(path))
        guard attributes?[.type] as? FileAttributeType == .typeRegular,
            let size = attributes?[.size] as? Int, size <= 1 << 20
        else { return nil }
        return FileManager.default.contents(atPath: path).map { SecretBytes($0) }
    }

    /// Where a chain of links leads.
    private static func resolved(_ path: String) -> String {
        guard let target = realpath(path, nil) else { return path }
        defer { free(target) }
        return String(cString: target)
    }

    private func refuseEnded(_ chain: [UInt8]) throws {
        guard let leaf = try? CertificateBundle(parsing: chain).leaf else { return }
        let age = now.secondsSince1970 - leaf.notAfter
        guard age > 0 else { return }
        throw ObservationFailure(
            .refused,
            "the kubeconfig's certificate (\(leaf.commonName)) ended \(Amount.duration(age)) ago; without a kubeconfig "
                + "in the cluster file an admin's is read from a master")
    }
}
