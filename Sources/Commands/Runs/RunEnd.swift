import Actions
import NodeAccess
import Plans
import RunEngine

/// Says how a run ended: what is so now, whether it is safe, what to type.
struct RunEnd {
    let world: World
    let folder: RunFolder
    let plan: Plan
    let sessions: [String: any NodeSession]

    /// Throws ``Problem`` where it did not end well.
    func report(_ ending: RunMachine.Ending) async throws {
        switch ending {
        case .done:
            world.output("done: \(folder.run)\n")
            for line in kept { world.output("  \(line)\n") }
        case .undone:
            let nodes = (try? folder.load())?.state.keptNodes ?? []
            let rest =
                nodes.isEmpty ? "the hosts are as they were" : "\(nodes.joined(separator: ", ")) keep the new system"
            world.output("taken back: \(folder.run); \(rest)\n")
        case .givenUp:
            await reportGivenUp()
        case .interrupted(let next):
            throw Problem(
                "KUP-E112", "stopped before \(next ?? "the next step")", state: try await state(), next: await goOn(),
                status: .interrupted)
        case .cannotUndo(let step, let why):
            throw Problem(
                "KUP-E113", "\(step) cannot be taken back", because: [why], state: try await state(),
                next: ["kupgrade resume \(folder.run)  # goes on to the end"]
                    + (plan.kind == .upgrade ? [UndoCommand.giveUpHint(folder.run)] : []), status: .refused)
        case .failed(let step, let why):
            throw Problem(
                "KUP-E114", "\(step) failed", because: [why] + (await failedUnits()), state: try await state(),
                next: await goOn())
        }
    }

    private func reportGivenUp() async {
        let run = try? folder.load()
        world.output("given up: \(folder.run)\n")
        for node in run?.state.keptNodes ?? [] { world.output("  \(node) is done, and has the new system\n") }
        for node in run?.state.standingNodes ?? [] { world.output("  \(node) is left as it is, not proven\n") }
        for event in run?.journal.events ?? [] {
            guard case .undone(let step, let detail?) = event, detail.hasPrefix(ApplyPerformer.staysCordoned) else {
                continue
            }
            world.output("  \(plan.steps.first { $0.id == step }?.node ?? step): \(detail)\n")
        }
        for (node, session) in sessions.sorted(by: { $0.key < $1.key }) {
            if let units = try? await HostUnits(session).summary() { world.output("  \(node): \(units)\n") }
        }
        for line in run.map({ RollbackPoint.words($0, named: folder.run) }) ?? [] { world.output(line + "\n") }
    }

    private func goOn() async -> [String] {
        if (try? folder.load())?.state.isGivenUp == true {
            return ["kupgrade undo \(folder.run) --give-up  # goes on from there"]
        }
        var gone = Set(plan.steps.compactMap(\.node)).subtracting(sessions.keys).sorted()
        for (node, session) in sessions where (try? await HostUnits(session).summary()) == nil { gone.append(node) }
        return [
            "kupgrade resume \(folder.run)  # goes on from there",
            "kupgrade undo \(folder.run)  # puts back what was there",
        ] + gone.map { "--without \($0)  # with either, where that node is gone" }
    }

    func state() async throws -> [String] {
        guard let run = try? folder.load() else { return [] }
        let state = run.state
        guard state.ending == nil else { return ["the run is closed"] }
        var lines = ["\(state.doneCount) of \(state.steps.count) steps are done; the run is open"]
        lines += RunSafety.sentences(state, volatile: Self.volatileHolds(run))
        for (node, session) in sessions.sorted(by: { $0.key < $1.key }) {
            let units = (try? await HostUnits(session).summary()) ?? "does not answer"
            lines.append("\(node): \(units)")
        }
        return lines
    }

    /// Nodes on which holds end with the next boot, as the steps said.
    static func volatileHolds(_ run: LoadedRun) -> [String] {
        let nodes = Dictionary(run.plan.steps.map { ($0.id, $0.node) }, uniquingKeysWith: { first, _ in first })
        let said = run.journal.events.compactMap { event -> String? in
            guard case .done(let step, _, let detail?) = event, detail.hasPrefix(RestorePerformer.volatileHold) else {
                return nil
            }
            return nodes[step] ?? nil
        }
        return Set(said).sorted()
    }

    private func failedUnits() async -> [String] {
        var lines: [String] = []
        for (node, session) in sessions.sorted(by: { $0.key < $1.key }) {
            lines += ((try? await HostUnits(session).failures()) ?? []).map { "\(node): \($0)" }
        }
        return lines
    }

    /// Where what was replaced lies now.
    private var kept: [String] {
        plan.steps.compactMap { step in
            guard case .restore(let action) = step.action, let node = step.node else { return nil }
            switch action {
            case .swapData(let member):
                return "\(node): data of before, if there was any, is \(member.dataFolder)/\(member.undoName)"
            case .setAside(let folder, let name):
                return "\(node): data of before, if there was any, is \(folder)/\(name)"
            case .putFiles(let folder, _): return "\(node): files of before, if there were any, are in \(folder)/undo-*"
            default: return nil
            }
        }
    }
}

/// Whether a run that stopped can stay so: pure.
enum RunSafety {
    /// `volatile`: nodes whose holds end with the next boot.
    static func sentences(_ state: RunState, volatile: [String] = []) -> [String] {
        let isRestore = state.steps.contains { if case .restore = $0.action { true } else { false } }
        return isRestore ? restore(state, volatile) : UpgradeSafety.sentences(state)
    }

    private static func restore(_ state: RunState, _ volatile: [String]) -> [String] {
        func has(_ isMeant: (RestoreAction) -> Bool) -> Bool { RunAge.isBegun(state, isMeant) }
        var said: [String] = []
        if has({ if case .swapData = $0 { true } else if case .setAside = $0 { true } else { false } }) {
            said.append("the data of before is kept beside the new one")
        }
        if has({ if case .putFiles = $0 { true } else { false } }) {
            said.append("files were replaced; those of before are kept")
        }
        if has({ if case .replaceMember = $0 { true } else { false } }) {
            said.append("the cluster expects a new member in place of the lost one")
        }
        if has({ if case .halt = $0 { true } else { false } }) {
            let isUntouched = said.isEmpty
            said.append(
                volatile.isEmpty
                    ? "what is held stays stopped, also through a power cut"
                    : "what is held stays stopped, but on \(volatile.joined(separator: ", ")) only until the next boot: do not boot it"
            )
            if isUntouched { said.append("data and keys are as they were") }
        }
        return said.isEmpty ? ["nothing of the cluster was touched; only copies were brought"] : said
    }
}
