#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The blocks of a PEM file: `-----BEGIN label-----`, base64, `-----END label-----`.
///
/// Reads what OpenSSL and Go read (RFC 7468's lax form): text around the blocks, any line length, spaces at line ends.
/// A block that begins and does not end, or whose base64 is broken, is an error and not skipped: half a bundle is not a
/// bundle.
struct PEMText {
    struct Block {
        var label: String
        var bytes: [UInt8]
    }

    private(set) var blocks: [Block] = []

    /// Reads the blocks labelled `wanted` only; others (a private key in the same file) are passed over undecoded.
    init(parsing text: some Collection<UInt8>, wanted: String) throws(PKIError) {
        var open: (label: String, base64: [UInt8])?
        for line in text.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            let line = Self.trimmed(line)
            if let label = Self.label(of: line, after: "-----BEGIN ") {
                guard open == nil else {
                    throw PKIError(.malformed, "a PEM block begins inside another")
                }
                open = (label, [])
            } else if let label = Self.label(of: line, after: "-----END ") {
                guard let block = open, block.label == label else {
                    throw PKIError(.malformed, "a PEM block ends that did not begin")
                }
                open = nil
                if label == wanted { blocks.append(try Self.decoded(block)) }
            } else if open?.label == wanted {
                open?.base64.append(contentsOf: line)
            }
        }
        guard open == nil else {
            throw PKIError(.malformed, "a PEM block has no end: the file is cut off")
        }
    }

    private static func decoded(_ block: (label: String, base64: [UInt8])) throws(PKIError) -> Block {
        guard let data = Data(base64Encoded: Data(block.base64)), !data.isEmpty else {
            throw PKIError(.malformed, "the base64 of a PEM block is broken")
        }
        return Block(label: block.label, bytes: Array(data))
    }

    private static func trimmed<Bytes: Collection<UInt8>>(_ line: Bytes) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        let tail = Array(line.drop(while: isBlank))
        return Array(tail[..<(tail.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? 0)])
    }

    private static func label(of line: [UInt8], after opening: StaticString) -> String? {
        let prefix = opening.withUTF8Buffer { Array($0) }
        let suffix = Array("-----".utf8)
        guard line.count > prefix.count + suffix.count, line.starts(with: prefix), line.suffix(5).elementsEqual(suffix)
        else { return nil }
        return String(decoding: line[prefix.count..<(line.count - suffix.count)], as: UTF8.self)
    }
}
