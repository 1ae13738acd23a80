import RunEngine

/// Runs that this machine drove and that have not ended.
enum OpenRuns {
    struct Run {
        var name: String
        var done: Int
        var steps: Int
        /// Why it does not go on.
        var trouble: String?
    }

    static func here(_ world: World) -> [Run] {
        RunFolder.all(in: world.stateFolder).compactMap { folder in
            guard let run = try? folder.load(), run.isOpen else { return nil }
            let state = run.state
            return Run(name: folder.run, done: state.doneCount, steps: state.steps.count, trouble: state.trouble)
        }
    }
}
