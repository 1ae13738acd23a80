import KubernetesClient
import NIOConcurrencyHelpers
import Testing

@Suite struct PagingTests {
    static let expired = "{\"kind\":\"Status\",\"reason\":\"Expired\",\"message\":\"too old\",\"code\":410}"

    static func page(_ names: [String], next: String?) -> TestServer.Reply {
        let items = names.map { "{\"metadata\":{\"name\":\"\($0)\",\"uid\":\"u-\($0)\"},\"spec\":{},\"status\":{}}" }
        let more = next.map { ",\"continue\":\"\($0)\"" } ?? ""
        return .json(
            "{\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"\(more)},"
                + "\"items\":[\(items.joined(separator: ","))]}")
    }

    @Test func pagesAreReadToTheEnd() async throws {
        try await serving({ request in
            request.uri.contains("continue=a%2Fb%3D")
                ? Self.page(["c"], next: nil) : Self.page(["a", "b"], next: "a/b=")
        }) { connection, server in
            let names = try await connection.nodes().map(\.name)
            #expect(names == ["a", "b", "c"])
            #expect(server.requests.map(\.uri).first == "/api/v1/nodes?limit=500")
            #expect(server.requests.count == 2)
        }
    }

    @Test func aStaleContinuationStartsAnewOnce() async throws {
        let count = NIOLockedValueBox(0)
        try await serving({ request in
            guard request.uri.contains("continue") else { return Self.page(["a"], next: "n") }
            let isFirst = count.withLockedValue { value in
                value += 1
                return value == 1
            }
            return isFirst ? .json(Self.expired, status: 410) : Self.page(["b"], next: nil)
        }) { connection, server in
            let names = try await connection.nodes().map(\.name)
            #expect(names == ["a", "b"])
            #expect(server.requests.count == 4)
        }
    }

    @Test func twiceStaleIsAnError() async throws {
        try await serving({ request in
            request.uri.contains("continue") ? .json(Self.expired, status: 410) : Self.page(["a"], next: "n")
        }) { connection, server in
            let error = await #expect(throws: KubernetesError.self) { try await connection.nodes() }
            #expect(error?.code == .expired)
            #expect(server.requests.count == 4)
        }
    }

    @Test func aListThatNeverEndsIsStopped() async throws {
        let count = NIOLockedValueBox(0)
        try await serving({ _ in
            let page = count.withLockedValue { value in
                value += 1
                return value
            }
            return Self.page(["n\(page)"], next: "c\(page)")
        }) { connection, server in
            let error = await #expect(throws: KubernetesError.self) { try await connection.nodes() }
            #expect(error?.code == .tooLarge)
            #expect(server.requests.count == shortLimits.pages)
        }
        try await serving({ _ in Self.page(["a"], next: "same") }) { connection, _ in
            let error = await #expect(throws: KubernetesError.self) { try await connection.nodes() }
            #expect(error?.code == .malformed)
        }
    }

    @Test(arguments: ["{}", "{\"kind\":\"NodeList\"}", "{\"kind\":\"Node\",\"items\":[]}"])
    func whatIsNoListIsNotAnEmptyOne(_ body: String) async throws {
        try await serving({ _ in .json(body) }) { connection, _ in
            let error = await #expect(throws: KubernetesError.self) { try await connection.nodes() }
            #expect(error?.code == .malformed)
        }
    }

    @Test func nullItemsAreNone() async throws {
        try await serving({ _ in .json("{\"kind\":\"NodeList\",\"metadata\":{},\"items\":null}") }) { connection, _ in
            let nodes = try await connection.nodes()
            #expect(nodes.isEmpty)
        }
    }
}
