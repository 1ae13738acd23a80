import PKI
import UpgradePlanning

/// Whether a host still has the authority that the archive's certificates were issued by.
enum Authority: Hashable, Sendable {
    /// The same key.
    case same
    /// One of its own, made at a time.
    case other(madeAt: Instant)
    case none

    static let places = ["/var/lib/cfssl/ca.pem", "/var/lib/kubernetes/secrets/ca.pem"]

    /// The archive has the authority's certificate among the files of a host.
    static func isKept(for host: RestoreHost, in archive: RestoreArchive) -> Bool {
        let folder = ArchiveNames.folder(of: host.origin.text)
        return places.contains { archive.certificates[folder + $0]?.isAuthority == true }
    }

    /// The host's own, or where it was away when the archive was made, those of the node whose etcd the archive has: another
    /// control plane's is another's.
    private static func copies(
        for host: RestoreHost, at path: String, in archive: RestoreArchive
    ) -> [CertificateDetails] {
        if let own = archive.certificates[ArchiveNames.folder(of: host.origin.text) + path] { return [own] }
        guard let node = Voters(archive.manifest).node else { return [] }
        return places.compactMap { archive.certificates[ArchiveNames.folder(of: node.text) + $0] }
    }

    /// Holds a host's authority against the one that the archive has for it.
    init(of host: RestoreHost, in archive: RestoreArchive) {
        let place = host.etcdUnit?.commandLine?.environment["ETCD_TRUSTED_CA_FILE"]
        let candidates = Self.places + [place].compactMap { $0 }
        let found = candidates.compactMap { path in
            host.host.pki.first { $0.path == path && $0.certificate?.isAuthority == true }
        }.first
        guard let found, let certificate = found.certificate else {
            self = .none
            return
        }
        self =
            Self.copies(for: host, at: found.path, in: archive).contains { $0.fingerprint == certificate.fingerprint }
            ? .same : .other(madeAt: certificate.notBefore)
    }
}
