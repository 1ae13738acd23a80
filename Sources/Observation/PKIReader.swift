import NixOS
import PKI
import UpgradePlanning

/// The certificates and keys of a report as facts: expiry, owner, mode, who uses them, and whether pairs fit.
struct PKIReader {
    var report: HostReport
    var units: [UnitFacts]

    func files() -> [PKIFileFacts] {
        let certificates = report.certificates.map {
            ($0, try? CertificateBundle(parsing: Array($0.content.utf8)).leaf)
        }
        let byPath = Dictionary(uniqueKeysWithValues: certificates.map { ($0.0.path, $0.1) })
        let users = self.users()
        let pairs = self.pairs()
        let certificateFiles = certificates.map { file, details in
            let key = details == nil ? Self.identity(of: file.content) : nil
            var facts = PKIFileFacts(
                path: file.path, kind: Self.isPublicKey(file, details) ? .publicKey : .certificate, owner: file.owner,
                group: file.group,
                mode: Self.mode(file),
                certificate: details.map(CertificateFacts.init), keyMatch: nil, usedBy: users[file.path] ?? [])
            facts.keyFingerprint = key?.fingerprint
            return facts
        }
        let keyFiles = report.keys.map { file in
            let partner = (pairs[file.path] ?? Self.siblings(of: file.path)).compactMap { byPath[$0] ?? nil }.first
            var facts = PKIFileFacts(
                path: file.path, kind: .privateKey, owner: file.owner, group: file.group, mode: Self.mode(file),
                certificate: nil, keyMatch: Self.match(file, partner), usedBy: users[file.path] ?? [])
            facts.keyFingerprint = Self.identity(of: file.content)?.fingerprint
            return facts
        }
        return (certificateFiles + keyFiles).sorted { $0.path < $1.path }
    }

    func missingFiles() -> [MissingFileFacts] {
        let users = self.users()
        return report.missingFiles.map { MissingFileFacts(path: $0, usedBy: users[$0] ?? []) }
    }

    /// By its header: one that cannot be read is one all the same.
    private static func isPublicKey(_ file: HostReport.File, _ details: CertificateDetails?) -> Bool {
        details == nil && file.content.contains("PUBLIC KEY-") && !file.content.contains("BEGIN CERTIFICATE")
    }

    private static func mode(_ file: HostReport.File) -> String {
        String(repeating: "0", count: max(0, 4 - file.mode.count)) + file.mode
    }

    private static func match(_ key: HostReport.File, _ certificate: CertificateDetails?) -> PKIFileFacts.KeyMatch {
        guard let certificate, let identity = identity(of: key.content) else { return .unknown }
        return certificate.matches(identity) ? .matches : .differs
    }

    private static func identity(of text: String) -> PublicKeyIdentity? {
        text.hasPrefix("-----BEGIN")
            ? try? PublicKeyIdentity(publicKeyPEM: Array(text.utf8)) : try? PublicKeyIdentity(openSSHLine: text)
    }

    /// Flags that name a certificate and its key.
    private static let pairFlags = [
        ("--tls-cert-file", "--tls-private-key-file"), ("--etcd-certfile", "--etcd-keyfile"),
        ("--kubelet-client-certificate", "--kubelet-client-key"),
        ("--proxy-client-cert-file", "--proxy-client-key-file"),
        ("--cluster-signing-cert-file", "--cluster-signing-key-file"),
        ("--service-account-key-file", "--service-account-signing-key-file"),
        ("ETCD_CERT_FILE", "ETCD_KEY_FILE"), ("ETCD_PEER_CERT_FILE", "ETCD_PEER_KEY_FILE"),
    ]

    /// Key path to the certificates that the units use it with.
    private func pairs() -> [String: [String]] {
        var pairs: [String: [String]] = [:]
        for line in units.compactMap(\.commandLine) {
            for (certificate, key) in Self.pairFlags {
                func value(_ name: String) -> String? { line.value(of: name) ?? line.environment[name] }
                if let certificate = value(certificate), let key = value(key) {
                    pairs[key, default: []].append(certificate)
                }
            }
        }
        return pairs
    }

    /// The usual names of the certificate beside a key: `x-key.pem` and `x.pem`, `x.key` and `x.crt`.
    static func siblings(of key: String) -> [String] {
        if key.hasSuffix("-key.pem") { return [String(key.dropLast("-key.pem".count)) + ".pem"] }
        if key.hasSuffix(".key") {
            let stem = key.dropLast(".key".count)
            return ["\(stem).crt", "\(stem).pem", "\(stem).cert"]
        }
        return []
    }

    private func users() -> [String: [String]] {
        let references = Dictionary(grouping: report.references, by: \.file)
        var users: [String: [String]] = [:]
        for unit in units {
            guard let line = unit.commandLine else { continue }
            let values = line.flags.compactMapValues { $0 }.merging(line.environment) { first, _ in first }
            for (name, value) in values where value.hasPrefix("/") {
                for path in value.split(separator: ",") {
                    users[String(path), default: []].append("\(unit.name) \(name)")
                    for reference in references[String(path)] ?? [] {
                        users[reference.path, default: []].append("\(unit.name) \(reference.name)")
                    }
                }
            }
        }
        return users.mapValues { Set($0).sorted() }
    }
}

extension CertificateFacts {
    init(_ details: CertificateDetails) {
        self.init(
            commonName: details.commonName, organizations: details.organizations, issuer: details.issuer,
            notBefore: Instant(secondsSince1970: details.notBefore),
            notAfter: Instant(secondsSince1970: details.notAfter), isAuthority: details.isAuthority,
            alternativeNames: details.dnsNames + details.ipAddresses, fingerprint: details.fingerprint)
        keyFingerprint = details.publicKey.fingerprint
    }
}
