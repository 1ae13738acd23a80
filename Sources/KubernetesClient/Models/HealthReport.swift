/// What `/readyz?verbose` or `/livez?verbose` says.
public struct HealthReport: Hashable, Sendable {
    /// Every check passed.
    public var isHealthy: Bool
    /// Names of the failed checks: `etcd`, `poststarthook/rbac/bootstrap-roles`.
    public var failedChecks: [String]

    /// Reads lines like `[+]ping ok` and `[-]etcd failed: reason withheld`; `nil` when no line is one, or the status
    /// (200 for healthy, 500 for not) and the lines contradict each other.
    init?(text: String, status: Int) {
        var failed: [String] = []
        var count = 0
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("[+]") || line.hasPrefix("[-]") {
            count += 1
            if line.hasPrefix("[-]") {
                failed.append(serverText(line.dropFirst(3).prefix { $0 != " " }))
            }
        }
        guard count > 0, (status == 200) == failed.isEmpty else { return nil }
        isHealthy = failed.isEmpty
        failedChecks = failed
    }
}
