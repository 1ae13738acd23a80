/// Picks the lines of one metric out of a stream of Prometheus' text format, in chunks cut anywhere.
///
/// Keeps only those lines, and never more of any other line than is needed to see that it is another: `/metrics` of a
/// busy API server has tens of megabytes.
struct MetricScanner {
    /// Of the metric; its lines begin with it and `{`.
    let name: String
    private(set) var lines: [[UInt8]] = []

    private let prefix: [UInt8]
    private var line: [UInt8] = []
    private var isOther = false

    /// A line of the metric that is longer is passed on cut, and is malformed then.
    private static let lineLimit = 64 << 10
    /// Every resource of a cluster in every version is far below it.
    private static let countLimit = 10_000

    init(name: String) {
        self.name = name
        prefix = Array(name.utf8) + [UInt8(ascii: "{")]
    }

    mutating func read(_ chunk: some Collection<UInt8>) {
        var rest = chunk[...]
        while let end = rest.firstIndex(of: 0x0A) {
            take(rest[..<end])
            finish()
            rest = rest[rest.index(after: end)...]
        }
        take(rest)
    }

    /// Ends the line under way; call it once more after the last chunk.
    mutating func finish() {
        if !isOther, line.starts(with: prefix), lines.count < Self.countLimit { lines.append(line) }
        line.removeAll(keepingCapacity: true)
        isOther = false
    }

    private mutating func take(_ part: some Collection<UInt8>) {
        guard !isOther, line.count < Self.lineLimit else { return }
        if line.count < prefix.count {
            let wanted = prefix.dropFirst(line.count)
            guard wanted.starts(with: part.prefix(wanted.count)) else {
                isOther = true
                return
            }
        }
        line.append(contentsOf: part.prefix(Self.lineLimit - line.count))
    }
}
