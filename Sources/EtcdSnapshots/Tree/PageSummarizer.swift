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
        guard let page = Page(bytes, kind: kind, elementCount: header.elementCount) else { return summary }
        switch kind {
        case .leaf: return read(leaf: page, summary)
        case .branch: return read(branch: page, summary, &table)
        }
    }

    private mutating func read(leaf page: Page, _ summary: PageSummary) -> PageSummary {
        var summary = summary
        var previous: UnsafeRawBufferPointer?
        summary.hasRevisions = page.elementCount > 0
        for index in 0..<page.elementCount {
            guard let element = page.element(index), previous.map({ isBefore($0, element.key) }) ?? true else {
                return summary
            }
            previous = element.key
            let revision = Revision(element.key)
            if let revision, !element.isBucket {
                guard read(element.value, at: revision, &summary) else { return summary }
            } else {
                summary.hasRevisions = false
            }
            summary.last = revision?.packed ?? Self.prefix(element.key)
            if index == 0 { summary.first = summary.last }
        }
        summary.state = .leaf
        return summary
    }

    /// A tombstone has a key alone; what marks a bumped revision has nothing.
    private mutating func read(
        _ value: UnsafeRawBufferPointer, at revision: Revision, _ summary: inout PageSummary
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
        for index in 0..<page.elementCount {
            guard let element = page.element(index), previous.map({ isBefore($0, element.key) }) ?? true,
                let child = UInt32(exactly: element.number)
            else { return summary }
            previous = element.key
            let revision = Revision(element.key)
            if revision == nil { summary.hasRevisions = false }
            summary.last = revision?.packed ?? Self.prefix(element.key)
            if index == 0 { summary.first = summary.last }
            children.append((child, summary.last))
        }
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
