import NodeAccess
import Plans
import RunEngine
import UpgradePlanning

/// Arms and disarms the guard on a host.
struct Guard: Sendable {
    let run: String
    let sessions: [String: any NodeSession]
    let access: ClusterAccess

    private func script(_ node: String) throws -> HostScript {
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        return HostScript(session, GuardScript.text)
    }

    func isArmed(_ node: String) async throws -> Bool { try await script(node).run(["armed", run]).first == "yes" }

    /// `mustWatch`: the new apiserver will write what the old one must not read, so somebody must see whether it was ready.
    func arm(_ node: String, _ target: GuardTarget, mustWatch: Bool, _ before: Systems.Before) async throws -> String {
        var facts = try await access.last().facts
        if facts.nodes.first(where: { $0.name.text == node })?.host.value == nil {
            facts = try await access.looked().facts
        }
        let wanted = GuardQuestions(node, facts).lines
        let isWatched = mustWatch && (facts.hasAPIServer(node) || facts.hasEtcd(node))
        let held = try await script(node).run(
            [
                "arm", run, "\(target.seconds)", before.active, "\(before.generation)", before.standard,
                HostScript.head + GuardScript.text, target.lifetime.rawValue, isWatched ? "needed" : "-",
            ], input: Array(wanted.joined(separator: "\n").utf8) + [10], limit: .seconds(660))
        return "\(held.first ?? "0") things that hold now are asked after \(target.seconds) s"
    }

    func disarm(_ node: String) async throws { try await script(node).run(["disarm"], limit: .seconds(660)) }

    /// Nothing of it is left but whether something served that the old system must not read, by stage.
    ///
    /// `keepsHolds`: what it keeps from starting stays so, since the old system is active over what the new one wrote.
    func forget(_ node: String, stage: String, keepsHolds: Bool = false) async throws {
        try await script(node).run(["forget", run, stage] + (keepsHolds ? ["keep"] : []), limit: .seconds(660))
    }

    /// What of the network held when it was armed and does not now, a sentence each.
    func lostNetwork(_ node: String) async throws -> [String] {
        try await script(node).run(["network"], limit: .seconds(120)).filter { !$0.isEmpty }.map { "\(node): \($0)" }
    }

    /// What the guard decided; `nil` while it has not.
    func verdict(_ node: String) async throws -> String? { try await script(node).run(["verdict"]).first }
}

/// What a guard asks its host: pure. Lines of words.
struct GuardQuestions {
    let lines: [String]

    init(_ node: String, _ facts: ClusterFacts) {
        var lines: [String] = []
        for peer in facts.nodes where peer.name.text != node {
            for address in peer.addresses where !address.address.isEmpty && address.address != NodeEndpoint.localAddress
            {
                lines.append("peer \(peer.name) \(address.address)")
            }
        }
        let host = facts.nodes.first { $0.name.text == node }?.host.value
        if let kubelet = host.flatMap(Self.kubelet) { lines.append(kubelet) }
        if let server = host.flatMap(Self.server) {
            lines.append(server)
        } else if host?.unit(Component.etcd.unit) != nil {
            lines.append("server etcd - -")
        }
        self.lines = lines
    }

    /// The kubelet may read its own lease with its own certificate (node authorizer).
    private static func kubelet(_ host: HostFacts) -> String? {
        guard let line = host.unit(Component.kubelet.unit)?.commandLine, let file = line.value(of: "--kubeconfig")
        else {
            return nil
        }
        let words = ["kubelet", file, line.value(of: "--hostname-override") ?? host.hostname]
        return words.allSatisfy { !$0.contains(" ") } ? words.joined(separator: " ") : nil
    }

    /// Where the apiserver answers, and a client that it knows: the one that it is at its kubelets.
    private static func server(_ host: HostFacts) -> String? {
        guard let line = host.unit(Component.apiServer.unit)?.commandLine else { return nil }
        let bound = line.value(of: "--bind-address") ?? "0.0.0.0"
        let address = ["0.0.0.0", "::", ""].contains(bound) ? "127.0.0.1" : bound.contains(":") ? "[\(bound)]" : bound
        let certificate = line.value(of: "--kubelet-client-certificate")
        let key = line.value(of: "--kubelet-client-key")
        let hasBoth = certificate != nil && key != nil
        let words = [
            "server", "\(address):\(line.value(of: "--secure-port") ?? "6443")", hasBoth ? certificate ?? "-" : "-",
            hasBoth ? key ?? "-" : "-",
        ]
        return words.allSatisfy { !$0.contains(" ") } ? words.joined(separator: " ") : nil
    }
}

extension ClusterFacts {
    /// By the node's units; also where it was not seen, since then nobody knows.
    func hasAPIServer(_ node: String) -> Bool {
        guard let host = nodes.first(where: { $0.name.text == node })?.host.value else { return true }
        return host.unit(Component.apiServer.unit) != nil
    }

    /// The same of etcd.
    func hasEtcd(_ node: String) -> Bool {
        guard let host = nodes.first(where: { $0.name.text == node })?.host.value else { return true }
        return host.unit(Component.etcd.unit) != nil
    }
}
