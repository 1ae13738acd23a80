import Actions
import ArgumentParser
import Backups
import Synchronization
import UpgradePlanning

/// How progress is shown.
enum ProgressFormat: String, ExpressibleByArgument, CaseIterable {
    /// A line that changes on a terminal; without one a line for each phase, and again every ten seconds.
    case auto
    /// A JSON object a line, on standard error.
    case json
    case none
}

/// Says what a backup is doing.
final class BackupProgress: Sendable {
    /// Of one phase; several go on at once where there are several replicas.
    private struct State {
        var meter: ProgressMeter
        var shown: ContinuousClock.Instant
    }

    private let world: World
    private let format: ProgressFormat
    private let states = Mutex([String: State]())
    /// What was said last, when it was, and when its phase began.
    private let last = Mutex<(line: ProgressLine, said: ContinuousClock.Instant, began: ContinuousClock.Instant)?>(nil)

    init(world: World, format: ProgressFormat = .auto) {
        self.world = world
        self.format = format
    }

    @Sendable func show(_ event: BackupMaker.Event) {
        switch event {
        case .snapshot(let node, let done, let size): say(ProgressLine("snapshot", of: "from \(node)", done, size))
        case .memberFailed(let node, let why):
            world.messages("\(node) gave no whole snapshot (\(why)); the next member is asked")
        case .comparing(let members):
            say(ProgressLine("comparing", of: Amount.count(members, "member")))
        case .drilling(let what): say(ProgressLine("drilling", of: what))
        case .readingBack(let size): say(ProgressLine("reading back", of: "from the disk", nil, size))
        }
    }

    @Sendable func show(_ event: Replicator.Event) {
        switch event {
        case .sending(let place, let name, let done, let size):
            say(ProgressLine("sending", of: "\(name) to \(place)", done, size))
        }
    }

    /// Before anything is sent: what is there has to be looked at.
    func looksAtReplicas(_ count: Int) {
        say(ProgressLine("looking at", of: Amount.count(count, "replica")))
    }

    /// Ends a line that is still changing.
    func end() { if format == .auto, world.isTerminal { world.redraw("") } }

    /// Until it is cancelled: says again what goes on where nothing was heard for a while, such as a file that is read back.
    func beat() async {
        let pause: Duration = world.isTerminal && format == .auto ? .seconds(1) : .seconds(10)
        while (try? await Task.sleep(for: pause)) != nil {
            let now = ContinuousClock.now
            let silent = last.withLock { last -> (ProgressLine, Int64)? in
                guard let known = last, now - known.said >= pause else { return nil }
                last?.said = now
                return (known.line, Int64((now - known.began) / .seconds(1)))
            }
            if let (line, seconds) = silent { put(line.text(after: seconds), or: line, elapsed: seconds) }
        }
    }

    private func put(_ text: String, or line: ProgressLine, elapsed: Int64) {
        switch format {
        case .none: return
        case .json:
            world.messages(line.json(ProgressMeter.Pace(rate: 0, secondsLeft: nil, elapsed: elapsed)))
        case .auto: if world.isTerminal { world.redraw(text) } else { world.messages(text) }
        }
    }

    private func say(_ line: ProgressLine) {
        guard format != .none else { return }
        let interval: Duration =
            switch format {
            case .json: .seconds(1)
            case .auto, .none: world.isTerminal ? .milliseconds(100) : .seconds(10)
            }
        last.withLock { last in
            let isSame = last.map { $0.line.phase == line.phase && $0.line.subject == line.subject } ?? false
            last = (line, .now, isSame ? last?.began ?? .now : .now)
        }
        let text = states.withLock { states -> String? in
            let now = ContinuousClock.now
            let key = "\(line.phase) \(line.subject)"
            let known = states[key]
            let isEnd = line.size != nil && line.done == line.size
            if let known, now - known.shown < interval, !(isEnd && format == .json) { return nil }
            let meter = known?.meter ?? ProgressMeter(start: now, done: line.done ?? 0)
            states[key] = State(meter: meter, shown: now)
            let pace = meter.pace(done: line.done ?? 0, size: line.size ?? 0, at: now)
            return format == .json ? line.json(pace) : line.text(pace)
        }
        guard let text else { return }
        if format == .auto, world.isTerminal { world.redraw(text) } else { world.messages(text) }
    }
}

/// How fast a phase goes. Pure.
struct ProgressMeter {
    let start: ContinuousClock.Instant
    /// Bytes that were done before it began.
    let done: Int64

    struct Pace: Hashable {
        /// Bytes a second.
        var rate: Int64
        /// `nil` where it cannot be told.
        var secondsLeft: Int64?
        var elapsed: Int64
    }

    func pace(done now: Int64, size: Int64, at time: ContinuousClock.Instant) -> Pace {
        let seconds = (time - start) / .seconds(1)
        let rate = seconds > 0.2 ? Int64(Double(now - done) / seconds) : 0
        return Pace(
            rate: rate, secondsLeft: rate > 0 && size >= now ? (size - now + rate - 1) / rate : nil,
            elapsed: Int64(seconds))
    }
}

/// One moment of a phase.
struct ProgressLine {
    let phase: String
    let subject: String
    var done: Int64?
    var size: Int64?

    init(_ phase: String, of subject: String, _ done: Int64? = nil, _ size: Int64? = nil) {
        self.phase = phase
        self.subject = subject
        self.done = done
        self.size = size
    }

    func text(_ pace: ProgressMeter.Pace) -> String {
        guard let size, size > 0 else { return "\(phase) \(subject)" }
        guard let done else { return "\(phase) \(Amount.bytes(size)) \(subject)" }
        var text = "\(phase) \(subject): \(Amount.bytes(done)) of \(Amount.bytes(size)) (\(done * 100 / size) %)"
        if pace.rate > 0 { text += ", \(Amount.bytes(pace.rate))/s" }
        if let left = pace.secondsLeft, done < size { text += ", \(Amount.duration(left)) left" }
        return text
    }

    /// Where nothing new is known of it.
    func text(after seconds: Int64) -> String {
        text(ProgressMeter.Pace(rate: 0, secondsLeft: nil, elapsed: seconds)) + ", for \(Amount.duration(seconds))"
    }

    private struct Object: Encodable {
        var phase: String
        var subject: String
        var done: Int64?
        var size: Int64?
        var bytesPerSecond: Int64?
        var secondsLeft: Int64?
        var elapsed: Int64
    }

    func json(_ pace: ProgressMeter.Pace) -> String {
        let object = Object(
            phase: phase, subject: subject, done: done, size: size,
            bytesPerSecond: pace.rate > 0 ? pace.rate : nil, secondsLeft: pace.secondsLeft, elapsed: pace.elapsed)
        return (try? JSONText.line(object)) ?? "{}"
    }
}
