/// Makes the summary of a page from its bytes: every element within its bounds, keys in order, and each record the
/// revision that its key says.
struct PageSummarizer {
    private(set) var providers = EncryptionProviders()

    mutating func summarize(
        _ bytes: UnsafeRawBufferPointer, _ header: Page.Header, _ kind: Page.Kind, into table: inout PageTable
    ) -> PageSummary {
        var summary = PageSummary()
        summary.overflow = UInt32(header.overflow)
        summary.count = UInt16(header.elementCount)
        summary.state = .broken
        guard
            let page = Page(bytes, kind: kind, elementCount: header.elementCount, overflow: header.overflow)
        else { return summary }
        switch kind {
        case .leaf: return read(leaf: page, summary)
        case .branch: return read(branch: page, summary, &table)
        }
    }

    private mutating func read(leaf page: Page, _ summary: PageSummary) -> PageSummary {
        var result = summary
        var previous: UnsafeRawBufferPointer?
        var providers = providers
        result.hasRevisions = page.elementCount > 0
        let isWhole = page.forEach { index, element in
            guard previous.map({ isBefore($0, element.key) }) ?? true else { return false }
            previous = element.key
            let revision = Revision(element.key)
            // A key of another bucket may look like a revision; then its value is no record of one.
            let isRecord = revision.map { !element.isBucket && Self.read(element.value, at: $0, &result, &providers) }
            if isRecord != true { result.hasRevisions = false }
            result.last = revision?.packed ?? Self.prefix(element.key)
            if index == 0 { result.first = result.last }
            return true
        }
        self.providers = providers
        guard isWhole else { return summary }
        // Other buckets are compared by the beginnings of their keys.
        if !result.hasRevisions, page.elementCount > 0 { Self.mark(&result, page) }
        result.state = .leaf
        return result
    }

    private static func mark(_ summary: inout PageSummary, _ page: Page) {
        var result = summary
        _ = page.forEach { index, element in
            result.last = prefix(element.key)
            if index == 0 { result.first = result.last }
            return true
        }
        summary = result
    }

    /// A tombstone has a key alone; what marks a bumped revision has nothing.
    private static func read(
        _ value: UnsafeRawBufferPointer, at revision: Revision, _ summary: inout PageSummary,
        _ providers: inout EncryptionProviders
    ) -> Bool {
        guard let record = KeyValueRecord(value) else { return false }
        if value.isEmpty || revision.isTombstone { return true }
        summary.providers |= providers.bit(of: record.value)
        return record.modRevision == revision.main
    }

    private func read(branch page: Page, _ summary: PageSummary, _ table: inout PageTable) -> PageSummary {
        var summary = summary
        guard page.elementCount > 0 else { return summary }
        summary.children = UInt32(table.childCount)
        summary.hasRevisions = true
        var previous: UnsafeRawBufferPointer?
        var children: [(UInt32, UInt64)] = []
        children.reserveCapacity(page.elementCount)
        let isWhole = page.forEach { index, element in
            guard previous.map({ isBefore($0, element.key) }) ?? true, let child = UInt32(exactly: element.number)
            else { return false }
            previous = element.key
            let revision = Revision(element.key)
            if revision == nil { summary.hasRevisions = false }
            summary.last = revision?.packed ?? Self.prefix(element.key)
            if index == 0 { summary.first = summary.last }
            children.append((child, summary.last))
            return true
        }
        guard isWhole else { return summary }
        for (child, key) in children { table.addChild(child, key: key) }
        summary.state = .branch
        return summary
    }

    /// The first eight bytes, most significant first; shorter keys are filled with zeros.
    private static func prefix(_ key: UnsafeRawBufferPointer) -> UInt64 {
        if key.count >= 8 { return key.bigEndian64(at: 0) }
        return (0..<8).reduce(0) { $0 << 8 | ($1 < key.count ? UInt64(key[$1]) : 0) }
    }
}
