/// Bech32 (BIP 173) without its limit of 90 characters, as age writes keys.
enum Bech32 {
    private static let letters = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]

    /// In lower case.
    static func encode(_ prefix: String, _ bytes: some Collection<UInt8>) -> String {
        guard let values = regroup(bytes, from: 8, to: 5, padding: true) else { return "" }
        let check = polynomial(expanded(Array(prefix.utf8)) + values + [0, 0, 0, 0, 0, 0]) ^ 1
        let sum = (0..<6).map { UInt8(truncatingIfNeeded: check >> UInt32(5 * (5 - $0)) & 31) }
        return prefix + "1" + String(decoding: (values + sum).map { letters[Int($0)] }, as: UTF8.self)
    }

    /// The prefix in lower case and the bytes; `nil` for mixed case, a wrong letter, length or check sum.
    static func decode(_ text: [UInt8]) -> (prefix: String, bytes: [UInt8])? {
        let hasLower = text.contains { (97...122).contains($0) }
        let hasUpper = text.contains { (65...90).contains($0) }
        guard !(hasLower && hasUpper), text.count <= 1_024, let split = text.lastIndex(of: 49), split > 0,
            text.count - split > 6
        else { return nil }
        let lower = text.map { (65...90).contains($0) ? $0 + 32 : $0 }
        let prefix = Array(lower[..<split])
        guard prefix.allSatisfy({ (33...126).contains($0) }) else { return nil }
        var values: [UInt8] = []
        for letter in lower[(split + 1)...] {
            guard let value = letters.firstIndex(of: letter) else { return nil }
            values.append(UInt8(value))
        }
        guard polynomial(expanded(prefix) + values) == 1,
            let bytes = regroup(values.dropLast(6), from: 5, to: 8, padding: false)
        else { return nil }
        return (String(decoding: prefix, as: UTF8.self), bytes)
    }

    private static func expanded(_ prefix: [UInt8]) -> [UInt8] {
        prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 }
    }

    private static func polynomial(_ values: [UInt8]) -> UInt32 {
        var check: UInt32 = 1
        for value in values {
            let top = check >> 25
            check = (check & 0x1ff_ffff) << 5 ^ UInt32(value)
            for (index, generator) in generators.enumerated() where top >> UInt32(index) & 1 == 1 { check ^= generator }
        }
        return check
    }

    /// `nil` where the padding is not all zero or longer than it may be.
    private static func regroup(
        _ values: some Collection<UInt8>, from: Int, to: Int, padding: Bool
    ) -> [UInt8]? {
        var result: [UInt8] = []
        var buffer = 0
        var bits = 0
        for value in values {
            buffer = (buffer << from | Int(value)) & 0xfff
            bits += from
            while bits >= to {
                bits -= to
                result.append(UInt8(buffer >> bits & ((1 << to) - 1)))
            }
        }
        let rest = buffer << (to - bits) & ((1 << to) - 1)
        if padding {
            if bits > 0 { result.append(UInt8(rest)) }
        } else if bits >= from || rest != 0 {
            return nil
        }
        return result
    }
}
