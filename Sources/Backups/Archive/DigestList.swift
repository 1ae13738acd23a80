import Crypto

/// `SHA256SUMS`: the digest of every file of an archive, as `sha256sum` writes and checks it.
struct DigestList: Equatable {
    /// Path to 64 hex digits.
    private(set) var digests: [String: String] = [:]
    private var order: [String] = []

    init() {}

    /// Throws ``BackupError`` `damaged` for a line that is none of `sha256sum`'s, or a path that comes twice.
    init(parsing text: [UInt8]) throws(BackupError) {
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let digest = line.prefix(64)
            guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit), line.dropFirst(64).hasPrefix("  ") else {
                throw BackupError(.damaged, "the list of digests cannot be read")
            }
            let path = String(line.dropFirst(66))
            guard digests[path] == nil else { throw BackupError(.damaged, "the list of digests names \(path) twice") }
            add(path, String(digest))
        }
    }

    mutating func add(_ path: String, _ digest: String) {
        digests[path] = digest
        order.append(path)
    }

    var text: String { order.map { "\(digests[$0] ?? "")  \($0)\n" }.joined() }
}

extension Sequence<UInt8> {
    /// Two lower-case digits a byte.
    var hexText: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
