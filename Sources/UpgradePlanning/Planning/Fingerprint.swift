/// What a plan depends on, as lines that can be compared: versions, store paths, generations, ids, endpoints,
/// authorities, foreign cordons and locks. Never what changes by itself: free space, clocks, raft indexes, leaders,
/// pods, leaf certificates.
struct Fingerprint {
    let lines: [String]

    init(_ draft: PlanDraft) {
        let facts = draft.facts
        var lines = ["cluster=\(facts.cluster)"]
        lines += facts.nodes.flatMap(Self.node)
        lines += facts.etcd.flatMap(Self.etcd)
        lines += facts.apiServers.flatMap(Self.apiServer)
        lines += Self.kubernetes(facts.kubernetes)
        lines += Self.channel(draft.channel)
        self.lines = Set(lines).sorted()
    }

    private static func node(_ node: NodeFacts) -> [String] {
        let key = "node/\(node.name)"
        var lines = node.addresses.map { "\(key)/address=\($0.address)" }
        switch node.host {
        case .absent(let absence): lines.append("\(key)/absent=\(absence.code.rawValue)")
        case .seen(let host): lines += self.host(host, key: key)
        }
        return lines
    }

    private static func host(_ host: HostFacts, key: String) -> [String] {
        let generations = host.generations
        var lines = [
            "\(key)/machine=\(host.machineID)",
            "\(key)/profile=\(generations.profileNumber.map(String.init) ?? "") \(text(generations.profile))",
            "\(key)/current=\(text(generations.current))",
            "\(key)/booted=\(text(generations.booted))",
        ]
        lines += host.components.map {
            "\(key)/component/\($0.component.rawValue)=\(text($0.version)) \($0.executable)"
        }
        lines += host.units.compactMap { unit in unit.server.map { "\(key)/server/\(unit.name)=\($0)" } }
        lines += host.pki.compactMap { file in
            guard let certificate = file.certificate, certificate.isAuthority else { return nil }
            return "\(key)/authority/\(file.path)=\(certificate.fingerprint)"
        }
        return lines + host.rebuilders.map { "\(key)/rebuilder=\($0)" }
    }

    private static func etcd(_ endpoint: EtcdEndpointFacts) -> [String] {
        let key = "etcd/\(endpoint.node)"
        guard let member = endpoint.status.value else { return ["\(key)/absent=\(code(endpoint.status))"] }
        return [
            "\(key)/cluster=\(member.clusterID)", "\(key)/member=\(member.memberID)",
            "\(key)/version=\(member.version)",
        ]
            + member.members.map { peer in
                let urls = (peer.peerURLs.sorted() + peer.clientURLs.sorted()).joined(separator: " ")
                return "\(key)/peer/\(peer.memberID)=\(peer.name) \(peer.isLearner ? "learner" : "voter") \(urls)"
            }
    }

    private static func apiServer(_ server: APIServerFacts) -> [String] {
        let key = "apiserver/\(server.node)"
        guard let status = server.status.value else { return ["\(key)/absent=\(code(server.status))"] }
        return ["\(key)/version=\(status.version)", "\(key)/cluster=\(status.kubeSystemUID.value ?? "")"]
    }

    private static func kubernetes(_ observed: Observed<KubernetesFacts>) -> [String] {
        guard let facts = observed.value else { return ["kubernetes/absent=\(code(observed))"] }
        return facts.nodes.flatMap { node in
            var lines = [
                "object/\(node.name)/uid=\(node.uid)", "object/\(node.name)/kubelet=\(text(node.kubeletVersion))",
            ]
            if node.isUnschedulable { lines.append("object/\(node.name)/cordoned=\(node.cordonedByRun ?? "foreign")") }
            return lines
        }
            + facts.leases.filter { $0.name.hasPrefix("kupgrade") }
            .map { "lock/\($0.namespace)/\($0.name)=\($0.holder)" }
    }

    private static func channel(_ channel: ChannelFacts) -> [String] {
        let source = SystemSource(.channel, channel)
        return ["channel/source=\(source.reference) \(source.override ?? "")"]
            + offers(channel.offers, key: "channel")
            + channel.bridges.flatMap { bridge in
                ["bridge/\(bridge.minor)/source=\(bridge.reference)"]
                    + offers(bridge.offers, key: "bridge/\(bridge.minor)")
            }
    }

    private static func offers(_ offers: [NodeName: Observed<NodeOffer>], key: String) -> [String] {
        offers.map { node, observed in
            guard let offer = observed.value else { return "\(key)/\(node)/absent=\(code(observed))" }
            let parts = [
                offer.kubernetes.description, text(offer.etcd), text(offer.containerd), offer.kernel ?? "",
                offer.nixos ?? "", text(offer.toplevel),
            ]
            return "\(key)/\(node)=\(parts.joined(separator: " "))"
        }
    }

    private static func code<Value>(_ observed: Observed<Value>) -> String { observed.absence?.code.rawValue ?? "" }

    private static func text(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "" }
}
