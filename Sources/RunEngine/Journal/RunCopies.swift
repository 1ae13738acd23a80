/// Copies of one run, of which one is gone on with: pure.
public struct RunCopies: Sendable {
    public struct Copy: Sendable {
        /// The node it was found on.
        public var place: String
        public var run: LoadedRun

        public init(place: String, run: LoadedRun) {
            self.place = place
            self.run = run
        }
    }

    /// This machine's; `nil` where it has none.
    let own: LoadedRun?
    let nodes: [Copy]

    public init(own: LoadedRun?, nodes: [Copy]) {
        self.own = own
        self.nodes = nodes
    }

    /// The longest one. Throws ``RunError`` `journalsDisagree` where copies say different things, but for one case:
    ///
    /// another machine took the run over, and lines that only this machine has come after what that machine found. An act
    /// on a node is done only after its intent is on that node, so a node that lacks the intent was not acted on; where
    /// every node of those lines was read, they stand for nothing, and the others' copy is the run.
    public func newest(of name: String) throws(RunError) -> LoadedRun {
        guard let longest = nodes.max(by: { $0.run.journal.lines.count < $1.run.journal.lines.count }) else {
            guard let own else { throw RunError(.cannotRead, "no copy of \(name) can be read") }
            return own
        }
        for copy in nodes where !copy.run.journal.agrees(with: longest.run.journal) {
            throw RunError(.journalsDisagree, "the copies on \(copy.place) and \(longest.place) say different things")
        }
        guard let own else { return longest.run }
        if own.journal.agrees(with: longest.run.journal) {
            return own.journal.lines.count >= longest.run.journal.lines.count ? own : longest.run
        }
        guard isOvertaken(own, by: longest.run) else {
            throw RunError(.journalsDisagree, "the copies here and on \(longest.place) say different things")
        }
        return longest.run
    }

    private func isOvertaken(_ own: LoadedRun, by other: LoadedRun) -> Bool {
        let (mine, theirs) = (own.journal, other.journal)
        guard let fork = zip(mine.texts, theirs.texts).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
            return false
        }
        switch theirs.events[fork] {
        case .resumed, .turnedBack, .givenUp, .turnedForward: break
        default: return false
        }
        let read = Set(nodes.map(\.place))
        let steps = Dictionary(own.plan.steps.map { ($0.id, $0.node) }, uniquingKeysWith: { first, _ in first })
        return mine.events[fork...].allSatisfy { event in
            guard let step = event.step, let node = steps[step] ?? nil else { return true }
            return read.contains(node)
        }
    }
}
