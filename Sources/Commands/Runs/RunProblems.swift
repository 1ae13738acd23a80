import RunEngine

extension Problem {
    /// What is wrong with a run itself.
    init(run error: RunError, _ name: String) {
        switch error.code {
        case .locked:
            self = Problem(
                "KUP-E110", "another run is open", because: [error.message], state: ["nothing was done"],
                next: ["kupgrade status  # shows it, and what to type"], status: .locked)
        case .rebuilding:
            self = Problem(
                "KUP-E110", "a host is being rebuilt by somebody else", because: [error.message],
                state: ["nothing was done"], next: ["the same again, when that has ended"], status: .locked)
        case .overtaken:
            self = Problem(
                "KUP-E111", "another process goes on with \(name)", because: [error.message],
                state: ["this process has stopped, and does nothing more"], next: ["kupgrade status \(name)"],
                status: .locked)
        case .journalNewer:
            self = Problem(
                "KUP-E115", "the journal of \(name) is a newer kupgrade's", because: [error.message],
                state: ["nothing was done"], next: ["kupgrade resume \(name)  # by that version"], status: .refused)
        case .journalDamaged, .journalsDisagree, .otherPlan:
            self = Problem(
                "KUP-E115", "the journal of \(name) is not to be believed", because: [error.message],
                state: ["nothing was done"],
                next: ["compare the copies: /var/lib/kupgrade/runs/\(name) on every node"], status: .refused)
        case .cannotRead, .cannotWrite, .mirrorFailed:
            self = Problem(
                "KUP-E116", "the journal of \(name) cannot be kept", because: [error.message],
                state: ["nothing was done that it does not have"], next: ["kupgrade resume \(name)"])
        }
    }
}
