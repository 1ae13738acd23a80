import Plans
import UpgradePlanning

/// Writes the stages of a restore in their order.
///
/// Everything is brought to the hosts and compared there before anything is stopped; nothing that acts on the cluster runs
/// while data and keys are put in place; and what would act on what it finds missing starts last.
struct RestoreWriter {
    let order: RestoreOrder

    init(_ order: RestoreOrder) { self.order = order }

    static let authorityUnits: Set = ["certmgr.service", "kube-certmgr-bootstrap.service"]

    func stages() -> [Stage] {
        if let lost = order.lostMember { return replacement(of: lost) }
        return [preparation(order.masters + order.workers), bring, halt, systems, defaults, place, etcd, apiServer]
            + (order.isUnattended ? [] : [question])
            + [rest, certificates, end].filter { !$0.steps.isEmpty }
    }

    func files(_ host: RestoreHost) -> RestoreFiles {
        RestoreFiles(
            host, order.archive, Authority(of: host, in: order.archive), extra: order.folders,
            now: order.now)
    }

    /// Hosts that get files of the archive.
    var filled: [RestoreHost] { order.masters + order.rebuiltWorkers }

    // MARK: Stages

    func preparation(_ hosts: [RestoreHost]) -> Stage {
        let parks = hosts.filter { !$0.rebuildUnits.isEmpty }.map { host in
            restore("preparation", host, "park", .park(units: host.rebuildUnits))
        }
        return stage(
            "preparation", parks.isEmpty ? "Lock" : "Lock, and stop what rebuilds by itself",
            [step("preparation/lock", nil, .lock, .putBack(what: "the locks"))] + parks)
    }

    func unpark(_ hosts: [RestoreHost]) -> [Step] {
        hosts.filter { !$0.rebuildUnits.isEmpty }.map { host in
            step("end/\(host.name)/unpark", host.name, .restore(.unpark(units: host.rebuildUnits)), .nothing)
        }
    }

    private var bring: Stage {
        let snapshots = order.members.flatMap { host -> [Step] in
            guard let member = member(host), let snapshot = order.archive.snapshot else { return [] }
            return [
                restore(
                    "bring", host, "snapshot",
                    .stageSnapshot(folder: member.stage, sha256: snapshot.sha256, bytes: snapshot.bytes)),
                restore("bring", host, "data", .makeData(member: member)),
            ]
        }
        let files = filled.compactMap { host -> Step? in
            let chosen = self.files(host)
            let all = chosen.first + chosen.last
            return all.isEmpty ? nil : restore("bring", host, "files", .stageFiles(folder: stage(host), files: all))
        }
        let systems = goingBack.map { host, target in
            step(
                "bring/\(host.name)/system", host.name, .copy(target),
                .putBack(what: "the roots that keep the closures"))
        }
        return stage("bring", "Bring everything there; nothing is stopped yet", systems + snapshots + files)
    }

    private var halt: Stage {
        // What acts on kubelets that fall silent comes first; then kubelets, and what has the data last.
        let first = order.masters.compactMap { halt($0, "control") { Self.controllers.contains($0) } }
        let workers = order.workers.compactMap { halt($0, "stop") { _ in true } }
        let last = order.masters.compactMap { halt($0, "stop") { !Self.controllers.contains($0) } }
        return stage("halt", "Stop what acts on the cluster, and keep it stopped", first + workers + last)
    }

    private func halt(_ host: RestoreHost, _ what: String, _ isMeant: (String) -> Bool) -> Step? {
        let units = units(host).filter(isMeant)
        return units.isEmpty ? nil : restore("halt", host, what, .halt(units: units))
    }

    /// Hosts that get another system, control plane first.
    private var goingBack: [(host: RestoreHost, target: SystemTarget)] {
        (order.masters + order.workers).compactMap { host in order.systems[host.name].map { (host, $0) } }
    }

    /// While nothing runs: no kubelet is newer than its apiserver at any moment, and no program reads what a newer one wrote.
    private var systems: Stage {
        stage(
            "systems", "Activate the systems of before",
            goingBack.map { host, target in
                let activation = Activation(target: target, bootDefault: .atCommit)
                return step("systems/\(host.name)/activate", host.name, .activate(activation), .reactivate)
            })
    }

    /// Before anything starts: after a power cut no newer program finds the older data.
    private var defaults: Stage {
        stage(
            "defaults", "Make them what the hosts boot",
            goingBack.map { host, target in
                step(
                    "defaults/\(host.name)/commit", host.name, .commit(target),
                    .putBack(what: "the profile and the boot default"))
            })
    }

    private static let controllers: Set = [
        "certmgr.service", "kube-certmgr-bootstrap.service", "kube-addon-manager.service",
        "kube-controller-manager.service", "kube-scheduler.service", "kube-apiserver.service",
    ]

    private var place: Stage {
        var steps = order.members.compactMap { host in
            member(host).map { restore("place", host, "data", .swapData(member: $0)) }
        }
        for host in filled {
            let files = self.files(host)
            if !files.first.isEmpty {
                steps.append(restore("place", host, "files", .putFiles(folder: stage(host), files: files.first)))
            }
            guard !(files.issued + files.optional).isEmpty else { continue }
            steps.append(
                restore(
                    "place", host, "certificates",
                    .issueCertificates(
                        folder: stage(host), files: files.issued,
                        optional: files.optional.isEmpty ? nil : files.optional)))
            steps.append(restore("place", host, "accounts", .putFiles(folder: stage(host), files: files.last)))
        }
        return stage("place", "Put it in place", steps)
    }

    private var etcd: Stage {
        let names = order.members.map(\.name.text)
        var steps = order.members.map { restore("etcd", $0, "start", .start(units: ["etcd.service"])) }
        steps.append(wait("etcd/wait", [.membersAgree(nodes: names, revision: restoredRevision)]))
        return stage("etcd", "Start etcd", steps)
    }

    /// What every member must be at: the old data is not.
    private var restoredRevision: Int64 {
        order.archive.revision + (order.members.compactMap { member($0)?.revisionBump }.min() ?? 0)
    }

    private var apiServer: Stage {
        let masters = order.masters.filter(\.hasAPIServer)
        let shields =
            order.isUnattended ? [] : masters.map { restore("apiserver", $0, "shield", .shield(port: port($0))) }
        var steps =
            shields + masters.map { restore("apiserver", $0, "start", .start(units: [Component.apiServer.unit])) }
        steps.append(wait("apiserver/wait", [.apiServersServe(nodes: masters.map(\.name.text))]))
        return stage("apiserver", "Start the apiservers", steps)
    }

    private func port(_ host: RestoreHost) -> Int {
        host.host.unit(Component.apiServer.unit)?.commandLine?.value(of: "--secure-port").flatMap { Int($0) } ?? 6_443
    }

    private var question: Stage {
        stage(
            "look", "Look at what is there",
            [
                step(
                    "look/ask", nil,
                    .restore(
                        .ask(
                            question:
                                "The apiservers answer on their own hosts only. Controllers, kubelets and what deploys "
                                + "from Git act at once on what is missing. Start them, and let everybody in?")),
                    .nothing)
            ])
    }

    private var rest: Stage {
        let hosts = order.masters + order.workers
        let shielded = order.isUnattended ? [] : order.masters.filter(\.hasAPIServer)
        var steps = shielded.map { host in
            step(
                "rest/\(host.name)/unshield", host.name, .restore(.unshield(port: port(host))), .nothing)
        }
        let strangers = self.strangers
        steps += hosts.compactMap { host -> Step? in
            // A certmgr whose certificates nobody can bring back makes them now: its kubelet waits for them.
            let needsCertmgr = strangers.contains(host.name) || files(host).isIssuedLater && filled.contains(host)
            let units = units(host).filter {
                $0 != "etcd.service" && $0 != Component.apiServer.unit
                    && (needsCertmgr || !Self.authorityUnits.contains($0))
            }
            return units.isEmpty ? nil : restore("rest", host, "start", .start(units: units.reversed()))
        }
        let kubelets = hosts.filter {
            $0.host.unit(Component.kubelet.unit) != nil && !strangers.contains($0.name)
        }.map(\.name.text)
        let masters = order.masters.filter(\.hasAPIServer).map(\.name.text)
        steps.append(
            wait("rest/wait", [.nodesReport(nodes: kubelets), .tokensAccepted, .nothingStale(nodes: masters)]))
        return stage("rest", "Start the rest", steps)
    }

    /// Workers that do not trust what comes back: nobody waits for them.
    private var strangers: Set<NodeName> {
        Set(order.workers.filter { RestoreChecks(order).stranger($0) != nil }.map(\.name))
    }

    private var certificates: Stage {
        let starts = (order.masters + order.workers).compactMap { host -> Step? in
            let units = units(host).filter { Self.authorityUnits.contains($0) }
            return units.isEmpty ? nil : restore("certificates", host, "start", .start(units: units))
        }
        return stage(
            "certificates", "Let certificates be renewed again",
            starts.isEmpty ? [] : starts + [wait("certificates/wait", served)])
    }

    /// certmgr may renew keys at once, and restart what uses them.
    private var served: [Gate] {
        let masters = order.masters.filter(\.hasAPIServer).map(\.name.text)
        return [
            .membersAgree(nodes: order.members.map(\.name.text), revision: restoredRevision),
            .apiServersServe(nodes: masters), .tokensAccepted,
        ]
    }

    private var end: Stage {
        let hosts = order.masters + order.workers
        let settle = hosts.map { host in
            step(
                "end/\(host.name)/settle", host.name,
                .restore(.settle(folders: [stage(host)] + (member(host).map { [$0.stage] } ?? []))),
                .impossible(reason: "the restore is committed"))
        }
        return stage("end", "Commit", settle + unpark(hosts) + [step("end/unlock", nil, .unlock, .nothing)])
    }

    // MARK: Parts

    /// A host of another control plane keeps that running; only what follows this cluster is stopped there.
    func units(_ host: RestoreHost) -> [String] {
        let isMaster = order.masters.contains(host)
        let own: Set = ["etcd.service", "cfssl.service", Component.apiServer.unit]
        let running = host.units.filter { isMaster || !own.contains($0) }
        return isMaster ? running : running.filter { $0 != "kube-certmgr-bootstrap.service" }
    }

    func stage(_ host: RestoreHost) -> String { "/var/lib/kupgrade/restore/\(order.run)" }

    func member(_ host: RestoreHost) -> MemberData? {
        guard let data = host.data, let etcd = host.host.component(.etcd), order.members.contains(host) else {
            return nil
        }
        let version = etcd.version ?? order.archive.manifest.etcd?.version ?? Version(3, 5, 0)
        let bump = RevisionBump.of(archive: order.archive.revision, newest: order.newest, now: order.now)
        // All members or none: they must have the same data.
        let canBump = order.members.allSatisfy { member in
            member.host.component(.etcd)?.version.map(RevisionBump.isKnown) ?? false
        }
        return MemberData(
            dataFolder: data.folder, stage: "\(data.folder)/.kupgrade-\(order.run)",
            programs: String(etcd.executable[..<(etcd.executable.lastIndex(of: "/") ?? etcd.executable.startIndex)]),
            version: version.description, name: host.memberName,
            initialCluster: host.initialCluster.joined(separator: ","),
            peerURLs: (host.variable("ETCD_INITIAL_ADVERTISE_PEER_URLS") ?? "").split(separator: ",").map(String.init),
            token: order.run, revisionBump: canBump ? bump : nil, owner: data.owner,
            undoName: "member.kupgrade-undo-\(order.run)")
    }

    func stage(_ id: String, _ title: String, _ steps: [Step]) -> Stage {
        Stage(id: id, kind: .restore, title: title, steps: steps)
    }

    func restore(_ stage: String, _ host: RestoreHost, _ what: String, _ action: RestoreAction) -> Step {
        step("\(stage)/\(host.name)/\(what)", host.name, .restore(action), .putBack(what: "what was there"))
    }

    func wait(_ id: String, _ gates: [Gate]) -> Step {
        step(id, nil, .waitFor(GateList(gates, limitSeconds: 600)), .nothing)
    }

    func step(_ id: String, _ node: NodeName?, _ action: Action, _ undo: Undo) -> Step {
        Step(id: id, node: node?.text, action: action, impact: .none, undo: undo, wayBack: .free)
    }
}
