public import KubernetesClient
public import NodeAccess
public import RunEngine
public import UpgradePlanning

/// Copies of a run's plan and journal on its nodes, in `/var/lib/kupgrade/runs/RUN`, and the nodes' locks.
public actor NodeMirrors: RunMirror {
    private let run: String
    private let holder: String
    private let sessions: [String: any NodeSession]
    private let lease: RunLease
    private let now: @Sendable () -> Instant
    /// Every node of the cluster file is among them.
    private let isComplete: Bool
    /// Nodes whose folder is this process's own, and nodes that are gone.
    private let own: Set<String>
    /// Names this process on the nodes: the journal's length when it began, and a word of its own. One that finds a later one
    /// there has been overtaken.
    private var driver: [String]
    /// Bytes of the journal that this process wrote on a node.
    private var sent: [String: Int] = [:]
    private var isUnlocked = false
    /// Nodes that did not take a copy, and when: they are left alone for a while, so that each line does not wait for them.
    private var away: [String: ContinuousClock.Instant] = [:]
    /// The mark in the cluster that is being renewed, beside the heartbeat: it may have to look for an apiserver.
    private var marking: Task<Void, Never>?
    /// Why this run did not get a lock that it asked for.
    public private(set) var refused: RunError?

    static let folder = "/var/lib/kupgrade"
    private static let rest = Duration.seconds(60)

    /// `state`: where this process keeps the run itself. `holder`: who runs it, for people. `apiServer`: one that answers
    /// now, if any does.
    public init(
        run: String, holder: String, sessions: [String: any NodeSession], state: String,
        apiServer: @escaping @Sendable () async -> APIServerAccess?,
        isComplete: Bool = false, without: Set<String> = [], now: @escaping @Sendable () -> Instant
    ) {
        self.run = run
        self.now = now
        self.isComplete = isComplete
        lease = RunLease(run: run, holder: holder, find: apiServer)
        self.holder = holder
        self.sessions = sessions
        own = Set(
            sessions.filter { $0.value.address == NodeEndpoint.localAddress && state == Self.folder }.map(\.key)
        ).union(without)
        driver = ["0", String(UInt64.random(in: .min ... .max), radix: 36)]
    }

    /// Puts the plan on every node, and says there who goes on with it. `epoch`: lines of the journal by now. Throws where a
    /// node cannot keep it; not where it is not needed there.
    public func put(plan: [UInt8], epoch: Int, isNeeded: Bool = true) async throws {
        driver[0] = "\(epoch)"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (node, session) in sessions {
                let isOwn = own.contains(node)
                group.addTask { [run, driver] in
                    let script = HostScript(session, MirrorScript.text)
                    do {
                        if !isOwn { try await script.run(["plan", run, "\(plan.count)"], input: plan) }
                    } catch {
                        if isNeeded { throw error }
                    }
                    // Also where the plan has no room: whoever was overtaken must hear of it there.
                    do { try await script.run(["drive", run] + driver) } catch { if isNeeded { throw error } }
                }
            }
            try await group.waitForAll()
        }
    }

    public func write(_ journal: JournalText, node: String?) async throws {
        let places = sessions.filter { !own.contains($0.key) && ($0.key == node || !rests($0.key)) }
        if let node, !own.contains(node), places[node] == nil {
            throw RunError(.mirrorFailed, "\(node) cannot be reached")
        }
        let results = await withTaskGroup(of: (String, Result<Int, any Error>).self) { group in
            for (name, session) in places {
                let copy = MirrorCopy(session: session, run: run, driver: driver, known: sent[name])
                group.addTask {
                    do {
                        return (name, .success(try await copy.send(journal, limit: .seconds(name == node ? 60 : 10))))
                    } catch {
                        return (name, .failure(error))
                    }
                }
            }
            var results: [String: Result<Int, any Error>] = [:]
            for await (name, result) in group { results[name] = result }
            return results
        }
        for (name, result) in results { note(name, result) }
        // Also on a node that this line is not about: somebody else drives the run.
        for case .failure(let error as RunError) in results.values where error.isOtherDriver { throw error }
        if let node, case .failure(let error) = results[node] { throw error }
    }

    private func note(_ node: String, _ result: Result<Int, any Error>) {
        switch result {
        case .success(let count): (sent[node], away[node]) = (count, nil)
        case .failure: (sent[node], away[node]) = (nil, .now)
        }
    }

    private func rests(_ node: String) -> Bool { away[node].map { ContinuousClock.now - $0 < Self.rest } ?? false }

    /// Takes each node's lock. Throws ``RunError`` `locked` where another run has one, or the host is being rebuilt by
    /// somebody else; those taken before are given back.
    public func lock() async throws {
        var taken: [String] = []
        do {
            for (node, session) in sessions.sorted(by: { $0.key < $1.key }) {
                let answer = try await HostScript(session, MirrorScript.text).run(["lock", run, holder])
                guard answer.first == "ok" else { throw refusal(node, answer.first ?? "another run") }
                taken.append(node)
            }
            // Where every node was seen to be free, whoever left the mark in the cluster could not take it away.
            do {
                try await lease.take(at: now(), isCertain: isComplete)
            } catch {
                refused = error
                throw error
            }
        } catch {
            for node in taken {
                if let session = sessions[node] {
                    _ = try? await HostScript(session, MirrorScript.text).run(["unlock", run])
                }
            }
            throw error
        }
    }

    private func refusal(_ node: String, _ answer: String) -> RunError {
        let why =
            answer.hasPrefix("rebuild ")
            ? "\(node) is being rebuilt: \(answer.dropFirst("rebuild ".count)) runs there"
            : "\(node) is locked by \(answer)"
        let error = RunError(answer.hasPrefix("rebuild ") ? .rebuilding : .locked, why)
        refused = error
        return error
    }

    /// Whether every node's lock is this run's.
    public func isLocked() async throws -> Bool {
        for session in sessions.values {
            if try await HostScript(session, MirrorScript.text).run(["holds", run]).first != "ok" { return false }
        }
        return true
    }

    public func unlock() async throws {
        for session in sessions.values { try await HostScript(session, MirrorScript.text).run(["unlock", run]) }
        isUnlocked = true
        marking?.cancel()
        await marking?.value
        await lease.mark(isAlive: false, at: now())
    }

    /// Not an error: nodes that do not answer.
    public func beat() async -> Bool {
        let answers = await withTaskGroup(of: String?.self) { group in
            for session in sessions.values {
                group.addTask { [run, driver] in
                    let said = try? await HostScript(session, MirrorScript.text).run(
                        ["beat", run] + driver, limit: .seconds(10))
                    return said?.first
                }
            }
            var answers: [String?] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        if answers.contains("other") { return false }
        if answers.contains("ok"), marking == nil, !isUnlocked {
            marking = Task { [lease, now] in
                await lease.mark(isAlive: true, at: now())
                self.hasMarked()
            }
        }
        return true
    }

    private func hasMarked() { marking = nil }
}

/// One node's copy of a journal.
struct MirrorCopy: Sendable {
    let session: any NodeSession
    let run: String
    /// This process, as the node knows it.
    let driver: [String]
    /// Bytes that this process wrote there; `nil` where it has not looked yet.
    let known: Int?

    /// Returns how much the node has then. Throws ``RunError`` `journalsDisagree` where its copy says something else.
    func send(_ journal: JournalText, limit: Duration) async throws -> Int {
        let bytes = Array(journal.texts.joined().utf8)
        if known == bytes.count { return bytes.count }
        let script = HostScript(session, MirrorScript.text)
        if let known, known <= bytes.count {
            let answer = try await script.run(
                ["append", run, "\(known)"] + driver, input: Array(bytes[known...]), limit: limit)
            if answer.first == "ok" { return bytes.count }
            if answer.first == "other" { throw overtaken }
        }
        // What is there may end within a line, or lack lines: it is replaced where it says nothing else.
        if let there = try await readable(script, limit) {
            guard there.agrees(with: journal), there.lines.count <= journal.lines.count else {
                throw RunError(.journalsDisagree, "\(session.endpoint.name) has another journal of this run")
            }
        }
        let answer = try await script.run(["whole", run, "\(bytes.count)"] + driver, input: bytes, limit: limit)
        if answer.first == "other" { throw overtaken }
        return bytes.count
    }

    /// One that is damaged is set aside: nobody can go on by it, and this machine has the whole.
    private func readable(_ script: HostScript, _ limit: Duration) async throws -> JournalText? {
        do {
            return try await FoundRuns(session).journal(run, limit: limit)
        } catch let error as RunError where error.code == .journalDamaged {
            let answer = try await script.run(["damaged", run] + driver, limit: limit)
            if answer.first == "other" { throw overtaken }
            return nil
        }
    }

    private var overtaken: RunError {
        RunError(.overtaken, "\(session.endpoint.name) was told that another process goes on with \(run)")
    }
}
