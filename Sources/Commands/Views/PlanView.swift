import Plans
import Terminal
import UpgradePlanning

/// A plan for people, 80 columns wide: what changes, what is in the way, the steps, the way back, the next command.
struct PlanView {
    let plan: Plan
    let request: PlanRequest
    let style: Style
    /// Where the facts were recorded before.
    var now: Instant?

    func text() -> String {
        let parts = [
            head(), nodes(), NodeChangeText(plan.goal.nodes, style: style).lines() + undrained(),
            FindingsText(plan.findings, style: style).lines(), stages(), wayBack(),
            [tail()],
        ]
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private func head() -> [String] {
        let goal = plan.goal.changes.map { change in
            "\(change.name) \(change.from.joined(separator: ", ")) -> \(change.to.joined(separator: ", "))"
        }
        let rebuilt = plan.goal.nodes.map(\.node).joined(separator: ", ")
        let none =
            !rebuilt.isEmpty
            ? "a rebuild of \(rebuilt), Kubernetes stays as it is"
            : isHeldUp
                ? "nothing can be done yet" : "nothing to change" + (isWhole ? "" : " on the nodes that were seen")
        let what = goal.isEmpty ? none : goal.joined(separator: "; ")
        let hops = plan.goal.hops.map { hop in
            "\(hop.versions.joined(separator: ", "))" + (hop.isBridge ? " (bridge)" : "")
        }
        var lines = TextWidth.wrap("Plan for \(plan.cluster): \(what)", width: 80).map { style($0, .heading) }
        lines += TextWidth.wrap("from facts of \(plan.madeAt)\(age)", width: 80, indent: "  ")
        if hops.count > 1 {
            lines += TextWidth.wrap("by way of \(hops.joined(separator: ", then "))", width: 80, indent: "  ")
        }
        for later in plan.goal.later { lines += TextWidth.wrap("another run: \(later)", width: 80, indent: "  ") }
        return lines
    }

    /// Of recorded facts that are not of today: the cluster may be another by now.
    private var age: String {
        guard let now else { return "" }
        let seconds = now.secondsSince1970 - request.facts.observedAt.secondsSince1970
        if seconds < -3_600 { return ", which is in the future" }
        return seconds > 86_400 ? ", \(Amount.duration(seconds)) old" : ""
    }

    /// Who would leave which node is asked of an apiserver.
    private func undrained() -> [String] {
        guard request.facts.kubernetes.value == nil, !plan.goal.nodes.isEmpty else { return [] }
        return TextWidth.wrap("drains are not forecast: no apiserver could be asked which pods there are", width: 80)
    }

    /// Something is offered that is not what runs, and the plan cannot begin with it.
    private var isHeldUp: Bool {
        plan.stages.isEmpty && !plan.blockers.isEmpty && !plan.findings.contains { $0.code == "KUP-P001" }
    }

    /// Today's and the target's versions: Kubernetes and etcd by node, and what else differs between nodes; what is the
    /// same everywhere in one line.
    private func nodes() -> [String] {
        let names = ["kubernetes", "etcd", "containerd", "kernel", "nixos"]
        let moves = request.facts.nodes.map(moves)
        let texts = names.indices.map { column in Set(moves.map { $0[column].text }).subtracting(["-"]).sorted() }
        let columns = names.indices.filter { $0 < 2 && !texts[$0].isEmpty || texts[$0].count > 1 }
        let table = Table(
            ["node"] + columns.map { names[$0] },
            rows: zip(request.facts.nodes, moves).map { node, moves in [node.name.text] + columns.map { moves[$0].text }
            })
        let same = names.indices.filter { !columns.contains($0) && !texts[$0].isEmpty }
        let fits = table.lines().allSatisfy { TextWidth.of($0) <= 80 }
        let whose = isWhole ? "every node" : "every node that was seen"
        let rest = same.flatMap { TextWidth.wrap("\(whose): \(names[$0]) \(texts[$0][0])", width: 80) }
        return (fits ? table.lines() : narrow(table)) + rest + further()
    }

    private var isWhole: Bool { request.facts.nodes.allSatisfy { $0.host.value != nil } }

    /// The table compares with what is offered, which may be more than this run does.
    private func further() -> [String] {
        let ends = Set(plan.goal.changes.filter { $0.name == "kubernetes" }.flatMap(\.to))
        let offered = Set(request.channel.offers.values.compactMap { $0.value?.kubernetes.description })
        guard !ends.isEmpty, !offered.isEmpty, ends.isDisjoint(with: offered) else { return [] }
        return ["that is what is offered; this run ends at Kubernetes \(ends.sorted().joined(separator: ", "))"]
    }

    private struct Move {
        var text: String

        init(_ now: String?, _ then: String?) {
            text = then.flatMap { $0 == now ? nil : "\(now ?? "?") -> \($0)" } ?? now ?? "-"
        }
    }

    /// In the order of the names in ``nodes()``.
    private func moves(_ node: NodeFacts) -> [Move] {
        guard let host = node.host.value else {
            return [Move("not seen", nil)] + Array(repeating: Move(nil, nil), count: 4)
        }
        let offer = request.channel.offers[node.name]?.value
        func now(_ component: Component) -> String? { host.component(component)?.version?.description }
        let member = request.facts.etcd.first { $0.node == node.name }
        return [
            Move(now(.kubelet), offer?.kubernetes.description),
            member == nil ? Move(nil, nil) : Move(member?.status.value?.version.description, offer?.etcd?.description),
            Move(now(.containerd), offer?.containerd?.description),
            Move(Self.kernel(host), offer?.kernel), Move(host.nixosVersion, offer?.nixos),
        ]
    }

    /// The same as a short list for each node, where the table is too wide.
    private func narrow(_ table: Table) -> [String] {
        var lines: [String] = []
        for row in table.rows {
            lines.append(row[0])
            for (name, value) in zip(table.header, row).dropFirst() where value != "-" {
                lines.append("  " + name + String(repeating: " ", count: 12 - name.count) + value)
            }
        }
        return lines
    }

    /// The version of the booted kernel by its store path, as the target's is known by its configuration.
    private static func kernel(_ host: HostFacts) -> String? {
        guard let path = host.generations.currentKernel.flatMap({ StorePath(containing: $0) }) else {
            return host.kernel
        }
        return path.name.hasPrefix("linux-") ? String(path.name.dropFirst("linux-".count)) : host.kernel
    }

    private func stages() -> [String] {
        plan.stages.enumerated().flatMap { index, stage -> [String] in
            let lines = StepText.lines(of: stage).flatMap { text in
                TextWidth.wrap(text, width: 75).enumerated().map { line, part in (line == 0 ? "   ~ " : "     ") + part
                }
            }
            return [style("\(index + 1)  \(stage.title)", .emphasis)] + lines
        }
    }

    private func wayBack() -> [String] {
        guard !plan.stages.isEmpty else { return [] }
        guard let crossing = plan.crossing else {
            return TextWidth.wrap(
                "Way back: free to the end; activating the old generation undoes any step.", width: 80)
        }
        let harder = plan.steps.reduce(WayBack.free) { $0.harder($1.wayBack) }
        return TextWidth.wrap(
            "Way back: free before \(crossing.id). From there on \(StepText.wayBack(harder)).", width: 80)
    }

    private func tail() -> String {
        let counts = FindingsText(plan.blockers, style: style).count
        let steps =
            plan.stages.isEmpty
            ? (isHeldUp ? "Nothing can be done yet." : "Nothing to do.")
            : "\(plan.stages.count) stages, \(plan.steps.count) steps."
        let blockers = counts == 0 ? "" : " \(counts) blocker\(counts == 1 ? "" : "s")."
        return "\(steps)\(blockers)\nNext: \(plan.next)"
    }
}
