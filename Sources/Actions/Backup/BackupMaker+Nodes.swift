import AgeEncryption
import Archiving
import Backups
import UpgradePlanning

extension BackupMaker {
    /// Every node's files, all at the same time; a node that is down is one with a reason.
    func nodeFiles() async -> [NodeFiles] {
        await withTaskGroup(of: NodeFiles.self) { group in
            for node in facts.nodes {
                group.addTask {
                    guard let host = node.host.value, let session = ways.sessions[node.name] else {
                        var absent = Manifest.Node(name: node.name)
                        absent.absence = node.host.absence?.reason ?? "it cannot be reached"
                        return NodeFiles(node: absent)
                    }
                    return await NodeFilesReader(name: node.name, host: host, extra: order.extra).read(session)
                }
            }
            for (name, ssh) in order.collected {
                group.addTask { await CollectedFiles.read(name, ssh, extra: order.extra) }
            }
            var nodes: [NodeFiles] = []
            for await node in group { nodes.append(node) }
            return named(nodes).sorted { $0.node.name < $1.node.name }
        }
    }

    /// A folder of the user's that some node has is one that the others need not have.
    private func named(_ nodes: [NodeFiles]) -> [NodeFiles] {
        let absent = Set(order.extra.map(NodeFilesReader.isNotThere)).filter { text in
            nodes.contains { $0.node.absence == nil && !$0.node.missing.contains(text) }
        }
        return nodes.map { node in
            var node = node
            node.node.missing.removeAll { absent.contains($0) }
            return node
        }
    }

    /// An archive that only the cluster's own hosts can open goes down with them. Throws `BackupError` `recipients`.
    /// Returns how many of the recipients are such hosts.
    func refuseHostKeys(_ nodes: [NodeFiles]) throws -> Int {
        let hostKeys = nodes.flatMap(\.files).filter {
            $0.entry.path.contains("/etc/ssh/ssh_host_") && $0.entry.path.hasSuffix(".pub")
        }
        let known: [AgeRecipient] = hostKeys.compactMap { file in
            let line = file.content?.withBytes { String(decoding: $0, as: UTF8.self) } ?? ""
            return try? AgeRecipient(parsing: line.split(separator: "\n").first.map(String.init) ?? "")
        }
        let outside = order.recipients.filter { recipient in !known.contains { $0.isSameKey(as: recipient) } }
        guard outside.isEmpty else { return order.recipients.count - outside.count }
        throw BackupError(
            .recipients, "every recipient is a host of this cluster: who loses the hosts could not open the archive")
    }

    /// What rebuilds the hosts; where it cannot be had, the manifest says why.
    func flake() async -> FlakeSource.Source? {
        guard let reference = order.flake else { return nil }
        let running = Set(facts.nodes.compactMap { $0.host.value?.platform.configurationRevision })
        do {
            let source = FlakeSource(reference: reference, running: running.count == 1 ? running.first : nil)
            return try await source.read()
        } catch {
            return FlakeSource.Source(manifest: Manifest.Flake(reference: reference, absence: "\(error)"), files: [])
        }
    }

    /// Files of all nodes into the archive. Returns what they say for the grade.
    func add(
        _ found: [NodeFiles.File], _ manifest: Manifest, to store: Store
    ) async throws -> (files: Set<String>, links: [String: String], keys: KeyRing) {
        try await store.perform { builder in
            var files: Set<String> = []
            var links: [String: String] = [:]
            var keys = KeyRing(encryption: manifest.encryptionFiles)
            for file in found {
                try builder.begin(file.entry)
                try file.content?.withBytes { bytes in
                    if !bytes.isEmpty { try builder.write(bytes) }
                    keys.add(file.entry.path, Array(bytes))
                }
                builder.end()
                switch file.entry.kind {
                case .file: files.insert(file.entry.path)
                case .link(let target): links[file.entry.path] = target
                case .folder: break
                }
            }
            return (files, links, keys)
        }
    }

    func manifest(
        _ name: String, _ nodes: [Manifest.Node], _ volumes: [Manifest.Volume], _ flake: Manifest.Flake?,
        from node: NodeName?, after failed: [FailedMember]
    ) -> Manifest {
        let etcd = node.flatMap { node in member(node).map { (node, $0) } }.map { node, member in
            Manifest.Etcd(
                clusterID: member.clusterID, memberID: member.memberID, node: node, version: member.version,
                members: member.members)
        }
        var manifest = Manifest(
            name: name, cluster: order.cluster, createdAt: order.now, madeBy: order.madeBy,
            // In the middle of an upgrade the newest one decides who can read it.
            kubernetes: facts.apiServers.compactMap { $0.status.value?.version }.max(), etcd: etcd, nodes: nodes,
            volumes: volumes)
        manifest.isFromDisk = order.dataFolder == nil ? nil : true
        manifest.diskNode = order.dataFolder?.node
        manifest.flake = flake
        manifest.kubeSystemUID = kubeSystemUID(node)
        manifest.volumesUnknown = facts.kubernetes.absence?.reason ?? facts.kubernetes.value?.claims.absence?.reason
        // One that broke off is no trouble of the archive where another gave what it holds.
        let all = troubles + failed.filter { $0.isDamaged || node == nil }.map(\.words)
        manifest.troubles = all.isEmpty ? nil : all
        let doubts = order.lineage.doubts(
            clusterID: etcd?.clusterID ?? "", kubeSystemUID: manifest.kubeSystemUID,
            revision: node.flatMap(member)?.revision ?? 0)
        // Damage that no other member made good is no mere gap.
        let damage = node == nil ? failed.filter(\.isDamaged).map(\.words) : []
        manifest.doubts = doubts.isEmpty && damage.isEmpty ? nil : doubts + damage
        return manifest
    }

    /// As the apiserver beside the member says it; else as all do that say anything.
    private func kubeSystemUID(_ node: NodeName?) -> String? {
        let uids = facts.apiServers.compactMap { server in
            server.status.value?.kubeSystemUID.value.map { (server.node, $0) }
        }
        if let own = uids.first(where: { $0.0 == node })?.1 { return own }
        return Set(uids.map(\.1)).count == 1 ? uids.first?.1 : nil
    }

    func member(_ node: NodeName) -> EtcdMemberFacts? { facts.etcd.first { $0.node == node }?.status.value }

    /// The voters, as the member that knows most lists them, each with the node that runs it.
    var voters: [MemberHashes.Voter] {
        guard let listed = MemberChoice.ranked(facts.etcd).first.flatMap(member)?.members else { return [] }
        return listed.filter { !$0.isLearner }.map { peer in
            if let node = facts.etcd.first(where: { $0.status.value?.memberID == peer.memberID })?.node {
                return MemberHashes.Voter(name: node.text, endpoint: ways.etcd[node])
            }
            let silent =
                facts.etcd.first { $0.node.text == peer.name }?.status.absence
                ?? facts.nodes.first { $0.name.text == peer.name }?.host.absence
            return MemberHashes.Voter(
                name: peer.name.isEmpty ? peer.memberID : peer.name, endpoint: nil,
                reason: silent?.reason ?? "no node of the cluster file runs this member")
        }
    }

    /// Of a cluster that is not whole: its newest data may be elsewhere.
    private var troubles: [String] {
        let members = facts.etcd.compactMap(\.status.value)
        let isLeaderless = !members.isEmpty && members.allSatisfy { $0.leaderID == nil }
        let learners = Set(
            members.flatMap(\.members).filter(\.isLearner).map { $0.name.isEmpty ? $0.memberID : $0.name })
        // One member that answers says the alarms of all.
        let isUnheard = !members.isEmpty && members.allSatisfy { $0.hasUnreadAlarms }
        return (isLeaderless ? ["etcd has no leader: what the others have may be newer"] : [])
            + (isUnheard ? ["no member said which alarms are raised"] : [])
            + learners.sorted().map { "the member \($0) is a learner: it has not caught up yet, and was not compared" }
    }

    var alarms: [String] {
        Set(facts.etcd.compactMap(\.status.value).flatMap(\.alarms)).map {
            "etcd has raised an alarm: \($0.kind.rawValue) on member \($0.memberID)"
        }.sorted()
    }
}
