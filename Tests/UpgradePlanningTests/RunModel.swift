import Plans
import UpgradePlanning

/// What a cluster runs while a plan is performed, kept apart from the planner: its own reading of the facts, its own
/// skew rules, and a list of what was broken on the way.
struct RunModel {
    struct Node {
        var versions: [Component: MinorRelease] = [:]
        var servers: [Component: String] = [:]
        var parked: Set<Component> = []
        var hasEtcd = false
        var etcdAnswers = false
    }

    private(set) var nodes: [String: Node] = [:]
    private(set) var problems: [String] = []
    private var down: Set<String> = []
    private let kubernetes: [Component] = [.apiServer, .controllerManager, .scheduler, .kubelet, .proxy]

    init(_ cluster: TestCluster) {
        for facts in cluster.facts.nodes {
            guard let host = facts.host.value else { continue }
            var node = Node()
            for part in host.components where kubernetes.contains(part.component) {
                node.versions[part.component] = part.version?.minorRelease
                node.servers[part.component] = host.unit(part.component.unit)?.server
            }
            node.hasEtcd = host.component(.etcd) != nil
            node.etcdAnswers = cluster.facts.etcd.contains { $0.node == facts.name && $0.status.value != nil }
            nodes[facts.name.text] = node
        }
    }

    mutating func perform(_ step: Step) {
        switch step.action {
        case .activate(let activation), .reboot(let activation):
            judged(step) { $0.activate(activation.target, step) }
        case .park(let units): judged(step) { $0.park(units, step) }
        case .unpark(let units): judged(step) { $0.unpark(units, step) }
        case .drain: takeDown(step)
        case .uncordon, .commit: if let node = step.node { down.remove(node) }
        case .build, .copy, .prove, .lock, .unlock, .stopTimers, .startTimers, .pauseGitOps, .resumeGitOps, .backUp,
            .cordon, .moveLeader, .armGuard, .waitFor, .disarmGuard, .restore:
            break
        }
    }

    /// Notes the skew rules that a change breaks which were kept before it.
    private mutating func judged(_ step: Step, _ change: (inout RunModel) -> Void) {
        let before = broken()
        change(&self)
        for rule in broken().subtracting(before).sorted() { problems.append("\(step.id): \(rule)") }
    }

    private mutating func park(_ units: UnitList, _ step: Step) {
        guard let node = step.node else { return }
        nodes[node]?.parked.formUnion(kubernetes.filter { units.units.contains($0.unit) })
    }

    private mutating func unpark(_ units: UnitList, _ step: Step) {
        guard let node = step.node else { return }
        nodes[node]?.parked.subtract(kubernetes.filter { units.units.contains($0.unit) })
    }

    private mutating func takeDown(_ step: Step) {
        guard let node = step.node else { return }
        if !down.subtracting([node]).isEmpty { problems.append("\(step.id): two nodes down, \(down) and \(node)") }
        down.insert(node)
    }

    private mutating func activate(_ target: SystemTarget, _ step: Step) {
        guard let name = step.node, var node = nodes[name], let minor = MinorRelease(target.kubernetes) else { return }
        takeDown(step)
        if node.hasEtcd { checkQuorum(without: name, step) }
        for (component, old) in node.versions {
            if minor < old { problems.append("\(step.id): \(component.rawValue) goes back from \(old) to \(minor)") }
            if component == .apiServer, let ahead = minor.minorsAhead(of: old), ahead > 1 {
                problems.append("\(step.id): apiserver skips from \(old) to \(minor)")
            }
            node.versions[component] = minor
        }
        nodes[name] = node
    }

    private mutating func checkQuorum(without name: String, _ step: Step) {
        let voters = nodes.filter(\.value.hasEtcd)
        guard voters.count > 1 else { return }
        let left = voters.filter { $0.value.etcdAnswers && $0.key != name }.count
        if left < voters.count / 2 + 1 { problems.append("\(step.id): \(left) of \(voters.count) voters left") }
    }

    /// The rules of the policy, written a second time.
    func broken() -> Set<String> {
        var found: Set<String> = []
        let servers = nodes.compactMapValues { $0.versions[.apiServer]?.minor }
        guard let oldest = servers.values.min(), let newest = servers.values.max() else { return [] }
        if newest - oldest > 1 { found.insert("apiservers") }
        for (name, node) in nodes {
            for component in kubernetes where component != .apiServer && !node.parked.contains(component) {
                guard let own = node.versions[component]?.minor else { continue }
                let reached = reach(from: name, by: component, servers)
                let isController = component == .scheduler || component == .controllerManager
                let limit = isController ? 1 : own >= 25 ? 3 : 2
                if own > reached.lowerBound { found.insert("\(name) \(component.rawValue) newer") }
                if reached.upperBound - own > limit { found.insert("\(name) \(component.rawValue) too old") }
            }
        }
        return found
    }

    private func reach(from name: String, by component: Component, _ servers: [String: Int]) -> ClosedRange<Int> {
        let all = (servers.values.min() ?? 0)...(servers.values.max() ?? 0)
        if servers.count == 1 { return all }
        guard let url = nodes[name]?.servers[component] else { return servers[name].map { $0...$0 } ?? all }
        let host = String(url.dropFirst("https://".count).prefix { $0 != ":" })
        return servers[host].map { $0...$0 } ?? all
    }
}
