import KubernetesClient
import Secrets
import Testing

/// Every way in which a server can fail to answer has its own code, and none of them hangs.
@Suite struct RefusalTests {
    static let forbidden = """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",\
        "message":"nodes is forbidden: User \\"x\\" cannot list",\
        "reason":"Forbidden","details":{"kind":"nodes"},"code":403}
        """

    @Test func statusesHaveTheirCodes() async throws {
        let rows: [(Int, KubernetesError.Code)] = [
            (400, .rejected), (401, .unauthorized), (403, .forbidden), (404, .notFound), (409, .conflict),
            (410, .expired), (429, .tooManyRequests), (500, .serverError), (503, .serverError),
            (302, .notKubernetes), (406, .rejected),
        ]
        for (status, code) in rows {
            let error = try await errorOfVersion(.json(Self.forbidden, status: status))
            #expect(error.code == code)
            #expect(error.status == status)
            #expect(error.message.contains("/version"))
        }
    }

    @Test func aStatusTellsItsReasonAndCauses() async throws {
        let body = """
            {"kind":"Status","message":"Cannot evict pod as it would violate the pod's disruption budget.",
            "reason":"TooManyRequests","details":{"retryAfterSeconds":10,"causes":[{"reason":"DisruptionBudget",
            "message":"The disruption budget web needs 1 healthy pods and has 1 currently"}]},"code":429}
            """
        let error = try await errorOfVersion(.json(body, status: 429))
        #expect(error.reason == "TooManyRequests")
        #expect(error.retryAfterSeconds == 10)
        #expect(error.causes.map(\.reason) == ["DisruptionBudget"])
        #expect(error.causes.first?.message.contains("needs 1 healthy pods") == true)
    }

    @Test func theHeaderRetryAfterIsRead() async throws {
        let error = try await errorOfVersion(
            .full(status: 429, headers: [("Retry-After", "3"), ("Content-Type", "text/plain")], body: "busy"))
        #expect(error.code == .tooManyRequests)
        #expect(error.retryAfterSeconds == 3)
    }

    @Test(arguments: [200, 403, 404, 503]) func aPageOfHTMLIsNoKubernetes(_ status: Int) async throws {
        let error = try await errorOfVersion(
            .full(status: status, headers: [("Content-Type", "text/html")], body: "<html>nginx</html>"))
        #expect(error.code == .notKubernetes)
        #expect(error.status == status)
    }

    @Test(arguments: ["", "ok", "[]", "null"]) func whatIsNoJSONObjectIsNoKubernetes(_ body: String) async throws {
        let error = try await errorOfVersion(.json(body))
        #expect(error.code == .notKubernetes)
    }

    @Test(arguments: ["{", "{}", "{\"gitVersion\":7,\"major\":\"1\",\"minor\":\"20\"}"])
    func anotherObjectIsMalformed(_ body: String) async throws {
        let error = try await errorOfVersion(.json(body))
        #expect(error.code == .malformed)
    }

    @Test(.timeLimit(.minutes(1))) func silenceEndsAtTheDeadline() async throws {
        let start = ContinuousClock.now
        let error = try await errorOfVersion(.silence)
        #expect(error.code == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test(.timeLimit(.minutes(1))) func anAnswerThatNeverEndsEndsAtTheDeadline() async throws {
        let error = try await errorOfVersion(.drip)
        #expect(error.code == .timedOut)
    }

    @Test func aFloodIsTooLarge() async throws {
        let error = try await errorOfVersion(.flood(bytes: 8 << 20))
        #expect(error.code == .tooLarge)
    }

    @Test func aClosedConnectionIsUnreachable() async throws {
        let hungUp = try await errorOfVersion(.hangUp)
        #expect(hungUp.code == .unreachable, "\(hungUp)")
        let cutOff = try await errorOfVersion(.cutOff)
        #expect(cutOff.code == .unreachable, "\(cutOff)")
    }

    @Test(.timeLimit(.minutes(1))) func nobodyThereIsUnreachableAtOnce() async throws {
        // A port that was free a moment ago.
        let server = try await TestServer(nil) { _ in .silence }
        await server.stop()
        let start = ContinuousClock.now
        try await APIServerConnection.with(access(to: server.port), limits: shortLimits) { connection in
            let error = await #expect(throws: KubernetesError.self) { try await connection.version() }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("connection refused") == true)
        }
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    @Test func aNameThatDoesNotResolveIsUnreachable() async throws {
        var access = try access(to: 1)
        access.connectAddress = .init(host: "nobody.invalid", port: 6443)
        try await APIServerConnection.with(access, limits: shortLimits) { connection in
            let error = await #expect(throws: KubernetesError.self) { try await connection.version() }
            #expect(error?.code == .unreachable)
        }
    }

    @Test(.timeLimit(.minutes(1))) func cancellingEndsARequest() async throws {
        try await serving({ _ in .silence }) { connection, _ in
            let task = Task { try await connection.version() }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func anErrorNeverShowsTheToken() async throws {
        for reply in [TestServer.Reply.hangUp, .json("{}"), .json(Self.forbidden, status: 403)] {
            let error = try await errorOfVersion(reply)
            #expect(!"\(error) \(String(reflecting: error))".contains("t0ken"))
        }
    }

    @Test func textsOfTheServerAreShortAndPrintable() async throws {
        let message = "a\\u001b[31mred\\nline " + String(repeating: "x", count: 5_000)
        let error = try await errorOfVersion(.json("{\"kind\":\"Status\",\"message\":\"\(message)\"}", status: 403))
        #expect(error.message.count < 500)
        #expect(!error.message.unicodeScalars.contains { $0.value < 0x20 })
    }
}
