import KubernetesClient
import NodeAccess
import Plans
import RunEngine
import UpgradePlanning

/// What the gates of an upgrade ask beyond what was seen of the cluster: the host itself, a new login, a canary pod.
struct UpgradeGates: Sendable {
    /// What the gates of one node are about.
    struct Subject: Hashable, Sendable {
        var node: String
        /// The store path that is to be active; `nil` where the step's stage activates nothing.
        var system: String?
        /// The name of its activation on the host.
        var activation: String?
        /// Seconds since the wait began.
        var waited: Int
    }

    let systems: Systems
    let access: ClusterAccess
    let sentinel: Guard
    private let losses = Losses()
    let services: HostServices
    let canary: Canary
    /// It is the host that this process runs on.
    let isOwn: @Sendable (String) -> Bool
    /// Logs in to a node anew, by any address; throws where that does not work.
    let freshLogin: @Sendable (String) async throws -> String

    /// How long units may take to come to rest before those that are not needed for the cluster are let be.
    static let settling = 60

    func missing(_ gate: Gate, _ subject: Subject, _ facts: ClusterFacts) async throws -> [String] {
        switch gate {
        case .freshConnection:
            do {
                _ = try await freshLogin(subject.node)
                return []
            } catch {
                return ["no new login to \(subject.node) works: \(error)"]
            }
        case .systemActive:
            let missing = try await system(subject)
            return missing.isEmpty ? UpgradeJudgement.ended(subject.node, facts) : missing
        case .nodeReady:
            let missing = UpgradeJudgement.missing(gate, subject.node, facts)
            return missing.isEmpty ? try await silent(subject.node, facts) : missing
        case .podNetwork: return await canary.missing(on: subject.node, facts)
        default: return UpgradeJudgement.missing(gate, subject.node, facts)
        }
    }

    private func system(_ subject: Subject) async throws -> [String] {
        if let verdict = try await sentinel.verdict(subject.node), !verdict.hasPrefix("stayed") {
            throw RunError(.cannotWrite, "\(subject.node): the guard brought the old system \(verdict)")
        }
        let active = try await systems.before(subject.node).active
        if let wanted = subject.system, active != wanted {
            return ["\(subject.node) runs \(active), and \(wanted) was activated"]
        }
        guard let activation = subject.activation else { return [] }
        let trouble = try await systems.trouble(subject.node, activation)
        let hard = trouble.filter(UnitWeight.isCritical)
        if !hard.isEmpty {
            return ["\(subject.node): \(hard.joined(separator: ", ")) failed or starts again and again"]
        }
        if !trouble.isEmpty, subject.waited < Self.settling {
            return ["\(subject.node): \(trouble.joined(separator: ", ")) has not come to rest"]
        }
        return try await host(subject, activation)
    }

    /// What the host had and did before. One that does not answer now is asked again.
    private func host(_ subject: Subject, _ activation: String) async throws -> [String] {
        do {
            let lost = try await sentinel.lostNetwork(subject.node)
            // Whoever drives the run on the node itself keeps its guard from asking: it must end for that.
            let seconds = await losses.seconds(of: subject.node, isLost: !lost.isEmpty)
            if isOwn(subject.node), seconds > Self.settling { throw LostNetwork(what: lost) }
            return lost.isEmpty ? try await services.missing(subject.node, activation) : lost
        } catch let error as RunError {
            return [error.message]
        } catch let error as LostNetwork {
            throw RunError(.cannotWrite, "this host has lost its network: \(error.what.joined(separator: "; "))")
        }
    }

    private struct LostNetwork: Error { var what: [String] }

    /// Ready could still be what the kubelet said before it was restarted: its lease tells. Both times are of its own clock.
    private func silent(_ node: String, _ facts: ClusterFacts) async throws -> [String] {
        let host = facts.nodes.first { $0.name.text == node }?.host.value
        guard let started = host?.unit(Component.kubelet.unit)?.activeSince else { return [] }
        do {
            let leases = try await access.ask { try await $0.leases(namespace: "kube-node-lease") }
            return GateJudgement.silent([node], leases, since: started)
        } catch let error as KubernetesError {
            return ["\(node)'s lease cannot be read: \(error.message)"]
        } catch let error as RunError {
            return [error.message]
        }
    }
}

/// Since when something is missing without a break, by node.
private actor Losses {
    private var since: [String: ContinuousClock.Instant] = [:]

    func seconds(of node: String, isLost: Bool) -> Int {
        guard isLost else {
            since[node] = nil
            return 0
        }
        let start = since[node] ?? .now
        since[node] = start
        return Int((ContinuousClock.now - start).components.seconds)
    }
}

/// Which units a node cannot be without: pure.
enum UnitWeight {
    private static let critical: Set = [
        "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "flannel",
        "containerd", "docker", "sshd", "tailscaled", "systemd-networkd", "NetworkManager", "network-setup", "nftables",
        "firewall", "systemd-resolved", "wpa_supplicant",
    ]

    static func isCritical(_ unit: String) -> Bool {
        let name = unit.hasSuffix(".service") ? String(unit.dropLast(8)) : unit
        return critical.contains(name) || unit.hasSuffix(".mount") || name.hasPrefix("network-addresses-")
    }
}

/// What the gates of an upgrade say of facts: pure.
enum UpgradeJudgement {
    static func missing(_ gate: Gate, _ node: String, _ facts: ClusterFacts) -> [String] {
        switch gate {
        case .nodeReady(let version): nodeReady(node, version, facts)
        case .apiServerReady(let version): apiServer(node, version, facts)
        case .etcdHealthy(let voters): etcd(voters, facts)
        case .controllersLead: controllers(facts)
        default: []
        }
    }

    private static func nodeReady(_ node: String, _ version: String, _ facts: ClusterFacts) -> [String] {
        guard let kubernetes = facts.kubernetes.value else { return ["no apiserver answers yet"] }
        guard let object = kubernetes.nodes.first(where: { isNamed($0.name, node) }) else {
            return ["the node \(node) is not in the cluster"]
        }
        guard let kubelet = object.kubeletVersion, kubelet.description == version else {
            let now = object.kubeletVersion?.description ?? "nothing"
            return ["the node \(node) reports kubelet \(now), and \(version) was activated"]
        }
        guard object.isReady else { return ["the node \(node) is not Ready: \(object.troubles.first ?? "not yet")"] }
        return []
    }

    private static func apiServer(_ node: String, _ version: String, _ facts: ClusterFacts) -> [String] {
        guard let server = facts.apiServers.first(where: { $0.node.text == node }) else {
            return ["the apiserver on \(node) has not started yet"]
        }
        switch server.status {
        case .absent(let absence): return ["the apiserver on \(node) does not answer: \(absence.reason)"]
        case .seen(let status):
            if let check = status.notReady.first { return ["the apiserver on \(node) is not ready: \(check)"] }
            guard status.version.description == version else {
                return ["the apiserver on \(node) is \(status.version), and \(version) was activated"]
            }
            return []
        }
    }

    /// Certificates that a program of the node uses.
    static func ended(_ node: String, _ facts: ClusterFacts) -> [String] {
        let files = facts.nodes.first { $0.name.text == node }?.host.value?.pki ?? []
        return files.compactMap { file in
            guard !file.usedBy.isEmpty, let certificate = file.certificate, certificate.notAfter < facts.observedAt
            else { return nil }
            return "\(node): the certificate \(file.path) has ended"
        }
    }

    private static let lag: UInt64 = 1_000

    private static func etcd(_ voters: Int, _ facts: ClusterFacts) -> [String] {
        var seen: [EtcdMemberFacts] = []
        for endpoint in facts.etcd {
            switch endpoint.status {
            case .absent(let absence): return ["etcd on \(endpoint.node) does not answer: \(absence.reason)"]
            case .seen(let member): seen.append(member)
            }
        }
        if seen.count < voters { return ["\(seen.count) of \(voters) members of etcd answer"] }
        for (endpoint, member) in zip(facts.etcd, seen) {
            if member.leaderID == nil { return ["etcd on \(endpoint.node) knows no leader"] }
            if let alarm = member.alarms.first {
                return ["etcd on \(endpoint.node) has the alarm \(alarm.kind.rawValue)"]
            }
            if let error = member.errors.first { return ["etcd on \(endpoint.node) says \(error)"] }
        }
        // Masters that do not share their etcd have leaders of their own.
        for (_, members) in Dictionary(grouping: seen, by: \.clusterID) {
            if Set(members.map(\.leaderID)).count > 1 { return ["the members of etcd do not know the same leader"] }
            let newest = members.map(\.raftAppliedIndex).max() ?? 0
            if members.contains(where: { newest - $0.raftAppliedIndex > lag }) {
                return ["a member of etcd lags behind"]
            }
        }
        return []
    }

    /// Leases are renewed every two seconds, and held for fifteen.
    private static let fresh: Int64 = 20

    private static func controllers(_ facts: ClusterFacts) -> [String] {
        guard let kubernetes = facts.kubernetes.value else { return ["no apiserver answers yet"] }
        return ["kube-controller-manager", "kube-scheduler"].compactMap { name in
            let lease = kubernetes.leases.first { $0.namespace == "kube-system" && $0.name == name }
            guard let lease, let renewed = lease.renewedAt else { return "nobody leads as \(name)" }
            let age = facts.observedAt.secondsSince1970 - renewed.secondsSince1970 + clockOffset(lease.holder, facts)
            return age <= fresh ? nil : "the lease \(name) was not renewed for \(age) s"
        }
    }

    /// Seconds that the clock of a lease's holder, `HOST_UID`, is ahead of this machine's.
    private static func clockOffset(_ holder: String, _ facts: ClusterFacts) -> Int64 {
        let name = holder.split(separator: "_").first.map(String.init) ?? ""
        let host = facts.nodes.first { isNamed(name, $0.name.text) }?.host.value
        return (host?.clockOffsetMilliseconds ?? 0) / 1_000
    }

    static func isNamed(_ object: String, _ node: String) -> Bool { object == node || object.hasPrefix(node + ".") }
}
