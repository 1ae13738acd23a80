import Plans

/// A step in words: what it changes.
enum StepText {
    /// One line for each step; steps that do the same on one node after the other share a line.
    static func lines(of stage: Stage) -> [String] {
        var lines: [(text: String, nodes: [String])] = []
        for step in stage.steps {
            let text = self.text(step)
            let node = step.node == stage.node ? nil : step.node
            if let node, let last = lines.last, last.text == text, !last.nodes.isEmpty {
                if !last.nodes.contains(node) { lines[lines.count - 1].nodes.append(node) }
            } else {
                lines.append((text, node.map { [$0] } ?? []))
            }
        }
        return lines.map { $0.nodes.isEmpty ? $0.text : "\($0.nodes.joined(separator: ", ")): \($0.text)" }
    }

    /// What it changes: in a hop of etcd, by the version that moves.
    static func text(_ step: Step) -> String {
        action(step.action, movesEtcd: isOfEtcd(step))
    }

    /// The id begins with its hop's, or has it behind `preparation/`.
    private static func isOfEtcd(_ step: Step) -> Bool {
        let parts = step.id.split(separator: "/")
        return (parts.first == "preparation" ? parts.dropFirst() : parts[...]).first?.hasPrefix("etcd-") == true
    }

    private static func action(_ action: Action, movesEtcd: Bool) -> String {
        func system(_ target: SystemTarget) -> String {
            let moves = movesEtcd ? target.etcd.map { "etcd \($0)" } : nil
            return (moves ?? "Kubernetes \(target.kubernetes)") + (target.nixos.map { " (NixOS \($0))" } ?? "")
        }
        return switch action {
        case .build(let target): "build \(system(target))"
        case .copy(let target): "copy \(system(target)) there"
        case .prove: "check the closure on its host"
        case .lock: "lock the cluster for this run"
        case .unlock: "unlock"
        case .stopTimers(let units): "stop what rebuilds by itself: \(list(units))"
        case .startTimers(let units): "start again: \(list(units))"
        case .park(let units):
            units.units.contains("certmgr.service")
                ? "stop \(list(units)), which restarts the apiserver by itself"
                : "stop \(list(units)) until all are as new"
        case .unpark(let units): "start \(list(units)) again"
        case .pauseGitOps(let call): "pause what deploys from Git (hook \(call.hook))"
        case .resumeGitOps(let call): "let it go on (hook \(call.hook))"
        case .backUp(let target): "back up etcd of \(target.etcdNode) and the PKI; proven before anything changes"
        case .cordon: "cordon"
        case .drain(let limit): "drain, at most \(minutes(limit.seconds))"
        case .moveLeader(let target): "move etcd's leader to \(target.node)"
        case .armGuard(let target): "arm the guard (\(target.lifetime.rawValue), \(minutes(target.seconds)))"
        case .activate(let activation): "activate \(system(activation.target))\(bootDefault(activation))"
        case .reboot(let activation): "reboot into \(system(activation.target))\(bootDefault(activation))"
        case .waitFor(let gates): "wait until \(gates.gates.map(gate).joined(separator: ", "))"
        case .disarmGuard: "disarm the guard"
        case .commit: "commit: profile and boot entry"
        case .uncordon: "uncordon"
        case .restore(let action): RestoreText.action(action)
        }
    }

    static func wayBack(_ wayBack: WayBack) -> String {
        switch wayBack {
        case .free: "it is free"
        case .etcdStep: "etcd must be downgraded before the old generation can run"
        case .needsRestore: "it needs a restore of etcd from the backup; what was written since is lost"
        case .oneWay(let reason): "there is none: \(reason)"
        }
    }

    static func gate(_ gate: Gate) -> String {
        switch gate {
        case .freshConnection: "a fresh connection works"
        case .systemActive: "the new system is active"
        case .nodeReady(let kubelet): "the node is Ready with kubelet \(kubelet)"
        case .apiServerReady(let version): "its apiserver \(version) is ready"
        case .etcdHealthy(let voters):
            voters == 1
                ? "etcd is healthy"
                : voters == 2 ? "both etcd members are healthy" : "all \(voters) etcd members are healthy"
        case .controllersLead: "controller-manager and scheduler hold their leases"
        case .podNetwork: "a canary pod has DNS and network"
        case .membersAgree(let nodes, _):
            nodes.count == 1 ? "etcd serves" : "all \(nodes.count) etcd members serve and have the same keys"
        case .apiServersServe(let nodes): "the apiserver of \(nodes.joined(separator: ", ")) says ready"
        case .nodesReport(let nodes): "\(nodes.joined(separator: ", ")): Ready, by leases renewed since"
        case .tokensAccepted: "tokens of service accounts are accepted"
        case .nothingStale: "nothing leads to apiservers or nodes that are gone"
        }
    }

    private static func bootDefault(_ activation: Activation) -> String {
        switch activation.bootDefault {
        case .atCommit: ""
        case .before: ", as boot default before it starts"
        }
    }

    private static func list(_ units: UnitList) -> String { units.units.joined(separator: ", ") }

    private static func minutes(_ seconds: Int) -> String { seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s" }
}
