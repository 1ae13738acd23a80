import Terminal
import UpgradePlanning

/// Facts for people: a line for each node, member and apiserver, and what is wrong. `-o json` has everything.
struct FactsView {
    let facts: ClusterFacts
    let style: Style

    func text() -> String {
        var lines = [style("\(facts.cluster) at \(facts.observedAt)", .heading), ""]
        lines += nodes() + [""] + etcd() + [""] + apiServers() + [""] + kubernetes()
        return lines.joined(separator: "\n") + "\n"
    }

    private func nodes() -> [String] {
        let table = Table(
            ["node", "kubelet", "nixos", "generation", "failed units"], rows: facts.nodes.map(row))
        let notes = facts.nodes.flatMap(notes).flatMap { TextWidth.wrap($0, width: 80, indent: "  ") }
        return table.lines() + notes.map { style($0, .caution) }
    }

    private func row(_ node: NodeFacts) -> [String] {
        guard let host = node.host.value else { return [node.name.text, style("not seen", .bad)] }
        let failed = host.failedUnits.count
        return [
            node.name.text, host.component(.kubelet)?.version?.description ?? "-", host.nixosVersion ?? "-",
            host.generations.profileNumber.map { "\($0)" } ?? "-", failed == 0 ? "none" : style("\(failed)", .caution),
        ]
    }

    /// What is not as it should be with a node: no answer, a dead address, a running generation that is not the profile's.
    private func notes(_ node: NodeFacts) -> [String] {
        guard let host = node.host.value else { return [node.host.absence.map { "\(node.name): \($0.reason)" } ?? ""] }
        var notes = node.addresses.filter { $0.state == .dead }.map {
            "\(node.name): \($0.address) is dead: \($0.reason ?? "no reason is known")"
        }
        if host.generations.current != host.generations.profile {
            notes.append(
                "\(node.name): what runs is not generation \(host.generations.profileNumber ?? 0) of the profile")
        }
        if !host.failedUnits.isEmpty {
            notes.append("\(node.name): failed: \(host.failedUnits.joined(separator: ", "))")
        }
        if !host.rebuilders.isEmpty {
            notes.append("\(node.name): being rebuilt by \(host.rebuilders.joined(separator: ", "))")
        }
        return notes
    }

    /// What runs on them nobody could see.
    private var unseenHosts: String {
        let names = facts.nodes.filter { $0.host.value == nil }.map(\.name.text)
        return names.isEmpty ? "" : ", with \(names.joined(separator: ", ")) not seen"
    }

    private func etcd() -> [String] {
        guard !facts.etcd.isEmpty else { return ["no etcd was found" + unseenHosts] }
        let table = Table(
            ["etcd", "version", "member", "role", "revision", "size"],
            rows: facts.etcd.map(row) + silentMembers.map { [$0.name, style("not seen", .bad), $0.memberID] })
        let notes = [hashes()] + alarms().map { style($0, .bad) } + facts.etcd.compactMap(reason)
        return table.lines() + notes.flatMap { TextWidth.wrap($0, width: 80, indent: "  ") }
    }

    private func row(_ endpoint: EtcdEndpointFacts) -> [String] {
        guard let member = endpoint.status.value else { return [endpoint.node.text, style("not seen", .bad)] }
        let role =
            member.isLearner
            ? "learner"
            : member.leaderID == nil
                ? style("no leader", .bad) : member.leaderID == member.memberID ? "leader" : "follower"
        return [
            endpoint.node.text, "\(member.version)", member.memberID, role, "\(member.revision)",
            Amount.bytes(member.databaseSize),
        ]
    }

    private func reason(_ endpoint: EtcdEndpointFacts) -> String? {
        endpoint.status.absence.map { "\(endpoint.node): \($0.reason)" }
    }

    /// Members that the others list and that nobody was asked for: their node did not answer, or is not in the file.
    private var silentMembers: [EtcdPeerFacts] {
        let answered = Set(facts.etcd.compactMap { $0.status.value?.memberID })
        let listed = Set(facts.etcd.flatMap { $0.status.value?.members ?? [] })
        let asked = Set(facts.etcd.map(\.node.text))
        return listed.filter { !answered.contains($0.memberID) && !asked.contains($0.name) }.sorted {
            $0.name < $1.name
        }
    }

    private func alarms() -> [String] {
        Set(facts.etcd.flatMap { $0.status.value?.alarms ?? [] }).map { "alarm \($0.kind.rawValue) of \($0.memberID)" }
            .sorted()
    }

    private func hashes() -> String {
        let known = facts.etcd.compactMap { $0.status.value?.hash.value }
        guard let first = known.first else { return "hashes could not be compared" }
        if facts.etcdClusterCount > 1 {
            return style("these are \(facts.etcdClusterCount) clusters that know nothing of each other", .bad)
        }
        guard known.count > 1 else { return "one member answered: there is nothing to compare its hash with" }
        let isEqual = known.allSatisfy { $0.hash == first.hash && $0.compactRevision == first.compactRevision }
        return isEqual
            ? "the hashes of \(known.count) members are equal at revision \(first.revision)"
            : style("the hashes of \(known.count) members differ at revision \(first.revision)", .bad)
    }

    private func apiServers() -> [String] {
        guard !facts.apiServers.isEmpty else { return ["no apiserver was found" + unseenHosts] }
        let reasons = facts.apiServers.compactMap { server in
            server.status.absence.map { "\(server.node): \($0.reason)" } ?? Self.failedChecks(server)
        }
        let table = Table(
            ["apiserver", "version", "ready", "cluster"],
            rows: facts.apiServers.map { server in
                guard let status = server.status.value else {
                    return [server.node.text, style("not seen", .bad)]
                }
                let ready = status.notReady.isEmpty ? "yes" : style("no", .bad)
                return [server.node.text, "\(status.version)", ready, status.kubeSystemUID.value ?? "-"]
            })
        return table.lines()
            + reasons.flatMap { TextWidth.wrap($0, width: 80, indent: "  ") }.map { style($0, .caution) }
    }

    private static func failedChecks(_ server: APIServerFacts) -> String? {
        guard let checks = server.status.value?.notReady, !checks.isEmpty else { return nil }
        return "\(server.node) is not ready: \(checks.joined(separator: ", "))"
    }

    private func states(_ node: NodeObjectFacts) -> [String] {
        (node.isUnschedulable ? ["cordoned"] : []) + node.troubles
    }

    private func kubernetes() -> [String] {
        guard let cluster = facts.kubernetes.value else {
            return TextWidth.wrap(facts.kubernetes.absence?.reason ?? "", width: 80).map { style($0, .bad) }
        }
        let table = Table(
            ["kubernetes node", "ready", "kubelet", "pods", "state"],
            rows: cluster.nodes.map { node in
                let pods = cluster.pods.filter { $0.nodeName == node.name }.count
                let state = states(node)
                return [
                    node.name, node.isReady ? "yes" : style("no", .bad), node.kubeletVersion?.description ?? "-",
                    "\(pods)", state.isEmpty ? "-" : state.count == 1 ? state[0] : "see below",
                ]
            })
        let notes = cluster.nodes.filter { states($0).count > 1 }.flatMap { node in
            TextWidth.wrap("\(node.name): \(states(node).joined(separator: ", "))", width: 80, indent: "  ")
        }
        return table.lines() + notes.map { style($0, .caution) } + [
            "  \(cluster.pods.count) pods, \(cluster.budgets.count) disruption budgets, "
                + "asked of \(cluster.askedNode?.text ?? "the kubeconfig's server")\(cluster.passedOver.map { "; \($0)" } ?? "")"
        ]
    }
}
