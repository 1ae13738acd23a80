import Plans
import RunEngine
import UpgradePlanning

/// A run of another machine becomes this one's.
struct TakeOver {
    let world: World
    /// `--take-over` was given.
    let isAllowed: Bool
    /// `--yes` was.
    let isAgreed: Bool
    /// What `--accept` names.
    let accept: String?

    /// Digits of a digest that have to be given at least.
    private static let shortest = 12

    /// The run's files here. One of another machine is shown and confirmed first. Throws ``Problem``.
    func adopt(_ found: RunFinder.Found) throws -> RunFolder {
        let folder = RunFolder(state: world.stateFolder, run: found.name)
        guard found.isElsewhere else { return folder }
        guard isAllowed else {
            throw Problem(
                "KUP-E110", "\(found.name) is a run of \(found.by)", because: [heard(found)],
                state: ["nothing was done"],
                next: ["kupgrade resume \(found.name) --take-over  # when that machine is gone"], status: .locked)
        }
        guard found.silent > RunFinder.patience else {
            throw Problem(
                "KUP-E110", "\(found.name) of \(found.by) is still alive",
                because: ["\(heard(found)); it is taken over after \(RunFinder.patience) s of silence"],
                state: ["nothing was done"], status: .locked)
        }
        // Confirmed here before: by this machine's own copy of the very plan.
        let isKnown = (try? folder.load().planBytes) == found.run.planBytes
        if !isKnown { try confirm(found) }
        do {
            try folder.adopt(found.run)
        } catch {
            throw Problem(run: error, found.name)
        }
        return folder
    }

    /// Whoever can write on a node can put a run there: a script agrees to a plan by its digest only.
    private func confirm(_ found: RunFinder.Found) throws {
        let digest = JournalText.digest(found.run.planBytes)
        world.output(PlanSummary(run: found.run, digest: digest, style: world.outputStyle).text())
        if isAgreed {
            guard let accept, accept.count >= Self.shortest, digest.hasPrefix(accept) else {
                throw Problem(
                    "KUP-E119", "this machine has never seen the plan of \(found.name), and --yes does not say which",
                    state: ["nothing was done"],
                    next: ["--accept \(digest.prefix(Self.shortest))  # after reading the steps above"],
                    status: .refused)
            }
            return
        }
        guard Questions(world: world).yes("This plan is gone on with. Take it over?") else {
            throw RunOptions.nobodySaidYes
        }
    }

    private func heard(_ found: RunFinder.Found) -> String {
        found.silent == .max ? "no node has heard of it" : "it was heard of \(found.silent) s ago"
    }
}
