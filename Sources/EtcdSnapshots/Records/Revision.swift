/// A revision as a key of etcd's bucket `key`: main and sub, and whether it deletes.
struct Revision: Hashable, Comparable {
    var main: UInt64
    var sub: UInt64
    var isTombstone: Bool

    /// `nil` unless the bytes are `main _ sub`, with `t` behind it for a tombstone.
    init?(_ key: UnsafeRawBufferPointer) {
        guard key.count == 17 || key.count == 18 && key[17] == UInt8(ascii: "t"), key[8] == UInt8(ascii: "_") else {
            return nil
        }
        main = key.bigEndian64(at: 0)
        sub = key.bigEndian64(at: 9)
        isTombstone = key.count == 18
    }

    /// In one word, in the same order while main is below 2^44 and sub below 2^20; beyond that equal where it is less.
    var packed: UInt64 { min(main, 1 << 44 - 1) << 20 | min(sub, 1 << 20 - 1) }

    /// Whether ``packed`` could not tell it from one that follows.
    static func isFull(_ packed: UInt64) -> Bool {
        packed & (1 << 20 - 1) == 1 << 20 - 1 || packed >> 20 == 1 << 44 - 1
    }

    static func < (left: Revision, right: Revision) -> Bool { (left.main, left.sub) < (right.main, right.sub) }
}
