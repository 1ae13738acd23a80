/// age's text form of a small file, to be printed or pasted: base64 between two lines.
public enum Armor {
    static let begin = "-----BEGIN AGE ENCRYPTED FILE-----"
    static let end = "-----END AGE ENCRYPTED FILE-----"
    private static let limit = 16 << 20

    /// The text, with a final line end.
    public static func text(_ bytes: [UInt8]) -> String {
        var lines = [begin]
        var rest = Base64.encode(bytes, .with)[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(Header.columns)))
            rest = rest.dropFirst(Header.columns)
        }
        return (lines + [end]).joined(separator: "\n") + "\n"
    }

    /// Whether a file begins as an armored one does.
    public static func isArmored(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: Array(begin.utf8)) }

    /// The bytes. Line ends may be CRLF, and white space may stand before and after, as it comes of pasting.
    ///
    /// Throws ``AgeError``: `malformed`, or `tooLarge` above 16 MiB.
    public static func bytes(_ text: [UInt8]) throws(AgeError) -> [UInt8] {
        guard text.count <= limit else { throw AgeError(.tooLarge, "armored text of more than 16 MiB is not read") }
        var lines = text.split(separator: 10, omittingEmptySubsequences: false).map { line in
            line.last == 13 ? Array(line.dropLast()) : Array(line)
        }
        let isBlank: ([UInt8]) -> Bool = { $0.allSatisfy(isSpace) }
        lines = Array(lines.drop(while: isBlank))
        while lines.last.map(isBlank) == true { lines.removeLast() }
        guard lines.count >= 2, lines.first == Array(begin.utf8), lines.last == Array(end.utf8) else {
            throw AgeError(.malformed, "the armored text does not begin and end as it should")
        }
        let body = lines.dropFirst().dropLast()
        guard body.dropLast().allSatisfy({ $0.count == Header.columns }),
            body.last.map({ (1...Header.columns).contains($0.count) }) ?? true,
            let bytes = Base64.decode(body.flatMap { $0 }, .with)
        else { throw AgeError(.malformed, "the armored text is no canonical base64 of 64 columns") }
        return bytes
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
}
