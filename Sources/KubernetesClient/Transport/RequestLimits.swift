/// How long and how much one request may take. The defaults suit an API server at the other end of a home line.
public struct RequestLimits: Hashable, Sendable {
    /// Until TCP and TLS are established.
    public var connect: Duration
    /// Until the last byte of an answer; each page of a list counts for itself.
    public var request: Duration
    /// Until the last byte of `/metrics`, which a busy server takes long to write.
    public var metrics: Duration
    /// Bytes of one answer or page, kept in memory.
    public var answerBytes: Int
    /// Bytes of `/metrics`, read and not kept.
    public var metricsBytes: Int
    /// Pages of one list.
    public var pages: Int

    public init(
        connect: Duration = .seconds(5), request: Duration = .seconds(30), metrics: Duration = .seconds(60),
        answerBytes: Int = 64 << 20, metricsBytes: Int = 256 << 20, pages: Int = 2_000
    ) {
        self.connect = connect
        self.request = request
        self.metrics = metrics
        self.answerBytes = answerBytes
        self.metricsBytes = metricsBytes
        self.pages = pages
    }
}
