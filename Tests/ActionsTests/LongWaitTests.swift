import RunEngine
import Synchronization
import Testing

@testable import Actions

@Suite(.timeLimit(.minutes(1))) struct LongWaitTests {
    private final class Heard: Sendable {
        let words = Mutex<[String]>([])
        var all: [String] { words.withLock { $0 } }
        func hear(_ word: String) { words.withLock { $0.append(word) } }

        func wait(for word: String) async throws {
            while !all.contains(word) { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    private struct Late: Error {}

    @Test func aLongOneIsToldOnceWithTheReasonOfThen() async throws {
        let told = Heard()
        let wait = LongWait(after: .milliseconds(50)) { told.hear($0) }
        let result = try await wait.during { waiting in
            // Long before there is a reason; what is nothing again is not told.
            waiting("first")
            waiting(nil)
            try await Task.sleep(for: .milliseconds(400))
            #expect(told.all == [])
            waiting("second")
            try await told.wait(for: "second")
            waiting("third")
            return 7
        }
        #expect(result == 7)
        #expect(told.all == ["second"])
    }

    @Test func aShortOneIsNot() async throws {
        let told = Heard()
        let wait = LongWait(after: .seconds(3_600)) { told.hear($0) }
        try await wait.during { $0("a") }
        #expect(told.all == [])
    }

    /// A program that was asked is not ended in the middle; its wait's error is its own.
    @Test func whoIsBeingToldFinishes() async throws {
        let told = Heard()
        let wait = LongWait(after: .zero) { _ in
            told.hear("began")
            try? await Task.sleep(for: .milliseconds(300))
            told.hear(Task.isCancelled ? "cut off" : "finished")
        }
        await #expect(throws: Late.self) {
            try await wait.during { waiting in
                waiting("a")
                try await told.wait(for: "began")
                throw Late()
            }
        }
        #expect(told.all == ["began", "finished"])
    }

    /// A person who stops does not wait for it.
    @Test func givenUpIsGivenUp() async throws {
        let told = Heard()
        let wait = LongWait(after: .zero) { _ in
            told.hear("began")
            try? await Task.sleep(for: .seconds(3_600))
            told.hear("ended")
        }
        await #expect(throws: Abandoned.self) {
            try await wait.during { waiting in
                waiting("a")
                try await told.wait(for: "began")
                throw Abandoned()
            }
        }
        #expect(told.all == ["began", "ended"])
        let task = Task {
            try await wait.during { waiting in
                waiting("a")
                try await Task.sleep(for: .seconds(3_600))
            }
        }
        while told.all.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
