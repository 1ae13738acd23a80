import NodeAccess
import RunEngine

/// What hosts do beside Kubernetes: noted before an activation, and missed afterwards.
struct HostServices: Sendable {
    let run: String
    let sessions: [String: any NodeSession]

    private func script(_ node: String) throws -> HostScript {
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        return HostScript(session, HostServicesScript.text)
    }

    /// Once for each activation: one that was cut off has already changed what runs.
    func note(_ node: String, _ activation: String) async throws {
        if try await isNoted(node, activation) { return }
        let lines = await reached(node).map { "reached \($0)\n" }.joined()
        try await script(node).run(["note", run, activation], input: Array(lines.utf8), limit: .seconds(60))
    }

    /// `PEER ADDRESS` of other nodes that reach it, by each of its addresses.
    private func reached(_ node: String) async -> [String] {
        let addresses = sessions[node]?.endpoint.addresses.filter { $0 != NodeEndpoint.localAddress } ?? []
        guard !addresses.isEmpty else { return [] }
        var lines: [String] = []
        for (peer, session) in sessions.sorted(by: { $0.key < $1.key }) where peer != node {
            let found = try? await HostScript(session, Self.reach).run(addresses, limit: .seconds(30))
            lines += (found ?? []).map { "\(peer) \($0)" }
        }
        return lines
    }

    /// Prints those of the addresses that answer.
    private static let reach = #"""
        for a; do
          if ping -c 1 -W 2 "$a" >/dev/null 2>&1 || timeout 3 bash -c ": </dev/tcp/$a/22" 2>/dev/null; then echo "$a"; fi
        done
        """#

    /// Addresses by which another node reached it before and does not now; a node that is away itself says nothing.
    private func unreached(_ node: String, _ activation: String) async throws -> [String] {
        let before = try await script(node).run(["reached", run, activation])
        var missing: [String] = []
        for (peer, lines) in Dictionary(grouping: before, by: { String($0.prefix { $0 != " " }) }) {
            let addresses = lines.compactMap { $0.split(separator: " ").last.map(String.init) }
            guard let session = sessions[peer],
                let found = try? await HostScript(session, Self.reach).run(addresses, limit: .seconds(30))
            else { continue }
            missing += Set(addresses).subtracting(found).sorted().map { "\(node) does not answer \(peer) at \($0)" }
        }
        return missing.sorted()
    }

    /// Its activation was begun.
    func isNoted(_ node: String, _ activation: String) async throws -> Bool {
        try await script(node).run(["noted", run, activation]).first == "yes"
    }

    /// What ran, answered or was there before and does not now, a sentence each.
    func missing(_ node: String, _ activation: String) async throws -> [String] {
        let missing = try await script(node).run(["missing", run, activation], limit: .seconds(300))
        return try await missing.map { "\(node): \($0)" } + unreached(node, activation)
    }
}
