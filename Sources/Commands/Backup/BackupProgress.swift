import Actions
import Synchronization
import UpgradePlanning

/// Says what a backup is doing: each phase once, and a long one again every ten seconds.
final class BackupProgress: Sendable {
    private let world: World
    private let last = Mutex<(phase: String, at: ContinuousClock.Instant)>(("", .now))
    private static let interval = Duration.seconds(10)

    init(world: World) { self.world = world }

    @Sendable func show(_ event: BackupMaker.Event) {
        switch event {
        case .snapshot(let node, let done, let size):
            let percent = size > 0 ? done * 100 / size : 0
            say("snapshot", "snapshot from \(node): \(Amount.bytes(done)) of \(Amount.bytes(size)) (\(percent) %)")
        case .comparing(let members): say("comparing", "comparing \(Amount.count(members, "member"))")
        case .readingBack(let size): say("reading", "reading back \(Amount.bytes(size)) from the disk")
        }
    }

    private func say(_ phase: String, _ text: String) {
        let isDue = last.withLock { last in
            guard last.phase != phase || .now - last.at >= Self.interval else { return false }
            last = (phase, .now)
            return true
        }
        if isDue { world.messages(text) }
    }
}
