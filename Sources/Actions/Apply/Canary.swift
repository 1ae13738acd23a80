import KubernetesClient
import NodeAccess
import UpgradePlanning

/// A pod that is made on a node to see whether it can run pods: it starts, another node reaches its address, and the
/// cluster's DNS answers from there. It is the pause image, which every node has, and is taken away again.
struct Canary: Sendable {
    let access: ClusterAccess
    let sessions: [String: any NodeSession]

    static let namespace = "kube-system"
    private static let patience = 30

    /// What is missing, a sentence each.
    func missing(on node: String, _ facts: ClusterFacts) async -> [String] {
        guard let host = facts.nodes.first(where: { $0.name.text == node })?.host.value,
            let image = host.platform.containerd.sandboxImage
        else { return [] }
        let object = facts.kubernetes.value?.nodes.first { $0.name == node || $0.name.hasPrefix(node + ".") }
        guard let object else { return ["the node \(node) is not in the cluster"] }
        let name = "kupgrade-canary-\(node)"
        do {
            let address = try await started(name, on: object.name, image: image)
            let found = try await network(address, from: node, facts)
            try await remove(name)
            return found
        } catch let error as Missing {
            try? await remove(name)
            return [error.text]
        } catch {
            return ["a pod cannot be tried on \(node): \(error)"]
        }
    }

    private struct Missing: Error {
        var text: String
    }

    /// Takes away one that a killed run left behind.
    func clear(_ node: String) async throws { try await remove("kupgrade-canary-\(node)") }

    private func remove(_ name: String) async throws {
        try await access.ask { try await $0.deletePod(name, namespace: Self.namespace) }
    }

    private func started(_ name: String, on node: String, image: String) async throws -> String {
        // One that a killed run left behind says nothing about now.
        try await remove(name)
        for _ in 0..<20 where try await state(name) != nil { try await Task.sleep(for: .milliseconds(250)) }
        try await access.ask {
            try await $0.makeWaitingPod(name, namespace: Self.namespace, on: node, image: image)
        }
        for _ in 0..<(4 * Self.patience) {
            guard let state = try await state(name) else { throw Missing(text: "the canary pod on \(node) is gone") }
            if state.phase == "Running", !state.address.isEmpty { return state.address }
            if state.phase == "Failed" { throw Missing(text: "the canary pod on \(node) failed") }
            try await Task.sleep(for: .milliseconds(250))
        }
        throw Missing(text: "a canary pod on \(node) does not start within \(Self.patience) s")
    }

    private func state(_ name: String) async throws -> (phase: String, address: String)? {
        try await access.ask { try await $0.podState(name, namespace: Self.namespace) }
    }

    /// From another node to the pod, and from this node to the cluster's DNS.
    private func network(_ address: String, from node: String, _ facts: ClusterFacts) async throws -> [String] {
        let ready = Set(facts.kubernetes.value?.nodes.filter(\.isReady).map(\.name) ?? [])
        let other = sessions.keys.sorted().first { name in
            name != node && ready.contains { $0 == name || $0.hasPrefix(name + ".") }
        }
        if let other, let session = sessions[other], try await !Self.ask(session, Self.reach, [address]) {
            return ["a pod on \(node) (\(address)) cannot be reached from \(other)"]
        }
        let dns = try await access.ask { try await $0.serviceAddress("kube-dns", namespace: "kube-system") }
        // Drained off the only node that it could run on, it comes back with the uncordon.
        let hasDNS = try await access.ask { try await $0.hasEndpoints("kube-dns", namespace: "kube-system") }
        if hasDNS, let dns, let session = sessions[node], try await !Self.ask(session, Self.resolve, [dns]) {
            return ["the cluster's DNS (\(dns)) does not answer on \(node)"]
        }
        return []
    }

    private static func ask(_ session: any NodeSession, _ script: String, _ words: [String]) async throws -> Bool {
        try await HostScript(session, script).run(words, limit: .seconds(20)).first == "yes"
    }

    /// A connection that the pod refuses has reached it.
    private static let reach = #"""
        PATH=$PATH:/run/wrappers/bin
        if ping -c 1 -W 3 "$1" >/dev/null 2>&1; then echo yes; exit 0; fi
        said=$(timeout 4 bash -c ": </dev/tcp/$1/9" 2>&1); case $? in 0) echo yes; exit 0 ;; esac
        case $said in *refused*) echo yes ;; *) echo no ;; esac
        """#

    /// One question for `kubernetes.default.svc.cluster.local`, by hand: hosts have no program that asks a given server.
    private static let resolve = #"""
        bash -c '
          exec 3<>"/dev/udp/$1/53" || exit 1
          printf "\x6b\x75\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0akubernetes\x07default\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01" |
            dd bs=512 iflag=fullblock >&3 2>/dev/null
          timeout 5 dd bs=512 count=1 <&3 2>/dev/null | od -An -tx1 | head -n 1
          ' bash "$1" | grep -q "^ 6b 75 8" && echo yes || echo no
        """#
}
