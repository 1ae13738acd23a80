import KubernetesClient

/// How long a cluster with one apiserver is without it while that is replaced: asked twice a second beside the activation.
struct APIAbsence: Sendable {
    let access: ClusterAccess

    /// After the activation it has this long to come back before the measuring ends without a number.
    private static let patience = Duration.seconds(120)
    private static let limits = RequestLimits(
        connect: .seconds(1), request: .seconds(2), metrics: .seconds(2))

    /// Does `work` and says what it said, with how long the API was away.
    func measured(_ work: @escaping @Sendable () async throws -> String) async throws -> String {
        guard let way = try await access.last().ways.apiServer else { return try await work() }
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        return try await withThrowingTaskGroup(of: (said: String?, away: Duration?).self) { group in
            group.addTask {
                defer { end.finish() }
                return (try await work(), nil)
            }
            group.addTask { (nil, await Self.absence(way, until: ended)) }
            var said = ""
            var away: Duration?
            for try await result in group {
                if let text = result.said { said = text }
                if let time = result.away { away = time }
            }
            return away.map { "\(said); the API was away for \(Self.text($0))" } ?? said
        }
    }

    private static func text(_ time: Duration) -> String {
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        return seconds < 1 ? "less than a second" : "\(Int(seconds.rounded())) s"
    }

    /// From the first question without an answer to the last one; `nil` where it never came back, or was never away.
    private static func absence(_ way: APIServerAccess, until ended: AsyncStream<Void>) async -> Duration? {
        let clock = ContinuousClock()
        let isOver = Flag()
        return await withTaskGroup(of: Duration?.self) { group in
            group.addTask {
                for await _ in ended {}
                await isOver.set(clock.now)
                return nil
            }
            group.addTask {
                var lost: ContinuousClock.Instant?
                var found: ContinuousClock.Instant?
                while !Task.isCancelled {
                    if await answers(way) {
                        if lost != nil, found == nil { found = clock.now }
                        if await isOver.time != nil { break }
                    } else {
                        if lost == nil { lost = clock.now }
                        found = nil
                        if let over = await isOver.time, clock.now - over > patience { break }
                    }
                    try? await Task.sleep(for: .milliseconds(500))
                }
                guard let lost, let found else { return nil }
                return found - lost
            }
            var away: Duration?
            for await result in group { if let result { away = result } }
            return away
        }
    }

    private static func answers(_ way: APIServerAccess) async -> Bool {
        let report = try? await APIServerConnection.with(way, limits: limits) { try await $0.readiness() }
        return report?.failedChecks.isEmpty == true
    }

    private actor Flag {
        private(set) var time: ContinuousClock.Instant?
        func set(_ time: ContinuousClock.Instant) { self.time = time }
    }
}
