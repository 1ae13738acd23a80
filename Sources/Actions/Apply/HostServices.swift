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
        try await script(node).run(["note", run, activation], limit: .seconds(60))
    }

    /// Its activation was begun.
    func isNoted(_ node: String, _ activation: String) async throws -> Bool {
        try await script(node).run(["noted", run, activation]).first == "yes"
    }

    /// What ran, answered or was there before and does not now, a sentence each.
    func missing(_ node: String, _ activation: String) async throws -> [String] {
        try await script(node).run(["missing", run, activation], limit: .seconds(300)).map { "\(node): \($0)" }
    }
}
