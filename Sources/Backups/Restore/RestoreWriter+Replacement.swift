import Plans
import UpgradePlanning

/// One lost member of several, while the others serve: no restore, which would take back what they have; a new member under
/// its name, which gets its data from them.
extension RestoreWriter {
    func replacement(of host: RestoreHost) -> [Stage] {
        [preparation([host]), bring(host), place(host), join(host), start(host), end(host)].filter { !$0.steps.isEmpty }
    }

    private func bring(_ host: RestoreHost) -> Stage {
        let files = self.files(host).first + self.files(host).last
        return stage(
            "bring", "Bring its files there",
            files.isEmpty ? [] : [restore("bring", host, "files", .stageFiles(folder: stage(host), files: files))])
    }

    private func place(_ host: RestoreHost) -> Stage {
        let files = self.files(host).first + self.files(host).last
        var steps = [restore("place", host, "stop", .halt(units: units(host)))]
        if let data = host.data {
            steps.append(
                restore(
                    "place", host, "data",
                    .setAside(folder: data.folder, undoName: "member.kupgrade-undo-\(order.run)")))
        }
        if !files.isEmpty {
            steps.append(restore("place", host, "files", .putFiles(folder: stage(host), files: files)))
        }
        return stage("place", "Stop what is left of it, and put its files in place", steps)
    }

    private func join(_ host: RestoreHost) -> Stage {
        let urls = (host.variable("ETCD_INITIAL_ADVERTISE_PEER_URLS") ?? "").split(separator: ",").map(String.init)
        return stage(
            "join", "Replace the member",
            [
                step(
                    "join/replace", nil, .restore(.replaceMember(name: host.memberName, peerURLs: urls)),
                    .impossible(reason: "the cluster has forgotten the old member, which has no data any more")),
                restore(
                    "join", host, "start", .join(initialCluster: host.initialCluster.joined(separator: ","))),
                wait("join/wait", [.membersAgree(nodes: order.members.map(\.name.text), revision: 1)]),
            ])
    }

    private func start(_ host: RestoreHost) -> Stage {
        var steps: [Step] = []
        let own = units(host)
        if host.hasAPIServer {
            steps.append(restore("start", host, "apiserver", .start(units: [Component.apiServer.unit])))
            steps.append(wait("start/apiserver", [.apiServersServe(nodes: [host.name.text])]))
        }
        let rest = own.filter { $0 != "etcd.service" && $0 != Component.apiServer.unit }
        if !rest.isEmpty { steps.append(restore("start", host, "rest", .start(units: rest.reversed()))) }
        if own.contains(Component.kubelet.unit) {
            steps.append(wait("start/rest", [.nodesReport(nodes: [host.name.text]), .tokensAccepted]))
        }
        return stage("start", "Start the rest of it", steps)
    }

    private func end(_ host: RestoreHost) -> Stage {
        stage(
            "end", "Commit",
            [
                step(
                    "end/\(host.name)/settle", host.name, .restore(.settle(folders: [stage(host)])),
                    .impossible(reason: "the member is replaced"))
            ] + unpark([host]) + [step("end/unlock", nil, .unlock, .nothing)])
    }
}
