/// Waits for a line of its own in a stream: what a login shell prints before it, from a profile or a banner, is not ours.
actor MarkWatch {
    private let mark: [UInt8]
    private var before: [UInt8] = []
    private(set) var isSeen = false

    init(mark: String) {
        self.mark = Array("\(mark)\n".utf8)
    }

    /// What follows the mark's line; `nil` while it has not come. Keeps no more than the last 64 KiB before it.
    func feed(_ bytes: [UInt8]) -> [UInt8]? {
        if isSeen { return bytes }
        before += bytes
        guard let end = endOfMark() else {
            if before.count > 64 << 10 { before.removeFirst(before.count - (32 << 10)) }
            return nil
        }
        isSeen = true
        defer { before = [] }
        return Array(before[end...])
    }

    private func endOfMark() -> Int? {
        guard before.count >= mark.count else { return nil }
        for start in 0...(before.count - mark.count) where before[start] == mark[0] {
            let end = start + mark.count
            if before[start..<end].elementsEqual(mark) { return end }
        }
        return nil
    }
}
