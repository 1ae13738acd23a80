// Runs a whole upgrade of many nodes without a cluster: what the machine, the executor and the journal cost by themselves.
// `run-bench NODES FOLDER` prints time, the journal's size and the greatest memory. Nothing is performed; every line is on
// the disk before the next step, as in life.
import Foundation
import Plans
import RunEngine

struct Idle: StepPerformer {
    func survey(_ step: Step) async throws -> RunMachine.Survey { .open(prior: "before") }
    func perform(_ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void) async throws -> String? {
        nil
    }
    func conclude(_ step: Step, report: @escaping @Sendable (String) -> Void) async throws -> String? { nil }

    func undo(_ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void) async throws -> String? {
        nil
    }
}

struct Nowhere: RunMirror {
    func write(_ journal: JournalText, node: String?) async throws {}
    func beat() async -> Bool { true }
}

struct Blind: RunWatcher {
    func saw(_ update: RunUpdate) {}
}

func stage(_ index: Int) -> Stage {
    let node = "node-\(index)"
    let target = SystemTarget(source: "flake", kubernetes: "1.36.0", toplevel: "/nix/store/\(index)-nixos-system")
    let gates = GateList([.nodeReady(kubelet: "1.36.0"), .podNetwork], limitSeconds: 600, secondsApart: 10)
    let actions: [(String, Action)] = [
        ("cordon", .cordon), ("drain", .drain(TimeLimit(seconds: 600))),
        ("guard", .armGuard(GuardTarget(lifetime: .transient, seconds: 600))),
        ("activate", .activate(Activation(target: target, bootDefault: .atCommit))), ("prove", .waitFor(gates)),
        ("gates", .waitFor(gates)), ("disarm", .disarmGuard), ("commit", .commit(target)), ("uncordon", .uncordon),
        ("settle", .waitFor(gates)),
    ]
    return Stage(
        id: node, kind: .worker, title: node, node: node,
        steps: actions.map { verb, action in
            Step(
                id: "\(node)/\(verb)", node: node, action: action, impact: .none, undo: .putBack(what: verb),
                wayBack: .free)
        })
}

/// Greatest resident memory of this process in KiB.
func peak() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }.flatMap { Int($0) } ?? 0
}

guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[1]) else {
    FileHandle.standardError.write(Data("usage: run-bench NODES FOLDER\n".utf8))
    exit(64)
}
let plan = Plan(
    kind: .upgrade, cluster: "bench", madeAt: "2026-01-01T00:00:00Z", goal: Goal(changes: [], hops: [], later: []),
    fingerprint: [], stages: (0..<count).map(stage), findings: [], next: "")
let folder = RunFolder(state: CommandLine.arguments[2], run: "upgrade-bench-\(count)")
let digest = try folder.write(plan)
var writer = try JournalWriter(folder)
try writer.append(.opened(run: folder.run, plan: digest, by: "bench"), at: "2026-01-01T00:00:00Z")
let executor = Executor(
    plan: plan, performer: Idle(), mirror: Nowhere(), watcher: Blind(), now: { "2026-01-01T00:00:00Z" },
    isStopping: { false })
let clock = ContinuousClock()
let began = clock.now
let ending = try await executor.run(writer)
let seconds = (clock.now - began) / .seconds(1)
let journal = try folder.load().journal
let bytes = journal.texts.reduce(0) { $0 + $1.utf8.count }
print("\(count) \(plan.steps.count) \(seconds) \(bytes) \(peak()) \(ending)")
