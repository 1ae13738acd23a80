import Plans
import Testing
import UpgradePlanning

/// A change of a well cluster, and the finding that it brings or must not bring.
struct FindingCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: String
    /// `nil`: the finding must be absent.
    let severity: Finding.Severity?
    let cluster: TestCluster

    static func shows(
        _ code: String, _ severity: Finding.Severity, _ words: String, in cluster: TestCluster = .threeMasters(),
        _ change: (inout TestCluster) -> Void
    ) -> FindingCase {
        var cluster = cluster
        change(&cluster)
        return FindingCase(testDescription: "\(code) for \(words)", code: code, severity: severity, cluster: cluster)
    }

    static func absent(
        _ code: String, _ words: String, in cluster: TestCluster = .threeMasters(),
        _ change: (inout TestCluster) -> Void = { _ in }
    ) -> FindingCase {
        var cluster = cluster
        change(&cluster)
        return FindingCase(testDescription: "no \(code) for \(words)", code: code, severity: nil, cluster: cluster)
    }

    func check() {
        let plan = cluster.plan()
        let found = plan.findings.filter { $0.code == code }
        #expect(found.map(\.severity).min() == severity, "\(plan.findings.map { "\($0.code): \($0.what)" })")
        for finding in found {
            #expect(!finding.what.isEmpty && !finding.why.isEmpty && !finding.remedy.isEmpty)
        }
        if severity == .blocker { #expect(plan.next == "kupgrade explain \(plan.blockers.map(\.code).min() ?? "")") }
    }
}

extension TestCluster {
    /// Sets what a component's unit names, and what answers.
    mutating func setVersion(_ version: Version?, of components: Set<Component>, on name: String) {
        host(name) { host in
            for index in host.components.indices where components.contains(host.components[index].component) {
                host.components[index].version = version
            }
        }
        guard let version else { return }
        if components.contains(.kubelet) { object(name) { $0.kubeletVersion = version } }
        if components.contains(.apiServer) { apiServer(name) { $0.version = version } }
        if components.contains(.etcd) { member(name) { $0.version = version } }
    }

    static let kubernetesParts: Set<Component> = [.apiServer, .controllerManager, .scheduler, .kubelet, .proxy]

    mutating func setServer(_ server: String?, on name: String) {
        host(name) { host in
            for index in host.units.indices where host.units[index].server != nil { host.units[index].server = server }
        }
    }

    static func certificate(_ path: String, hoursLeft: Int64, isAuthority: Bool = false, isUsed: Bool = true)
        -> PKIFileFacts
    {
        PKIFileFacts(
            path: path, kind: .certificate, owner: "root", group: "root", mode: "0644",
            certificate: CertificateFacts(
                commonName: "x", organizations: [], issuer: "ca", notBefore: Instant(secondsSince1970: 0),
                notAfter: Instant(secondsSince1970: moment.secondsSince1970 + hoursLeft * 3_600),
                isAuthority: isAuthority, alternativeNames: [], fingerprint: "00"),
            keyMatch: nil, usedBy: isUsed ? ["kubelet.service --tls-cert-file"] : [])
    }
}
