import Plans
import RunEngine
import UpgradePlanning

/// Whether the rest of the cluster can do without a node, at the moment when it is taken: the plan was made long before.
extension ApplyPerformer {
    /// Seconds that what is missing elsewhere is waited for.
    private static let patience = 600

    /// Until etcd keeps its quorum without this node's member. Throws ``RunError`` where it does not come to that.
    func keepQuorum(_ step: Step, _ report: @Sendable (String) -> Void) async throws {
        let node = try node(step)
        guard step.impact.disturbsEtcd, try await access.last().facts.hasEtcd(node) else { return }
        try await wait(report) { try await QuorumWithout(node, self.access.looked().facts).missing }
    }

    /// Until the other nodes of the plan are Ready: what leaves this one has to go there.
    func keepOthersReady(_ step: Step, _ report: @Sendable (String) -> Void) async throws {
        let node = try node(step)
        let planned = Set(plan.goal.nodes.map(\.node)).union(plan.steps.compactMap(\.node))
            .subtracting([node]).subtracting(without)
        try await wait(report) {
            let objects = try await self.access.ask { try await $0.nodes() }
            let away = planned.sorted().filter { name in
                objects.contains { !$0.isReady && UpgradeJudgement.isNamed($0.name, name) }
            }
            return away.first.map {
                "the node \($0) is not Ready, and \(node) is not drained onto the others now; "
                    + "resume --without \($0) where it is gone"
            }
        }
    }

    private func wait(_ report: @Sendable (String) -> Void, _ missing: () async throws -> String?) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(Self.patience)
        while let why = try await missing() {
            if isStopping() { throw Abandoned() }
            guard clock.now < end else { throw RunError(.cannotRead, "waited \(Self.patience) s: \(why)") }
            report(why)
            try await Task.sleep(for: .seconds(1))
        }
    }
}

/// What etcd would be without one node's member: pure.
struct QuorumWithout {
    /// `nil` where it goes on, and where there is only the one member.
    let missing: String?

    init(_ node: String, _ facts: ClusterFacts) {
        let own = facts.etcd.first { $0.node.text == node }?.status.value
        // Masters that do not share their etcd have clusters of their own.
        let others = facts.etcd.filter { endpoint in
            guard endpoint.node.text != node else { return false }
            guard let own, let other = endpoint.status.value else { return true }
            return own.clusterID == other.clusterID
        }
        let lists = ([own] + others.map(\.status.value)).compactMap(\.self).map(\.members)
        let voters = lists.map { $0.filter { !$0.isLearner }.count }.max() ?? 0
        let healthy = others.filter { endpoint in
            guard let member = endpoint.status.value else { return false }
            return !member.isLearner && member.leaderID != nil && member.errors.isEmpty && member.alarms.isEmpty
        }
        guard voters > 1, healthy.count < voters / 2 + 1 else {
            missing = nil
            return
        }
        let away = others.filter { endpoint in !healthy.contains { $0.node == endpoint.node } }.map(\.node.text)
            .sorted()
        let named = away.isEmpty ? "" : " (\(away.joined(separator: ", ")) not)"
        missing =
            "etcd cannot spare \(node): \(healthy.count) of the other \(voters - 1) members are healthy\(named), and "
            + "\(voters / 2 + 1) are needed"
    }
}
