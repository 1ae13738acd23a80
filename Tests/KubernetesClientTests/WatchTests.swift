import Foundation
import Testing

@testable import KubernetesClient

@Suite struct WatchTests {
    private static func event(_ type: String, _ uid: String) -> String {
        "{\"type\":\"\(type)\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"uid\":\"\(uid)\"}}}\n"
    }

    @Test func podsAreMissedByTheirUID() async throws {
        let body = [("MODIFIED", "a"), ("DELETED", "x"), ("DELETED", "a"), ("ADDED", "b2"), ("DELETED", "b")]
            .map(Self.event).joined()
        try await serving({ _ in .json(body) }) { connection, server in
            let gone = try await connection.endings(of: ["a", "b"], on: "n1", since: "41", seconds: 3)
            #expect(gone == ["a", "b", "x"])
            #expect(
                server.requests.map(\.uri) == [
                    "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&watch=true&resourceVersion=41&timeoutSeconds=3"
                ])
        }
    }

    @Test func anEndedWatchSaysWhatItSaw() async throws {
        let expired =
            "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"metadata\":{}}}\n"
        for tail in ["", expired, "not json\n", "{\"type\":\"DELE"] {
            try await serving({ _ in .json(Self.event("DELETED", "a") + tail) }) { connection, _ in
                let gone = try await connection.endings(of: ["a", "b"], on: "n1", since: "41", seconds: 3)
                #expect(gone == ["a"], "\(tail)")
            }
        }
        try await serving({ _ in .json(PagingTests.expired, status: 410) }) { connection, _ in
            let gone = try await connection.endings(of: ["a"], on: "n1", since: "1", seconds: 3)
            #expect(gone.isEmpty)
        }
        try await serving({ _ in .json("{\"kind\":\"Status\",\"code\":403}", status: 403) }) { connection, _ in
            let error = await #expect(throws: KubernetesError.self) {
                try await connection.endings(of: ["a"], on: "n1", since: "1", seconds: 3)
            }
            #expect(error?.code == .forbidden)
        }
    }

    @Test func aStreamIsCutIntoLines() throws {
        let text = Array("one\n\ntwo\nthr".utf8)
        for size in 1...text.count {
            var lines = WatchLines(limit: 8)
            var seen: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                let piece = text[start..<min(start + size, text.count)]
                seen += try lines.take(piece).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(seen == ["one", "", "two"], "\(size)")
        }
        var lines = WatchLines(limit: 8)
        #expect((try? lines.take(Array("123456789".utf8))) == nil)
    }
}
