import Crypto

/// Reads a snapshot as it comes: digests it, checks each page when it is whole, and the tree of pages at the end.
///
/// A snapshot is a file of bbolt with 32 bytes of SHA-256 behind it (etcd, `server/etcdserver/api/v3rpc/maintenance.go`).
/// Pages come in the order of their numbers, those that are free among them, with whatever they held before; only what
/// the tree reaches counts. Memory: some 40 bytes a page, and the longest page. Not to be shared between tasks.
public struct SnapshotWalker: ~Copyable {
    static let digestCount = 32
    /// A page with all that overflows it: far beyond the largest value that etcd takes.
    static let longestPage = 64 << 20
    /// Small pages of other buckets than `key`, kept for what they say.
    static let keptLimit = 4 << 20

    /// So many bytes are looked through at once, by two threads: one digests them, one reads the pages.
    static let stride = 1 << 20

    private let digest = DigestLane()
    private var buffer: [UInt8] = []
    /// The number of the first page in the buffer.
    private var firstPage = 0
    /// The number of the next page to look at.
    private var nextPage = 0
    private var pageSize = 0
    private var metas: [Meta] = []
    private var table = PageTable()
    private var summarizer = PageSummarizer()
    /// Pages that began and are not whole yet, and the number behind their last.
    private var open: [(page: Int, end: Int)] = []
    private var kept: [Int: [UInt8]] = [:]
    private var keptCount = 0
    private var total = 0
    /// Bytes of pages that were looked through: overlapping ones count each time.
    private var work = 0

    public init() {}

    /// Takes more of the snapshot. Throws ``SnapshotError``: `notBbolt` when its start is known to be something else.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
        buffer.append(contentsOf: bytes)
        total += bytes.count
        if pageSize == 0 {
            // The second meta page is at 64 KiB at the latest.
            guard buffer.count > Meta.pageSizes.upperBound + 4_096 else { return }
            try begin()
        }
        guard buffer.count - (nextPage - firstPage) * pageSize >= Self.stride else { return }
        try advance()
    }

    /// Ends the snapshot. Throws ``SnapshotError`` for anything that is not as etcd would have sent it.
    public consuming func finish() throws(SnapshotError) -> SnapshotSummary {
        guard total > Self.digestCount else { throw SnapshotError(.truncated, "the snapshot is empty") }
        if pageSize == 0 { try begin() }
        try advance()
        var whole = self.digest.state()
        let digest = Array(whole.finalize())
        let rest = buffer.count - (nextPage - firstPage) * pageSize
        guard rest == Self.digestCount else {
            throw SnapshotError(.truncated, "the snapshot is no whole number of pages with a digest behind them")
        }
        guard Array(buffer.suffix(Self.digestCount)) == digest else {
            throw SnapshotError(.digestDiffers, "the digest at the end of the snapshot is not that of its content")
        }
        var report = SnapshotReport(metas: metas, table: table, kept: kept, summarizer: summarizer)
        var summary = try report.summary(digest: digest, byteCount: total)
        whole.update(data: digest)
        summary.fileDigest = SnapshotReport.hex(Array(whole.finalize()))
        return summary
    }

    /// Finds the page size from the first meta page, or from the second where the first is damaged.
    private mutating func begin() throws(SnapshotError) {
        let found: Int? = buffer.withUnsafeBytes { bytes in
            let offsets = [0] + (10...16).map { 1 << $0 }
            for offset in offsets where offset + Page.Header.count + Meta.count <= bytes.count {
                let start = offset + Page.Header.count
                if let meta = Meta(bytes.slice(start..<start + Meta.count)), offset == 0 || offset == meta.pageSize {
                    return meta.pageSize
                }
            }
            return nil
        }
        guard let found else { throw SnapshotError(.notBbolt, "the snapshot does not begin as a database of bbolt") }
        pageSize = found
        table.reserve(1 << 12)
    }

    /// Looks through all pages that are here, but for what may be the digest behind the last.
    private mutating func advance() throws(SnapshotError) {
        let start = (nextPage - firstPage) * pageSize
        let count = max(0, buffer.count - Self.digestCount - start) / pageSize
        digest.take(buffer, start..<start + count * pageSize)
        // The other thread has let go of the buffer before anything is cut off it.
        defer { digest.wait() }
        for _ in 0..<count {
            look(at: nextPage, (nextPage - firstPage) * pageSize)
            nextPage += 1
            close()
            // Free space may look like pages that overlap; a file that was made to cost time does nothing else.
            guard open.count <= 1_024, work <= 8 * total + 2 * Self.longestPage else {
                throw SnapshotError(.tooLarge, "pages of the snapshot overlap more than they can by chance")
            }
        }
        digest.wait()
        trim()
    }

    /// What the page's header says; of free space it may be anything.
    private mutating func look(at page: Int, _ start: Int) {
        table.append(PageSummary())
        let header = buffer.withUnsafeBytes { Page.Header($0.slice(start..<start + Page.Header.count)) }
        if page < 2 { readMeta(start) }
        guard page >= 2, header.id == UInt64(page), let kind = header.kind else { return }
        guard (header.overflow + 1) * pageSize <= Self.longestPage else {
            var broken = PageSummary()
            broken.state = .broken
            return table.set(broken, at: page)
        }
        if header.overflow == 0 {
            summarize(page, header, kind)
        } else {
            open.append((page, page + header.overflow + 1))
        }
    }

    private mutating func readMeta(_ start: Int) {
        let from = start + Page.Header.count
        if let meta = buffer.withUnsafeBytes({ Meta($0.slice(from..<from + Meta.count)) }) { metas.append(meta) }
    }

    /// Pages that are whole now.
    private mutating func close() {
        guard !open.isEmpty else { return }
        for (page, end) in open where end <= nextPage {
            let start = (page - firstPage) * pageSize
            let header = buffer.withUnsafeBytes { Page.Header($0.slice(start..<start + Page.Header.count)) }
            if let kind = header.kind { summarize(page, header, kind) }
        }
        open.removeAll { $0.end <= nextPage }
    }

    private mutating func summarize(_ page: Int, _ header: Page.Header, _ kind: Page.Kind) {
        let range = (page - firstPage) * pageSize..<(page - firstPage + header.overflow + 1) * pageSize
        let summary = buffer.withUnsafeBytes { bytes in
            summarizer.summarize(bytes.slice(range), header, kind, into: &table)
        }
        work += range.count
        table.set(summary, at: page)
        keep(page, summary, range)
    }

    /// The root, and the leaves of etcd's small buckets, which may be any page that holds no revisions.
    private mutating func keep(_ page: Int, _ summary: PageSummary, _ range: Range<Int>) {
        guard summary.state == .leaf, !summary.hasRevisions else { return }
        let isRoot = metas.contains { $0.root == UInt64(page) }
        guard isRoot || keptCount + range.count <= Self.keptLimit, range.count <= 1 << 20 else { return }
        kept[page] = Array(buffer[range])
        keptCount += range.count
    }

    /// Forgets what no page needs any more.
    private mutating func trim() {
        let oldest = min(nextPage, open.map(\.page).min() ?? nextPage)
        let count = (oldest - firstPage) * pageSize
        // Moving the rest to the front costs as much as it has bytes.
        guard count > 0, count >= 1 << 20 || 2 * count >= buffer.count else { return }
        buffer.removeFirst(count)
        firstPage = oldest
    }
}
