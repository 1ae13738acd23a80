/// Which keys of encryption at rest the values need: `aescbc key1`, as Kubernetes writes them before each value
/// (`k8s:enc:PROVIDER:v1:KEYNAME:`). At most seven; more than that are no longer told apart, and said to be there.
struct EncryptionProviders {
    private static let prefix = Array("k8s:enc:".utf8)
    private static let longest = 300
    private(set) var names: [String] = []

    /// The bit that stands for what a value needs; 0 for one that is not encrypted.
    mutating func bit(of value: UnsafeRawBufferPointer) -> UInt8 {
        guard value.count > Self.prefix.count, value.starts(with: Self.prefix) else { return 0 }
        let parts = value.prefix(Self.longest).dropFirst(Self.prefix.count)
            .split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return 0 }
        let name = String(decoding: parts[0], as: UTF8.self) + " " + String(decoding: parts[2], as: UTF8.self)
        if let index = names.firstIndex(of: name) { return 1 << UInt8(index) }
        guard names.count < 7 else { return 1 << 7 }
        names.append(name)
        return 1 << UInt8(names.count - 1)
    }

    func names(of bits: UInt8) -> [String] {
        names.indices.filter { bits >> UInt8($0) & 1 == 1 }.map { names[$0] }.sorted()
            + (bits >> 7 == 1 ? ["and others"] : [])
    }
}
