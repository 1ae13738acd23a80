import Plans

/// Certificates of a host by when they end, for the two rules that look at them.
enum CertificateAges {
    struct Found: Sendable {
        let path: String
        let certificate: CertificateFacts
        /// Until it ends; negative where it has ended.
        let secondsLeft: Int64
        /// Some unit shows it to others. Of one that holds the service accounts' public key only the key is read.
        let isUsed: Bool

        /// cfssl serves the authority with it; it has a rule of its own.
        var isOfSigner: Bool { path.hasSuffix("/cfssl.pem") }

        /// `/var/lib/…/etcd.pem: 2 days left`, `…: ended 3 days ago`.
        var words: String {
            let hours = abs(secondsLeft) / 3_600
            let amount = hours < 48 ? "\(hours) hours" : "\(hours / 24) days"
            return "\(path): " + (secondsLeft <= 0 ? "ended \(amount) ago" : "\(amount) left")
        }
    }

    static func of(_ host: HostFacts, at moment: Instant) -> [Found] {
        host.pki.compactMap { file in
            file.certificate.map { certificate in
                Found(
                    path: file.path, certificate: certificate,
                    secondsLeft: certificate.notAfter.secondsSince1970 - moment.secondsSince1970,
                    isUsed: file.usedBy.contains { !$0.hasSuffix(" --service-account-key-file") })
            }
        }.sorted { $0.path < $1.path }
    }

    /// certmgr renews the leafs of this host.
    static func areRenewed(on host: HostFacts) -> Bool { host.unit("certmgr.service") != nil }

    static func remedy(_ first: Found, _ host: HostFacts, _ node: NodeName) -> [String] {
        let look = Paste.on(node, "openssl x509 -noout -subject -issuer -enddate -in \(Paste.word(first.path))")
        return areRenewed(on: host) ? [Paste.on(node, "journalctl -u certmgr -n 50"), look] : [look]
    }

    /// A certificate that a unit uses and that ends before a run would keeps the run from starting.
    static func ends(_ found: Found, within policy: PlanPolicy) -> Bool {
        found.isUsed && found.secondsLeft <= Int64(policy.runAllowanceHours) * 3_600
    }

    /// A leaf that certmgr should have renewed; one that people renew in its last month, or the last third of a shorter life.
    static func isNearItsEnd(_ found: Found, _ policy: PlanPolicy, isRenewed: Bool) -> Bool {
        let hours: Int64
        if found.certificate.isAuthority {
            hours = Int64(policy.authorityWarningDays) * 24
        } else if isRenewed {
            hours = Int64(policy.certificateWarningHours)
        } else {
            hours = min(Int64(policy.handmadeWarningDays) * 24, found.certificate.lifeSeconds / 3 / 3_600)
        }
        return found.secondsLeft <= hours * 3_600
    }
}

extension CertificateFacts {
    fileprivate var lifeSeconds: Int64 { notAfter.secondsSince1970 - notBefore.secondsSince1970 }
}
