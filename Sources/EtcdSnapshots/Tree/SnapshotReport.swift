#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Puts together what the walk of a snapshot found: the tree from its root, and what etcd's buckets say.
struct SnapshotReport {
    let metas: [Meta]
    let table: PageTable
    let kept: [Int: [UInt8]]
    var summarizer: PageSummarizer

    /// Throws ``SnapshotError``.
    mutating func summary(digest: [UInt8], byteCount: Int) throws(SnapshotError) -> SnapshotSummary {
        guard let meta = metas.max(by: { $0.transaction < $1.transaction }) else {
            throw SnapshotError(.notBbolt, "no meta page of the snapshot is whole")
        }
        guard meta.pageCount == UInt64(table.pages.count) else {
            throw SnapshotError(
                .truncated, "the database has \(meta.pageCount) pages, and \(table.pages.count) were sent")
        }
        var check = TreeCheck(table, pageCount: table.pages.count)
        _ = try check.visit(meta.root)
        guard let root = kept[Int(meta.root)] else {
            throw SnapshotError(.notEtcd, "the root of the tree is no list of buckets")
        }
        var summary = SnapshotSummary(
            digest: Self.hex(digest), byteCount: byteCount, pageSize: meta.pageSize, pageCount: table.pages.count,
            usedPages: 0, revision: 0, compactRevision: 0, records: 0, buckets: [:], encryptionKeys: [], members: [],
            alarms: 0)
        var small: [String: [String: [UInt8]]] = [:]
        for (name, bucket) in try buckets(root) {
            let found: TreeCheck.Bucket
            switch bucket {
            case .tree(let page):
                found = try check.walk(page)
                if let bytes = kept[Int(page)] { small[name] = try elements(bytes) }
            case .inside(let bytes):
                small[name] = try elements(bytes)
                found = try inlineBucket(bytes)
            }
            summary.buckets[name] = found.elements
            if name == "key" { try read(found, into: &summary) }
        }
        guard summary.buckets["key"] != nil, summary.buckets["meta"] != nil else {
            throw SnapshotError(.notEtcd, "the database has no buckets of etcd")
        }
        summary.usedPages = check.usedPages
        SmallBuckets(small).read(into: &summary)
        return summary
    }

    private enum Bucket {
        case tree(UInt64)
        /// A page within the element.
        case inside([UInt8])
    }

    private func buckets(_ root: [UInt8]) throws(SnapshotError) -> [(name: String, bucket: Bucket)] {
        try Self.each(root) { element in
            guard element.isBucket, element.value.count >= 16 else { return nil }
            let page = element.value.number64(at: 0)
            return (
                String(decoding: element.key, as: UTF8.self),
                page > 0 ? .tree(page) : .inside(Array(element.value.dropFirst(16)))
            )
        }
    }

    private func elements(_ page: [UInt8]) throws(SnapshotError) -> [String: [UInt8]] {
        let pairs = try Self.each(page) { (String(decoding: $0.key, as: UTF8.self), Array($0.value)) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private mutating func inlineBucket(_ bytes: [UInt8]) throws(SnapshotError) -> TreeCheck.Bucket {
        guard bytes.count >= Page.Header.count else {
            throw SnapshotError(.tree, "a bucket within the root is cut off")
        }
        var scratch = PageTable()
        var summarizer = summarizer
        let summary = bytes.withUnsafeBytes {
            summarizer.summarize($0, Page.Header($0), .leaf, into: &scratch)
        }
        self.summarizer = summarizer
        guard summary.state == .leaf else { throw SnapshotError(.tree, "a bucket within the root contradicts itself") }
        return TreeCheck.Bucket(
            elements: Int(summary.count), providers: summary.providers, last: summary.count > 0 ? summary.last : nil,
            hasOnlyRevisions: summary.hasRevisions || summary.count == 0)
    }

    private static func each<Result>(
        _ bytes: [UInt8], _ read: (Page.Element) -> Result?
    ) throws(SnapshotError) -> [Result] {
        let results: [Result]? = bytes.withUnsafeBytes { buffer in
            guard buffer.count >= Page.Header.count else { return nil }
            let count = Page.Header(buffer).elementCount
            guard let page = Page(buffer, kind: .leaf, elementCount: count) else { return nil }
            var results: [Result] = []
            let isWhole = page.forEach { _, element in
                guard let result = read(element) else { return false }
                results.append(result)
                return true
            }
            return isWhole ? results : nil
        }
        guard let results else { throw SnapshotError(.tree, "a page of small buckets contradicts itself") }
        return results
    }

    private func read(_ bucket: TreeCheck.Bucket, into summary: inout SnapshotSummary) throws(SnapshotError) {
        guard bucket.hasOnlyRevisions else {
            throw SnapshotError(.record, "etcd's bucket of keys holds something that is no revision")
        }
        summary.records = bucket.elements
        summary.revision = Int64(bucket.last.map { $0 >> 20 } ?? 0)
        summary.encryptionKeys = summarizer.providers.names(of: bucket.providers)
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// What etcd's small buckets say, as far as they were kept. What is missing is left as it is: nothing depends on it but
/// what people read.
struct SmallBuckets {
    private let buckets: [String: [String: [UInt8]]]

    init(_ buckets: [String: [String: [UInt8]]]) { self.buckets = buckets }

    func read(into summary: inout SnapshotSummary) {
        summary.consistentIndex = number("meta", "consistent_index")
        summary.storageVersion = text("meta", "storageVersion")
        summary.clusterVersion = text("cluster", "clusterVersion")
        let compacted = ["finishedCompactRev", "scheduledCompactRev"].compactMap { number("meta", $0) }
        summary.compactRevision = Int64(clamping: compacted.max() ?? 0)
        summary.revision = max(summary.revision, summary.compactRevision)
        summary.members = members()
        summary.alarms = summary.buckets["alarm"] ?? 0
    }

    private func text(_ bucket: String, _ key: String) -> String? {
        buckets[bucket]?[key].map { String(decoding: $0.prefix(64), as: UTF8.self) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Eight bytes, most significant first; a revision has its main number there.
    private func number(_ bucket: String, _ key: String) -> UInt64? {
        guard let bytes = buckets[bucket]?[key], bytes.count >= 8 else { return nil }
        return bytes.withUnsafeBytes { $0.bigEndian64(at: 0) }
    }

    private struct MemberRecord: Decodable {
        var id: UInt64
        var peerURLs: [String]?
        var isLearner: Bool?
        var name: String?
    }

    private func members() -> [SnapshotSummary.Member] {
        (buckets["members"] ?? [:]).values.compactMap { value in
            try? JSONDecoder().decode(MemberRecord.self, from: Data(value))
        }.map {
            SnapshotSummary.Member(
                id: String($0.id, radix: 16), name: $0.name ?? "", peerURLs: $0.peerURLs ?? [],
                isLearner: $0.isLearner ?? false)
        }.sorted { $0.id < $1.id }
    }
}
