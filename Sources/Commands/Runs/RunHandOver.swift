import Actions
import NodeAccess
import Plans
import RunEngine
import UpgradePlanning

/// `apply --on NODE`: hands a planned run over to a node, and shows what it says.
struct RunHandOver {
    let world: World
    let run: String
    let plan: Plan
    /// Options for `resume` on the node.
    let options: [String]
    let nix: NixWork

    /// Throws ``Problem`` where the node cannot perform it, and where it did not end well there.
    func go(_ name: String, _ sessions: [NodeName: any NodeSession]) async throws {
        guard let session = sessions.first(where: { $0.key.text == name })?.value else {
            throw refused(name, ["\(name) is no node of the cluster file that answers"])
        }
        guard session.address != NodeEndpoint.localAddress else {
            throw refused(name, ["\(name) is this host"])
        }
        let hand = HandOver(run: run, node: name, session: session, nix: nix)
        do {
            try await give(hand, name)
        } catch let error as RunError {
            throw refused(name, [error.message])
        }
        world.messages("\(run) is performed on \(name); this machine may go. Ctrl-C ends the showing only.")
        try await follow(hand, name)
    }

    private func give(_ hand: HandOver, _ name: String) async throws {
        let version = try await hand.version()
        guard version == Kupgrade.version else {
            throw refused(
                name, [version.map { "it has kupgrade \($0), and this is \(Kupgrade.version)" } ?? "it has no kupgrade"]
            )
        }
        world.messages("copying the systems to \(name)")
        try await hand.copy(plan)
        try await hand.put(try files())
        if let why = try await hand.trouble([run] + options) {
            try await hand.withdraw()
            throw refused(name, why.split(separator: "\n").map(String.init))
        }
        try await hand.start([run] + options)
    }

    /// Plan, journal and inputs, as a machine has them that was killed after the first line.
    private func files() throws -> [(name: String, bytes: [UInt8])] {
        let bytes = try RunFolder.bytes(of: plan)
        var journal = JournalText()
        let opened = RunEvent.opened(
            run: run, plan: JournalText.digest(bytes), by: RunSession.operatorName(world))
        let line = try journal.append(opened, at: world.now().description)
        return [(RunFolder.planFile, bytes), (RunFolder.journalFile, Array(line.utf8))]
    }

    private func refused(_ name: String, _ why: [String]) -> Problem {
        Problem(
            "KUP-E130", "\(name) cannot perform the run", because: why, state: ["nothing was touched"],
            next: ["kupgrade apply        performs it from here"], status: .refused)
    }

    /// Until it has ended there, however often the node does not answer: it may be rebuilding itself.
    private func follow(_ hand: HandOver, _ name: String) async throws {
        var shown = 0
        var silence = 0
        while true {
            guard let standing = try? await hand.standing(after: shown) else {
                silence += 1
                if silence % 15 == 1 { world.messages("\(name) does not answer now; the run goes on there") }
                try await Task.sleep(for: .seconds(2))
                continue
            }
            silence = 0
            for line in standing.lines { world.messages(line) }
            shown += standing.lines.count
            if let code = standing.exitCode, standing.lines.isEmpty {
                guard code == 0 else {
                    throw Problem(
                        "KUP-E114", "\(run) did not end well on \(name)",
                        next: ["ssh \(name) kupgrade resume \(run)", "ssh \(name) kupgrade undo \(run)"],
                        status: ExitStatus(rawValue: code) ?? .failed)
                }
                return
            }
            if standing.lines.isEmpty { try await Task.sleep(for: .seconds(2)) }
        }
    }
}
