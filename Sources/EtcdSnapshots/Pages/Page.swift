#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One page of bbolt with what overflows it: a header and elements, each checked against the page's bounds.
struct Page {
    enum Kind: UInt8, Sendable {
        case branch = 1
        case leaf = 2
    }

    /// The first 16 bytes.
    struct Header {
        static let count = 16

        let id: UInt64
        let flags: Int
        let elementCount: Int
        let overflow: Int

        init(_ bytes: UnsafeRawBufferPointer) {
            id = bytes.number64(at: 0)
            flags = bytes.number16(at: 8)
            elementCount = bytes.number16(at: 10)
            overflow = bytes.number32(at: 12)
        }

        var kind: Kind? { flags <= 2 ? Kind(rawValue: UInt8(flags)) : nil }
    }

    struct Element {
        let key: UnsafeRawBufferPointer
        /// Of a leaf; empty in a branch.
        let value: UnsafeRawBufferPointer
        /// Of a branch: the page below; of a leaf: its flags, 1 for a bucket.
        let number: UInt64
        /// Where its key begins and its value ends in the page.
        let place: Range<Int>

        var isBucket: Bool { number & 1 == 1 }
    }

    let bytes: UnsafeRawBufferPointer
    let kind: Kind
    let elementCount: Int
    /// All but the last of the pages that it takes.
    private let overflowingBytes: Int

    /// `nil` where the elements' heads do not fit into the page.
    init?(_ bytes: UnsafeRawBufferPointer, kind: Kind, elementCount: Int, overflow: Int = 0) {
        guard Header.count + 16 * elementCount <= bytes.count else { return nil }
        self.bytes = bytes
        self.kind = kind
        self.elementCount = elementCount
        overflowingBytes = bytes.count / (overflow + 1) * overflow
    }

    /// Calls `body` for each element, in order, until it returns `false`. `false` where that happened, where one points out
    /// of the page, or where one does not begin where the one before it ends: bbolt packs them so, the first behind the
    /// elements' heads (`node.go`, `write`), and takes no page more than they need, but one where they fill the last
    /// (older releases). So a count or a length that lies shows, and no page costs more than its length to read.
    func forEach(_ body: (Int, Element) -> Bool) -> Bool {
        guard elementCount > 0 || isBlank else { return false }
        var end = Header.count + 16 * elementCount
        for index in 0..<elementCount {
            guard let element = element(index), element.place.lowerBound == end, body(index, element) else {
                return false
            }
            end = element.place.upperBound
        }
        return end >= overflowingBytes
    }

    /// Nothing where a first element's head would be: bbolt writes an empty page over zeros.
    private var isBlank: Bool {
        bytes.dropFirst(Header.count).prefix(16).allSatisfy { $0 == 0 }
    }

    /// `nil` for one that points out of the page. Positions count from the element itself.
    private func element(_ index: Int) -> Element? {
        let start = Header.count + 16 * index
        switch kind {
        case .leaf:
            let key = start + bytes.number32(at: start + 4)
            let value = key + bytes.number32(at: start + 8)
            let end = value + bytes.number32(at: start + 12)
            guard end <= bytes.count else { return nil }
            return Element(
                key: bytes.slice(key..<value), value: bytes.slice(value..<end),
                number: UInt64(bytes.number32(at: start)), place: key..<end)
        case .branch:
            let key = start + bytes.number32(at: start)
            let end = key + bytes.number32(at: start + 4)
            guard end <= bytes.count else { return nil }
            return Element(
                key: bytes.slice(key..<end), value: bytes.slice(end..<end), number: bytes.number64(at: start + 8),
                place: key..<end)
        }
    }
}

/// The order of keys in bbolt: by bytes, shorter first.
func isBefore(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    let common = min(left.count, right.count)
    if common > 0, let a = left.baseAddress, let b = right.baseAddress {
        let order = memcmp(a, b, common)
        if order != 0 { return order < 0 }
    }
    return left.count < right.count
}
