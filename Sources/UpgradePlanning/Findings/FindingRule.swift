import Plans

/// One thing that can be wrong, found on a draft of the plan, with the page that explains it.
protocol FindingRule: Sendable {
    /// Stable: `KUP-P012`.
    var code: String { get }
    /// A few words for a list of all codes.
    var title: String { get }
    /// How severe it is, or can be at worst.
    var severity: Finding.Severity { get }
    var page: ExplanationText { get }
    /// It can be found without knowing what is to change: ``Doctor`` looks for it too.
    var isAboutToday: Bool { get }
    /// It says something of each host by itself, so that one without it is well.
    var isPerNode: Bool { get }
    /// Where its case would show; while that did not answer, nobody knows.
    var sight: FindingSight { get }

    /// Every case of it; the order does not matter.
    func examine(_ draft: PlanDraft) -> [Finding]
}

extension FindingRule {
    var isAboutToday: Bool { true }
    var isPerNode: Bool { self is any HostRule }
    var sight: FindingSight { .hosts }

    func finding(
        _ what: String, node: NodeName? = nil, severity: Finding.Severity? = nil, why: [String], remedy: [String]
    ) -> Finding {
        Finding(
            code: code, severity: severity ?? self.severity, node: node?.text, what: what, why: why, remedy: remedy)
    }
}

/// What a rule looks at.
enum FindingSight: Sendable {
    /// Hosts, all of them: on one that did not answer it may be so.
    case hosts
    /// What is known in any case.
    case ownEyes
    /// Objects of Kubernetes.
    case kubernetes
    /// Members of etcd.
    case etcd
    /// Every member of etcd.
    case everyMember
    /// Alarms of etcd, which a member without a leader cannot read.
    case alarms
    /// Digests of what each member holds.
    case hashes
    /// Who uses which version of an API: objects' managed fields and the apiservers' counts.
    case deprecatedAPIs

    func isOpen(_ facts: ClusterFacts) -> Bool {
        switch self {
        case .hosts: facts.nodes.allSatisfy { $0.host.value != nil }
        case .ownEyes: true
        case .kubernetes: facts.kubernetes.value != nil
        case .etcd: facts.etcd.contains { $0.status.value != nil }
        case .everyMember:
            !facts.etcd.isEmpty && facts.etcd.allSatisfy { $0.status.value != nil }
                && EtcdTopology(facts.etcd).isComplete
        case .alarms: facts.etcd.contains { $0.status.value?.errors.isEmpty == true }
        case .hashes:
            !facts.etcd.isEmpty && facts.etcd.allSatisfy { $0.status.value?.hash.value != nil }
        case .deprecatedAPIs: facts.deprecatedAPIsUnknown.isEmpty && facts.kubernetes.value != nil
        }
    }
}

extension ClusterFacts {
    /// Why it is not known who uses deprecated APIs; empty where it is, and where nothing of the cluster is known at all.
    var deprecatedAPIsUnknown: [String] {
        guard let kubernetes = kubernetes.value else { return [] }
        let objects = kubernetes.deprecatedObjects.absence.map { ["objects: \($0.reason)"] } ?? []
        let requests = apiServers.compactMap { server in
            server.status.value?.deprecatedRequests.absence.map { "requests at \(server.node): \($0.reason)" }
        }
        return objects + requests.sorted()
    }
}

/// Text that goes into a command that people paste.
public enum Paste {
    /// The text as one word of a POSIX shell.
    public static func word(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_./:=@%+,".utf8.contains(byte)
        }
        if plain, !text.isEmpty { return text }
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }

    /// etcdctl on a node that runs an apiserver, with the client's certificate of that one; as NixOS's easyCerts has it
    /// where its unit does not say.
    static func etcdctl(_ node: NodeName, _ host: HostFacts?, _ command: String) -> String {
        let line = host?.unit(Component.apiServer.unit)?.commandLine
        let secrets = "/var/lib/kubernetes/secrets"
        func path(_ flag: String, _ usual: String) -> String {
            word(line?.value(of: flag) ?? "\(secrets)/\(usual).pem")
        }
        let all = line?.value(of: "--etcd-servers") ?? "https://etcd.local:2379"
        // A snapshot is of one member.
        let servers = command.hasPrefix("snapshot") ? String(all.prefix { $0 != "," }) : all
        // NixOS has it in the path of etcd's hosts; beside the program that runs it is in any case.
        let program = host?.unit(Component.etcd.unit)?.commandLine?.executable ?? ""
        let folder =
            program.hasPrefix("/nix/store/") && program.hasSuffix("/etcd") ? program.dropLast("etcd".count) : ""
        return on(
            node,
            "env ETCDCTL_API=3 \(folder)etcdctl --endpoints=\(word(servers)) --cacert=\(path("--etcd-cafile", "ca")) "
                + "--cert=\(path("--etcd-certfile", "kube-apiserver-etcd-client")) "
                + "--key=\(path("--etcd-keyfile", "kube-apiserver-etcd-client-key")) \(command)")
    }

    /// The same on the first node whose member answers, else on the first that runs one; nothing where none is known.
    static func etcdctl(_ draft: PlanDraft, _ commands: String...) -> [String] {
        let answering = draft.topology.etcd.answering.map(\.node).min()
        guard let node = answering ?? draft.topology.etcdNodes.min() else { return commands.map { "etcdctl \($0)" } }
        return commands.map { etcdctl(node, draft.topology.hosts[node], $0) }
    }

    /// Pods of a node, by the name that its Node object has.
    static func pods(of node: NodeName, _ draft: PlanDraft) -> String {
        "kubectl get pods -A --field-selector spec.nodeName=\(word(object(node, draft)))"
    }

    /// With a domain, a NixOS host's Node object has it in its name.
    static func object(_ node: NodeName, _ draft: PlanDraft) -> String {
        draft.topology.objects[node]?.name ?? node.text
    }

    /// A command on a node, by ssh.
    static func on(_ node: NodeName, _ command: String) -> String { "ssh \(node) \(command)" }
}

extension Sequence<String> {
    /// `a, b and 3 more`: everything up to a limit, so that a sentence stays one.
    func listed(limit: Int = 10) -> String {
        let all = sorted()
        let shown = all.prefix(limit).joined(separator: ", ")
        return all.count > limit ? "\(shown) and \(all.count - limit) more" : shown
    }
}
