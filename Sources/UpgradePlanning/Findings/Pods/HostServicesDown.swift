import Plans

struct HostServicesDown: FindingRule {
    let code = "KUP-P085"
    let title = "services of the host go down with it"
    let severity = Finding.Severity.notice
    let isAboutToday = false
    let page = ExplanationText(
        meaning:
            "What runs on the host beside Kubernetes is not drained anywhere: it stops when the node reboots, or when "
            + "its own unit is restarted. A model on the GPU has to be loaded again afterwards. If Forgejo holds the flake "
            + "or what ArgoCD deploys, neither can be read meanwhile.",
        causes: ["Ollama, Forgejo, nginx and others share the hosts"],
        behaviour: "The plan can be applied; the gates after it wait until these services run again.",
        remedies: ["tell who uses them", "move the node that holds the flake last"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        Dictionary(grouping: draft.route.moves, by: \.node).sorted { $0.key < $1.key }.compactMap { node, moves in
            guard let host = draft.topology.hosts[node] else { return nil }
            let reboots = moves.filter { $0.impact == .reboot }.count
            let down = Self.services(of: node, draft.topology, moves)
            guard !down.isEmpty else { return nil }
            return finding(
                "\(node): \(down.listed()) \(down.count == 1 ? "goes" : "go") down with it", node: node,
                why: [duration(host, reboots: reboots)] + graphics(host, down),
                remedy: [Paste.on(node, "systemctl status \(down.joined(separator: " "))")])
        }
    }

    /// What runs on a host beside Kubernetes and stops when its moves are made: all of it where it reboots.
    static func services(of node: NodeName, _ topology: Topology, _ moves: [Move]) -> [String] {
        guard let host = topology.hosts[node], !moves.isEmpty else { return [] }
        let running = HostServices.running(host)
        return moves.contains { $0.impact == .reboot } ? running : restarted(running, moves)
    }

    private static func restarted(_ running: [String], _ moves: [Move]) -> [String] {
        let touched = Set(moves.flatMap { ImpactRule.comparison(of: $0.offer, with: $0.before)?.touched ?? [] })
        return running.filter { touched.contains($0 + ".service") }
    }

    private func duration(_ host: HostFacts, reboots: Int) -> String {
        guard reboots > 0 else { return "for a restart of their units, seconds" }
        let times = reboots == 1 ? "for one boot" : "for \(reboots) boots"
        guard let seconds = host.platform.bootSeconds else { return times }
        return "\(times); the last one took \(Amount.duration(seconds))"
    }

    private func graphics(_ host: HostFacts, _ down: [String]) -> [String] {
        guard !host.platform.graphics.isEmpty else { return [] }
        let users = (host.platform.graphicsUnits ?? []).map { String($0.dropLast(".service".count)) }.filter(
            down.contains)
        let models = down.contains("ollama") ? ["models are loaded anew to \(host.platform.graphics.listed())"] : []
        let named =
            users.isEmpty ? [] : ["\(users.listed()) \(users.count == 1 ? "has" : "have") the graphics processor open"]
        return models + named
    }
}
