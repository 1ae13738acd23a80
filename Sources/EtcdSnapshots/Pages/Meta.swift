/// A meta page of bbolt: where the tree begins and how many pages there are.
struct Meta: Hashable, Sendable {
    static let count = 64
    private static let magic = 0xED0C_DAED
    private static let version = 2
    /// bbolt's smallest and largest pages.
    static let pageSizes = 1_024...65_536

    let pageSize: Int
    let root: UInt64
    let freelist: UInt64
    /// All pages have numbers below this.
    let pageCount: UInt64
    let transaction: UInt64

    /// Reads what follows the page's header; `nil` unless magic, version and check sum are right.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.count, bytes.number32(at: 0) == Self.magic, bytes.number32(at: 4) == Self.version,
            Self.checkSum(bytes.slice(0..<56)) == bytes.number64(at: 56)
        else { return nil }
        pageSize = bytes.number32(at: 8)
        root = bytes.number64(at: 16)
        freelist = bytes.number64(at: 32)
        pageCount = bytes.number64(at: 40)
        transaction = bytes.number64(at: 48)
        guard Self.pageSizes.contains(pageSize), pageSize.nonzeroBitCount == 1 else { return nil }
    }

    /// FNV-1a of 64 bits.
    private static func checkSum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
