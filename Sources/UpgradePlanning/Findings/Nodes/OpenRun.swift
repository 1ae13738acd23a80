import Plans

struct OpenRun: FindingRule {
    let code = "KUP-P034"
    let title = "a run was left open"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning: "A run of kupgrade has this host's lock, or cordoned this node and has not lifted that. It may be "
            + "running, or have been interrupted.",
        causes: ["the run still goes on", "the operator's machine went away", "the run stopped at a gate"],
        behaviour: "Planning goes on from what the cluster is now. The lock decides whether a new run may start.",
        remedies: [
            "kupgrade status RUN  # how far it is, and what to type", "kupgrade resume RUN",
            "uncordon the node by hand, where nobody works on it any more",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        cordons(draft) + locks(draft)
    }

    private func locks(_ draft: PlanDraft) -> [Finding] {
        draft.topology.names.compactMap { node in
            guard let run = draft.topology.hosts[node]?.openRun else { return nil }
            return finding(
                "run \(run) has the lock of \(node)", node: node, why: ["/var/lib/kupgrade/run.lock names it"],
                remedy: ["kupgrade status \(Paste.word(run))", "kupgrade resume \(Paste.word(run))"])
        }
    }

    private func cordons(_ draft: PlanDraft) -> [Finding] {
        draft.topology.objects.compactMap { node, object in
            guard let run = object.cordonedByRun, object.isUnschedulable else { return nil }
            return finding(
                "run \(run) has left \(node) cordoned", node: node,
                why: ["spec.unschedulable is true, set by run \(run)"],
                remedy: ["kubectl uncordon \(Paste.word(object.name))  # when nobody works on it any more"])
        }
    }
}
