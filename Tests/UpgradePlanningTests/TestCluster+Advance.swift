import Plans
import UpgradePlanning

extension TestCluster {
    /// The facts as they are once a stage of a plan is done: written from the plan's own words, not from the
    /// planner's idea of the state.
    mutating func advance(by stage: Stage) {
        for step in stage.steps { advance(by: step) }
    }

    mutating func advance(by step: Step) {
        guard let node = step.node else { return }
        switch step.action {
        case .activate(let activation): run(activation.target, on: node, boots: false)
        case .reboot(let activation): run(activation.target, on: node, boots: true)
        case .moveLeader(let target):
            for index in facts.etcd.indices { member(facts.etcd[index].node.text) { $0.leaderID = target.memberID } }
        case .cordon: object(node) { ($0.isUnschedulable, $0.cordonedByRun) = (true, "run-1") }
        case .uncordon: object(node) { ($0.isUnschedulable, $0.cordonedByRun) = (false, nil) }
        case .build, .copy, .prove, .lock, .unlock, .stopTimers, .startTimers, .park, .unpark, .pauseGitOps,
            .resumeGitOps, .backUp, .drain, .armGuard, .waitFor, .disarmGuard, .commit, .restore:
            break
        }
    }

    private mutating func run(_ target: SystemTarget, on name: String, boots: Bool) {
        guard let kubernetes = Version(target.kubernetes) else { preconditionFailure("\(target.kubernetes)") }
        let etcd = target.etcd.flatMap { Version($0) }
        host(name) { host in
            host.components = host.components.map { part in
                var part = part
                switch part.component {
                case .apiServer, .controllerManager, .scheduler, .kubelet, .proxy: part.version = kubernetes
                case .etcd: part.version = etcd ?? part.version
                case .containerd: part.version = target.containerd.flatMap { Version($0) } ?? part.version
                case .flannel: break
                }
                return part
            }
            host.nixosVersion = target.nixos ?? host.nixosVersion
            host.generations.current =
                target.toplevel.flatMap { StorePath(containing: $0) } ?? Self.storePath("nixos-system-by-version")
            guard let kernel = target.kernel else { return }
            host.generations.currentKernel = "/nix/store/\(String(repeating: "k", count: 32))-linux-\(kernel)/bzImage"
            if boots { host.generations.bootedKernel = host.generations.currentKernel }
        }
        apiServer(name) { $0.version = kubernetes }
        member(name) { $0.version = etcd ?? $0.version }
        object(name) { $0.kubeletVersion = kubernetes }
    }
}
