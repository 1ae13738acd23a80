/// What is remembered of a page when its bytes have gone by: enough to check the tree at the end, in 32 bytes,
/// and 12 more in the branch above it.
struct PageSummary {
    enum State: UInt8 {
        /// Nothing here looks like a page: free space, or the middle of a longer page.
        case none
        case branch
        case leaf
        /// Looks like a page, and contradicts itself.
        case broken
    }

    /// Keys in one word: a revision, or the first eight bytes of any other key.
    var first: UInt64 = 0
    var last: UInt64 = 0
    /// Bits of ``EncryptionProviders`` that its values need.
    var providers: UInt8 = 0
    /// Of a branch: where its children begin in ``PageTable``.
    var children: UInt32 = 0
    /// Pages that follow and belong to it.
    var overflow: UInt32 = 0
    var count: UInt16 = 0
    var state = State.none
    /// Every key is a revision.
    var hasRevisions = false
}

/// The summaries of all pages, by number.
struct PageTable {
    private(set) var pages: [PageSummary] = []
    /// Of all branches, one after the other: page below, and its key there.
    private(set) var childPages: [UInt32] = []
    private(set) var childKeys: [UInt64] = []

    mutating func reserve(_ count: Int) { pages.reserveCapacity(count) }

    mutating func append(_ page: PageSummary) { pages.append(page) }

    mutating func set(_ page: PageSummary, at index: Int) { pages[index] = page }

    var childCount: Int { childPages.count }

    mutating func addChild(_ page: UInt32, key: UInt64) {
        childPages.append(page)
        childKeys.append(key)
    }
}
