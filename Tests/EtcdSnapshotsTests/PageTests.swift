import Testing

@testable import EtcdSnapshots

/// Pages as bbolt writes them, and such as it never does.
@Suite struct PageTests {
    /// A leaf of these keys and values in pages of 1,024 bytes, packed as `node.write` does; `gap` bytes lie before each.
    private func leaf(_ pairs: [(String, Int)], gap: Int = 0, pages: Int = 1) -> [UInt8] {
        var heads: [UInt8] = []
        var data: [UInt8] = []
        for (index, (key, size)) in pairs.enumerated() {
            data += [UInt8](repeating: 0, count: gap)
            let place = 16 * (pairs.count - index) + data.count
            for number in [0, place, key.utf8.count, size] {
                heads += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            }
            data += Array(key.utf8) + [UInt8](repeating: 7, count: size)
        }
        let page = [UInt8](repeating: 0, count: 16) + heads + data
        return page + [UInt8](repeating: 0, count: pages * 1_024 - page.count)
    }

    private func isWhole(_ bytes: [UInt8], count: Int, overflow: Int = 0) -> Bool {
        bytes.withUnsafeBytes { buffer in
            guard let page = Page(buffer, kind: .leaf, elementCount: count, overflow: overflow) else { return false }
            return page.forEach { _, _ in true }
        }
    }

    @Test func whatIsPackedIsRead() {
        #expect(isWhole(leaf([]), count: 0))
        #expect(isWhole(leaf([("a", 3), ("b", 0), ("c", 900)]), count: 3))
        #expect(isWhole(leaf([("a", 1_500)], pages: 2), count: 1, overflow: 1))
        // Older releases take one page more where the last is full.
        #expect(isWhole(leaf([("a", 1_024 - 33)], pages: 2), count: 1, overflow: 1))
    }

    @Test func aCountThatLiesShows() {
        let pairs = [("a", 3), ("b", 0), ("c", 9), ("d", 1)]
        let bytes = leaf(pairs)
        for count in 0...8 where count != pairs.count { #expect(!isWhole(bytes, count: count), "\(count)") }
    }

    @Test func aLengthOrAPlaceThatLiesShows() {
        let bytes = leaf([("a", 3), ("b", 0), ("c", 9)])
        // Of the last value's length nothing else tells.
        for place in 16..<16 + 2 * 16 where place % 16 >= 4 {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << bit
                #expect(!isWhole(damaged, count: 3), "byte \(place), bit \(bit)")
            }
        }
        #expect(!isWhole(leaf([("a", 3), ("b", 0)], gap: 1), count: 2))
    }

    @Test func anOverflowThatLiesShows() {
        let bytes = leaf([("a", 1_500)], pages: 3)
        #expect(!isWhole(bytes, count: 1, overflow: 2))
        #expect(!isWhole(Array(bytes.prefix(1_024)), count: 1, overflow: 0))
    }
}
