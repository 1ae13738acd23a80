/// Checks the tree of pages from a root down: every page once, within the file, keys in order across pages.
struct TreeCheck {
    private let table: PageTable
    private let pageCount: Int
    private var isVisited: [Bool]
    private static let deepest = 64

    private(set) var usedPages = 0

    /// What one bucket's pages say together.
    struct Bucket {
        var elements = 0
        var providers: UInt8 = 0
        var last: UInt64?
        var hasOnlyRevisions = true
    }

    init(_ table: PageTable, pageCount: Int) {
        self.table = table
        self.pageCount = pageCount
        isVisited = Array(repeating: false, count: pageCount)
    }

    /// Marks a page and what overflows it. Throws `tree` for one that is outside, twice, or none.
    mutating func visit(_ number: UInt64) throws(SnapshotError) -> PageSummary {
        guard let page = Int(exactly: number), page >= 2, page < pageCount, page < table.pages.count else {
            throw SnapshotError(.tree, "the tree leads to page \(number), and there are \(pageCount)")
        }
        let summary = table.pages[page]
        switch summary.state {
        case .none: throw SnapshotError(.tree, "page \(page) is not the one that the tree leads to")
        case .broken: throw SnapshotError(.tree, "page \(page) contradicts itself")
        case .branch, .leaf: break
        }
        guard page + Int(summary.overflow) < pageCount else {
            throw SnapshotError(.tree, "page \(page) is longer than the file")
        }
        for place in page...page + Int(summary.overflow) {
            guard !isVisited[place] else { throw SnapshotError(.tree, "page \(place) stands twice in the tree") }
            isVisited[place] = true
            usedPages += 1
        }
        return summary
    }

    /// Walks a bucket.
    mutating func walk(_ root: UInt64) throws(SnapshotError) -> Bucket {
        var bucket = Bucket()
        try walk(root, depth: 0, atLeast: nil, below: nil, &bucket)
        return bucket
    }

    private mutating func walk(
        _ number: UInt64, depth: Int, atLeast: UInt64?, below: UInt64?, _ bucket: inout Bucket
    ) throws(SnapshotError) {
        guard depth < Self.deepest else { throw SnapshotError(.tree, "the tree is deeper than any can be") }
        let summary = try visit(number)
        bucket.hasOnlyRevisions = bucket.hasOnlyRevisions && (summary.hasRevisions || summary.count == 0)
        if summary.count > 0 {
            let fits = (atLeast.map { $0 <= summary.first } ?? true) && (below.map { summary.last <= $0 } ?? true)
            guard fits else { throw SnapshotError(.tree, "keys of page \(number) are not between those above it") }
        }
        switch summary.state {
        case .leaf: try add(summary, number, &bucket)
        case .branch: try descend(summary, depth: depth, below: below, &bucket)
        case .none, .broken: break
        }
    }

    private func add(_ summary: PageSummary, _ number: UInt64, _ bucket: inout Bucket) throws(SnapshotError) {
        guard summary.count > 0 else { return }
        if let last = bucket.last, summary.first < last || bucket.hasOnlyRevisions && Self.isSame(summary.first, last) {
            throw SnapshotError(.tree, "keys of page \(number) come before those of the page on its left")
        }
        bucket.last = summary.last
        bucket.elements += Int(summary.count)
        bucket.providers |= summary.providers
    }

    /// Revisions that do not fit into a word are equal there, and need not be.
    private static func isSame(_ left: UInt64, _ right: UInt64) -> Bool { left == right && !Revision.isFull(left) }

    private mutating func descend(
        _ summary: PageSummary, depth: Int, below: UInt64?, _ bucket: inout Bucket
    ) throws(SnapshotError) {
        for index in 0..<Int(summary.count) {
            let child = Int(summary.children) + index
            let next = index + 1 < Int(summary.count) ? table.childKeys[child + 1] : below
            try walk(
                UInt64(table.childPages[child]), depth: depth + 1, atLeast: table.childKeys[child], below: next,
                &bucket)
        }
    }
}
