public import KubernetesClient
public import NodeAccess
public import RunEngine
public import UpgradePlanning

/// Copies of a run's plan and journal on its nodes, in `/var/lib/kupgrade/runs/RUN`, and the nodes' locks.
public actor NodeMirrors: RunMirror {
    private let run: String
    private let holder: String
    private let sessions: [String: any NodeSession]
    /// `nil` where no apiserver answered.
    private let lease: RunLease?
    private let now: @Sendable () -> Instant
    /// Every node of the cluster file is among them.
    private let isComplete: Bool
    /// Nodes whose folder is this process's own, and nodes that are gone.
    private let own: Set<String>
    /// Bytes of the journal that this process wrote on a node.
    private var sent: [String: Int] = [:]

    static let folder = "/var/lib/kupgrade"

    /// `state`: where this process keeps the run itself. `holder`: who runs it, for people.
    public init(
        run: String, holder: String, sessions: [String: any NodeSession], state: String, apiServer: APIServerAccess?,
        isComplete: Bool = false, without: Set<String> = [], now: @escaping @Sendable () -> Instant
    ) {
        self.run = run
        self.now = now
        self.isComplete = isComplete
        lease = apiServer.map { RunLease(run: run, holder: holder, access: $0) }
        self.holder = holder
        self.sessions = sessions
        own = Set(
            sessions.filter { $0.value.address == NodeEndpoint.localAddress && state == Self.folder }.map(\.key)
        ).union(without)
    }

    /// Puts the plan on every node. Throws where a node cannot keep it; not where it is not needed there.
    public func put(plan: [UInt8], isNeeded: Bool = true) async throws {
        for (node, session) in sessions.sorted(by: { $0.key < $1.key }) where !own.contains(node) {
            do {
                try await HostScript(session, Self.script).run(["plan", run, "\(plan.count)"], input: plan)
            } catch {
                if isNeeded { throw error }
            }
        }
    }

    public func write(_ journal: JournalText, node: String?) async throws {
        await withTaskGroup(of: (String, Int?).self) { group in
            for (name, session) in sessions where name != node && !own.contains(name) {
                let copy = MirrorCopy(session: session, run: run, known: sent[name])
                group.addTask { (name, try? await copy.send(journal, limit: .seconds(10))) }
            }
            for await (name, count) in group { sent[name] = count }
        }
        guard let node, !own.contains(node) else { return }
        guard let session = sessions[node] else {
            throw RunError(.mirrorFailed, "\(node) cannot be reached")
        }
        let copy = MirrorCopy(session: session, run: run, known: sent[node])
        sent[node] = nil
        sent[node] = try await copy.send(journal, limit: .seconds(60))
    }

    /// Takes each node's lock. Throws ``RunError`` `locked` where another run has one; those taken before are given back.
    public func lock() async throws {
        var taken: [String] = []
        do {
            for (node, session) in sessions.sorted(by: { $0.key < $1.key }) {
                let answer = try await HostScript(session, Self.script).run(["lock", run, holder])
                guard answer.first == "ok" else {
                    throw RunError(
                        .locked, "\(node) is locked by \(answer.first ?? "another run")")
                }
                taken.append(node)
            }
            // Where every node was seen to be free, whoever left the mark in the cluster could not take it away.
            try await lease?.take(at: now(), isCertain: isComplete)
        } catch {
            for node in taken {
                if let session = sessions[node] {
                    _ = try? await HostScript(session, Self.script).run(["unlock", run])
                }
            }
            throw error
        }
    }

    /// Whether every node's lock is this run's.
    public func isLocked() async throws -> Bool {
        for session in sessions.values {
            if try await HostScript(session, Self.script).run(["holds", run]).first != "ok" { return false }
        }
        return true
    }

    public func unlock() async throws {
        for session in sessions.values { try await HostScript(session, Self.script).run(["unlock", run]) }
        await lease?.mark(isAlive: false, at: now())
    }

    public func beat() async {
        let hasLock = await withTaskGroup(of: Bool.self) { group in
            for session in sessions.values {
                group.addTask { [run] in
                    let said = try? await HostScript(session, Self.script).run(["beat", run], limit: .seconds(10))
                    return said?.first == "ok"
                }
            }
            var hasLock = false
            for await holds in group where holds { hasLock = true }
            return hasLock
        }
        if hasLock { await lease?.mark(isAlive: true, at: now()) }
    }

    /// A lock is one line, `RUN HOLDER`; its age is that of its last heartbeat.
    static let script = #"""
        verb=$1 run=$2; lock=$base/run.lock; folder=$base/runs/$run
        mine() { [ -f "$lock" ] && [ "$(cut -d' ' -f1 <"$lock")" = "$run" ]; }
        # A run whose end is known here has nothing to lock any more.
        ended() { tail -n 1 "$base/runs/$1/journal.jsonl" 2>/dev/null | grep -q '"closed"'; }
        case $verb in
          plan)
            mkdir -p "$folder"; cat >"$folder/plan.json.new"
            # The connection may have ended in the middle.
            [ "$(stat -c %s "$folder/plan.json.new")" = "$3" ] || fail "the plan was cut off"
            flush "$folder/plan.json.new"
            mv -f "$folder/plan.json.new" "$folder/plan.json"; flush "$folder" ;;
          append)
            file=$folder/journal.jsonl
            [ "$(stat -c %s "$file" 2>/dev/null)" = "$3" ] || { echo differs; exit 0; }
            cat >>"$file"; flush "$file"; if mine; then touch "$lock"; fi; echo ok ;;
          whole)
            mkdir -p "$folder"; cat >"$folder/journal.new"
            [ "$(stat -c %s "$folder/journal.new")" = "$3" ] || fail "the journal was cut off"
            flush "$folder/journal.new"
            mv -f "$folder/journal.new" "$folder/journal.jsonl"; flush "$folder"; if mine; then touch "$lock"; fi; echo ok ;;
          lock)
            if mine; then touch "$lock"; echo ok; exit 0; fi
            if [ -f "$lock" ] && ended "$(cut -d' ' -f1 <"$lock")"; then rm -f "$lock"; fi
            mkdir -p "$base"; echo "$run $3" >"$lock.$run"; flush "$lock.$run"
            if ln "$lock.$run" "$lock" 2>/dev/null; then flush "$base"; echo ok; else cat "$lock"; fi
            rm -f "$lock.$run" ;;
          holds) if mine; then echo ok; else echo no; fi ;;
          unlock) if mine; then rm -f "$lock"; flush "$base"; fi ;;
          beat) if mine; then touch "$lock"; echo ok; fi ;;
        esac
        """#
}

/// One node's copy of a journal.
struct MirrorCopy: Sendable {
    let session: any NodeSession
    let run: String
    /// Bytes that this process wrote there; `nil` where it has not looked yet.
    let known: Int?

    /// Returns how much the node has then. Throws ``RunError`` `journalsDisagree` where its copy says something else.
    func send(_ journal: JournalText, limit: Duration) async throws -> Int {
        let bytes = Array(journal.texts.joined().utf8)
        if known == bytes.count { return bytes.count }
        let script = HostScript(session, NodeMirrors.script)
        if let known, known <= bytes.count {
            let answer = try await script.run(
                ["append", run, "\(known)"], input: Array(bytes[known...]), limit: limit)
            if answer.first == "ok" { return bytes.count }
        }
        // What is there may end within a line, or lack lines: it is replaced where it says nothing else.
        if let there = try await FoundRuns(session).journal(run) {
            guard there.agrees(with: journal), there.lines.count <= journal.lines.count else {
                throw RunError(.journalsDisagree, "\(session.endpoint.name) has another journal of this run")
            }
        }
        try await script.run(["whole", run, "\(bytes.count)"], input: bytes, limit: limit)
        return bytes.count
    }
}
