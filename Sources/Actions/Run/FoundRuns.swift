public import NodeAccess
public import RunEngine

/// Runs that a node keeps a copy of.
public struct FoundRuns: Sendable {
    let session: any NodeSession
    private static let limit = 32 << 20

    public init(_ session: any NodeSession) { self.session = session }

    /// The run that has the node's lock, with how many seconds ago it was heard of; `nil` where none has.
    public func holder() async throws -> (run: String, by: String, silent: Int)? {
        let script = #"""
            [ -f "$1" ] || exit 0; run=$(cut -d" " -f1 <"$1")
            if tail -n 1 "$2/$run/journal.jsonl" 2>/dev/null | grep -q '"closed"'; then exit 0; fi
            head -c 300 "$1"; echo; echo $(( $(date +%s) - $(stat -c %Y "$1") ))
            """#
        let result = try await session.run(
            .script(script, arguments: [NodeMirrors.folder + "/run.lock", NodeMirrors.folder + "/runs"]))
        let lines = result.outputText.split(separator: "\n")
        guard lines.count == 2, let seconds = Int(lines[1]) else { return nil }
        let words = lines[0].split(separator: " ", maxSplits: 1)
        let run = String(words[0])
        // A lock is a lock; its words go nowhere where they are no name.
        return (RunName.isValid(run) ? run : "unknown", words.count > 1 ? String(words[1]) : "", seconds)
    }

    /// Takes the lock of a run off that has ended. Throws `NodeAccessError`.
    public func forget(_ run: String) async throws {
        try await HostScript(session, MirrorScript.text).run(["unlock", run])
    }

    /// How many seconds ago somebody was at work on a run of which the node has a copy, by the node's own clock; `nil` where
    /// it has none. Throws where it cannot be asked.
    public func heard(_ run: String) async throws -> Int? {
        try await HostScript(session, MirrorScript.text).run(["heard", run], limit: .seconds(15)).first.flatMap {
            Int($0)
        }
    }

    /// A run's journal; `nil` where the node has none of it. Throws ``RunError`` where it is damaged.
    func journal(_ run: String, limit: Duration = .seconds(30)) async throws -> JournalText? {
        let path = "\(NodeMirrors.folder)/runs/\(run)/\(RunFolder.journalFile)"
        let files = try await session.readSecrets([path], limit: Self.limit, deadline: limit)
        guard let file = files[0] else { return nil }
        return try JournalText(parsing: file.withBytes { Array($0) })
    }

    /// A run's plan and journal; `nil` where the node has none of them. Throws ``RunError`` where they are damaged.
    public func load(_ run: String) async throws -> LoadedRun? {
        guard RunName.isValid(run) else { return nil }
        let folder = "\(NodeMirrors.folder)/runs/\(run)"
        let paths = ["\(folder)/\(RunFolder.planFile)", "\(folder)/\(RunFolder.journalFile)"]
        let files = try await session.readSecrets(paths, limit: Self.limit)
        guard let plan = files[0], let journal = files[1] else { return nil }
        // One that was cut off while its first line was written says nothing.
        guard try !JournalText(parsing: journal.withBytes { Array($0) }).lines.isEmpty else { return nil }
        return try LoadedRun(plan: plan.withBytes { Array($0) }, journal: journal.withBytes { Array($0) })
    }
}
