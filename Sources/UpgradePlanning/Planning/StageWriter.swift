import Plans

/// Writes the stages of a plan: the preparation, for each hop its backup and its nodes, the end.
struct StageWriter {
    private let draft: PlanDraft
    private let preparation: PreparationWriter

    init(_ draft: PlanDraft) {
        self.draft = draft
        preparation = PreparationWriter(draft)
    }

    /// Everything that can fail without harm comes first: all systems of all hops are built, copied and proven before
    /// anything in the cluster is touched.
    func stages() -> [Stage] {
        guard !draft.route.moves.isEmpty else { return [] }
        var stages = [preparation.stage()]
        var wayBack = WayBack.free
        for planned in draft.route.hops {
            if let backup = backup(before: planned, wayBack: wayBack) { stages.append(backup) }
            let canary = planned.moves.first {
                !draft.topology.isControlPlane($0.node) && draft.topology.hosts[$0.node] != nil
            }?.node
            for move in planned.moves {
                if draft.topology.hosts[move.node] == nil {
                    stages.append(unseen(move))
                    continue
                }
                let writer = NodeStageWriter(draft, move: move, wayBack: wayBack)
                stages.append(writer.stage(isCanary: move.node == canary))
                wayBack = move.wayBack
            }
        }
        stages.append(preparation.end(wayBack: wayBack))
        return stages
    }

    /// What a host that was not seen needs nobody knows; it keeps its place, and no plan with it can be applied (KUP-P030).
    private func unseen(_ move: Move) -> Stage {
        let isMaster = draft.topology.isControlPlane(move.node)
        return Stage(
            id: "\(move.hop.id)/\(move.node)", kind: isMaster ? .controlPlane : .worker,
            title: "\(move.node), which was not seen: what it needs is not known", hop: move.hop.id,
            node: move.node.text, steps: [])
    }

    /// Each hop has its own archive: an old minor's data is the only way back to that minor.
    private func backup(before planned: HopMoves, wayBack: WayBack) -> Stage? {
        let topology = draft.topology
        let nodes = backedUp()
        guard !nodes.isEmpty else { return nil }
        let firstMoves = draft.route.moves.prefix { $0.hop != planned.hop }
        let moved = Dictionary(firstMoves.map { ($0.node, $0.offer.kubernetes) }) { $1 }
        let versions = topology.apiServerNodes.compactMap { moved[$0] ?? draft.now[$0]?.running[.apiServer] }
        let id = "\(planned.hop.id)/backup"
        return Stage(
            id: id, kind: .backup, title: "backup before \(planned.hop.id)", hop: planned.hop.id,
            steps: nodes.map { node in
                let target = BackupTarget(etcdNode: node.text, kubernetes: Set(versions).sorted().map(\.description))
                return Step(
                    id: nodes.count == 1 ? "\(id)/back-up" : "\(id)/\(node)/back-up", node: node.text,
                    action: .backUp(target), impact: .none, undo: .nothing, wayBack: wayBack)
            })
    }

    /// One member of each etcd cluster: masters that do not share theirs have data of their own.
    private func backedUp() -> [NodeName] {
        let etcd = draft.topology.etcd
        if etcd.clusters.count > 1 {
            return Dictionary(grouping: etcd.answering, by: \.cluster).values.compactMap { $0.map(\.node).min() }
                .sorted()
        }
        return (etcd.leader ?? draft.topology.etcdNodes.min()).map { [$0] } ?? []
    }
}
