import EtcdClient
public import NodeAccess
public import Plans
public import RunEngine
import UpgradePlanning

/// Why a run cannot be taken back, by what its nodes say.
public struct RunBarrier: Sendable {
    public var step: Step
    public var why: String
    /// A node said so; else it does not answer, and may have.
    public var hasServed: Bool
}

extension ApplyPerformer {
    /// `nil` where it can be taken back. All nodes are asked before anything is touched; then a new apiserver that has not
    /// served is stopped, and stays so: it could become ready while somebody thinks it over. Throws where a node breaks off.
    ///
    /// `stops`: without that nothing is touched.
    public static func barrier(
        _ state: RunState, run: String, sessions: [String: any NodeSession], without: Set<String>, stops: Bool = true
    ) async throws -> RunBarrier? {
        let steps = state.unsureActivations.filter { $0.node.map(without.contains) != true }
        var asked: [(step: Step, node: String, session: any NodeSession)] = []
        for step in steps {
            guard let node = step.node, let session = sessions[node] else {
                return RunBarrier(
                    step: step, why: "\(step.node ?? "its node") does not answer, and may have served", hasServed: false
                )
            }
            if try await served(session, run, step) { return barrier(step, node) }
            asked.append((step, node, session))
        }
        for (step, node, session) in asked where stops {
            if try await stopped(session, run, step) == nil { return barrier(step, node) }
        }
        return nil
    }

    private static func barrier(_ step: Step, _ node: String) -> RunBarrier {
        RunBarrier(
            step: step, why: "the new system on \(node) has served: the old one must not start over what it wrote",
            hasServed: true)
    }

    /// What the gates of a step are about.
    func subject(_ step: Step, waited: Int) -> UpgradeGates.Subject? {
        guard let node = step.node, let stage = plan.stage(of: step) else { return nil }
        var subject = UpgradeGates.Subject(node: node, waited: waited)
        if let other = stage.steps.last(where: { $0.action.activation != nil }) {
            subject.system = other.action.activation?.target.toplevel
            subject.activation = Systems.id(other)
        }
        return subject
    }

    /// What is missing, a sentence each. Throws where it will never come.
    func missing(_ list: GateList, _ step: Step, waited: Int) async throws -> [String] {
        guard let subject = subject(step, waited: waited) else { return [] }
        let facts: ClusterFacts
        if list.gates.contains(where: \.isOfCluster) {
            facts = try await access.looked().facts
        } else {
            facts = try await access.last().facts
        }
        for gate in list.gates {
            let found = try await gates.missing(gate, subject, facts)
            // What comes later depends on what comes first.
            if !found.isEmpty { return found }
        }
        return []
    }

    func leads(_ target: LeaderTarget) async throws -> Bool {
        let facts = try await access.looked().facts
        return facts.etcd.compactMap(\.status.value).contains { $0.leaderID == target.memberID }
    }

    /// Asks whoever leads. Where nobody takes it the restart is an election, which is no harm to the data.
    func moveLeader(_ target: LeaderTarget, _ report: @Sendable (String) -> Void) async throws {
        guard let id = UInt64(target.memberID, radix: 16) else {
            throw RunError(.cannotRead, "\(target.memberID) is no member's id")
        }
        for attempt in 1...5 {
            let (facts, ways) = try await access.looked()
            let members = facts.etcd.compactMap { endpoint in endpoint.status.value.map { (endpoint.node, $0) } }
            if members.contains(where: { $0.1.leaderID == target.memberID }) { return }
            guard let leader = members.first(where: { $0.1.leaderID == $0.1.memberID }), let way = ways.etcd[leader.0]
            else {
                report("etcd has no leader that answers")
                try await Task.sleep(for: .seconds(1))
                continue
            }
            do {
                try await EtcdClient.with(way, callLimit: .seconds(15)) { try await $0.moveLeader(to: id) }
            } catch {
                guard attempt < 5 else { throw error }
                report("the leadership was not taken yet: \(error)")
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}

extension Gate {
    /// It is about more than the host itself.
    var isOfCluster: Bool {
        switch self {
        case .freshConnection, .systemActive: false
        default: true
        }
    }
}
