import Synchronization
import Testing

@testable import Actions

@Suite struct LongWaitTests {
    private final class Heard: Sendable {
        let words = Mutex<[String]>([])
        var all: [String] { words.withLock { $0 } }
        func hear(_ word: String) { words.withLock { $0.append(word) } }
    }

    @Test func aLongOneIsToldOnceWithItsLastReason() async throws {
        let (told, reported) = (Heard(), Heard())
        let wait = LongWait(after: .milliseconds(300)) { told.hear($0) }
        let result = try await wait.during({ reported.hear($0) }) { report in
            report("a")
            report("b")
            while told.all.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            report("c")
            return 7
        }
        #expect(result == 7)
        #expect(told.all == ["b"])
        #expect(reported.all == ["a", "b", "c"])
    }

    @Test func aShortOneIsNot() async throws {
        let told = Heard()
        let wait = LongWait(after: .seconds(3_600)) { told.hear($0) }
        try await wait.during({ _ in }) { $0("a") }
        #expect(told.all == [])
    }

    /// Nor does what is told keep an error back.
    @Test func itsErrorIsTheOwn() async {
        struct Late: Error {}
        let wait = LongWait(after: .zero) { _ in try? await Task.sleep(for: .seconds(3_600)) }
        await #expect(throws: Late.self) {
            try await wait.during({ _ in }) { report in
                report("a")
                try await Task.sleep(for: .milliseconds(50))
                throw Late()
            }
        }
    }
}
