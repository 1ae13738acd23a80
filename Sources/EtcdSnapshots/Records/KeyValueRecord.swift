/// One revision of a key as etcd stores it: `mvccpb.KeyValue`, read as far as a backup needs.
struct KeyValueRecord {
    var key = UnsafeRawBufferPointer(start: nil, count: 0)
    var createRevision: UInt64 = 0
    var modRevision: UInt64 = 0
    var version: UInt64 = 0
    var value = UnsafeRawBufferPointer(start: nil, count: 0)
    var lease: UInt64 = 0

    /// `nil` for bytes that are no such message.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = FieldReader(bytes)
        while let field = reader.next() {
            switch (field.number, field.content) {
            case (1, .bytes(let part)): key = part
            case (2, .number(let number)): createRevision = number
            case (3, .number(let number)): modRevision = number
            case (4, .number(let number)): version = number
            case (5, .bytes(let part)): value = part
            case (6, .number(let number)): lease = number
            default: continue
            }
        }
        guard reader.isWhole else { return nil }
    }
}

/// Walks over the fields of a message of protobuf, without copying.
struct FieldReader {
    enum Content {
        case number(UInt64)
        case bytes(UnsafeRawBufferPointer)
    }

    private let bytes: UnsafeRawBufferPointer
    private var place = 0
    private var isBroken = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Every byte belonged to a field.
    var isWhole: Bool { !isBroken && place == bytes.count }

    /// `nil` at the end, or where no field is.
    mutating func next() -> (number: UInt64, content: Content)? {
        guard !isBroken, place < bytes.count else { return nil }
        guard let tag = varint(), tag >> 3 > 0, let content = content(tag & 7) else {
            isBroken = true
            return nil
        }
        return (tag >> 3, content)
    }

    private mutating func content(_ type: UInt64) -> Content? {
        switch type {
        case 0: varint().map { .number($0) }
        case 1: take(8).map { .bytes($0) }
        case 2: varint().flatMap { Int(exactly: $0) }.flatMap { take($0) }.map { .bytes($0) }
        case 5: take(4).map { .bytes($0) }
        default: nil
        }
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, count <= bytes.count - place else { return nil }
        defer { place += count }
        return bytes.slice(place..<place + count)
    }

    private mutating func varint() -> UInt64? {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 64 {
            let byte = bytes[place]
            place += 1
            result |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return result }
            shift += 7
        }
        return nil
    }
}
