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
    /// Points at which a program of the user is asked here, and must be there, too.
    let hooks: [String]
    let nix: NixWork

    /// Throws ``Problem`` where the node cannot perform it, and where it did not end well there.
    func go(_ name: String, _ sessions: [NodeName: any NodeSession]) async throws {
        guard let session = sessions.first(where: { $0.key.text == name })?.value else {
            throw refused(name, ["\(name) is no node of the cluster file that answers"])
        }
        guard session.address != NodeEndpoint.localAddress else { throw refused(name, ["\(name) is this host"]) }
        if let word = options.first(where: { !HandOver.isPlain($0) }) {
            throw refused(name, ["\(word) has characters that a unit's command line would change"])
        }
        let hand = HandOver(run: run, node: name, session: session, nix: nix)
        do {
            try await give(hand, name)
        } catch {
            try await takeBack(hand, name, error)
        }
        world.messages("\(run) is performed on \(name); this machine may go. Ctrl-C ends the showing only.")
        try await follow(hand, name)
    }

    /// Returns only where it was begun there all the same. Throws ``Problem``.
    private func takeBack(_ hand: HandOver, _ name: String, _ error: any Error) async throws {
        let reasons = (error as? Problem)?.because ?? ["\(error)"]
        do {
            if try await hand.isBegun() { return }
            try await hand.withdraw()
        } catch {
            throw Problem(
                "KUP-E130", "\(name) may perform the run, or not: it does not answer", because: reasons,
                next: ["ssh \(name) kupgrade status \(run)", "ssh \(name) kupgrade undo \(run)"], status: .partial)
        }
        throw refused(name, reasons)
    }

    private func give(_ hand: HandOver, _ name: String) async throws {
        guard let version = try await hand.version() else { throw refused(name, ["it has no kupgrade"]) }
        guard version == Kupgrade.version else {
            throw refused(name, ["it has kupgrade \(version), and this is \(Kupgrade.version)"])
        }
        if try await hand.isVolatile(), bootsIt(name) {
            throw refused(name, ["it is booted in this run, and its /etc cannot keep what goes on afterwards"])
        }
        world.messages("copying the systems to \(name)")
        try await hand.copy(plan)
        try await hand.put(try files())
        let needed = hooks.flatMap { ["--need-hook", $0] }
        if let why = try await hand.trouble([run] + options + needed) {
            throw refused(name, why.split(separator: "\n").map(String.init))
        }
        try await hand.start([run] + options)
    }

    private func bootsIt(_ name: String) -> Bool {
        plan.steps.contains { step in
            if case .reboot = step.action { step.node == name } else { false }
        }
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
            next: ["kupgrade apply  # performs it from here"], status: .refused)
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
