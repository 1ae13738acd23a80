/// The text at the start of an age file (C2SP, `age.md`): the file key, once for every recipient, and a code that shows
/// that nobody changed it.
struct Header: Hashable, Sendable {
    struct Stanza: Hashable, Sendable {
        var type: String
        var arguments: [String]
        var body: [UInt8]
    }

    var stanzas: [Stanza]
    /// 32 bytes of HMAC-SHA-256.
    var code: [UInt8]
    /// What the code is over: the text up to and including `---`.
    var authenticated: [UInt8]

    static let version = "age-encryption.org/v1"
    static let columns = 64
    /// Of a whole header: thousands of recipients.
    static let limit = 1 << 20

    /// The text that the code is over.
    static func text(_ stanzas: [Stanza]) -> [UInt8] {
        var text = version + "\n"
        for stanza in stanzas {
            text += "-> " + ([stanza.type] + stanza.arguments).joined(separator: " ") + "\n"
            var body = Base64.encode(stanza.body, .without)[...]
            while body.count >= columns {
                text += body.prefix(columns) + "\n"
                body = body.dropFirst(columns)
            }
            text += body + "\n"
        }
        return Array((text + "---").utf8)
    }

    /// The whole header with its code.
    static func bytes(_ authenticated: [UInt8], code: [UInt8]) -> [UInt8] {
        authenticated + Array((" " + Base64.encode(code, .without) + "\n").utf8)
    }
}

/// Reads a header line by line, strictly: what ``Header/text(_:)`` would not have written is refused.
struct HeaderReader {
    private var authenticated: [UInt8] = []
    private var stanzas: [Header.Stanza] = []
    private var open: Header.Stanza?
    private var bodyText: [UInt8] = []
    private var hasVersion = false

    /// Takes a line without its LF; returns the header with its last line.
    ///
    /// Throws ``AgeError``: `unsupported` for another version, `malformed` for anything else that is no header.
    mutating func read(_ line: [UInt8]) throws(AgeError) -> Header? {
        guard hasVersion else {
            try readVersion(line)
            return nil
        }
        if let stanza = open {
            try readBody(line, of: stanza)
            return nil
        }
        if line.starts(with: Array("---".utf8)) { return try readEnd(line) }
        try readStanza(line)
        return nil
    }

    private mutating func readVersion(_ line: [UInt8]) throws(AgeError) {
        let text = String(decoding: line.prefix(64), as: UTF8.self)
        guard text == Header.version else {
            if text.hasPrefix("age-encryption.org/") {
                throw AgeError(.unsupported, "the file has version \"\(text.dropFirst(19))\" of age's format, not v1")
            }
            if text.hasPrefix(Armor.begin) { throw AgeError(.malformed, "the file is armored text") }
            throw AgeError(.malformed, "the file does not begin as an age file does")
        }
        hasVersion = true
        authenticated = line + [10]
    }

    private mutating func readStanza(_ line: [UInt8]) throws(AgeError) {
        let words = line.split(separator: 32, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].elementsEqual("->".utf8),
            words.dropFirst().allSatisfy({ !$0.isEmpty && $0.allSatisfy { (33...126).contains($0) } })
        else { throw AgeError(.malformed, "line \(stanzas.count + 2) of the header is no recipient") }
        let texts = words.dropFirst().map { String(decoding: $0, as: UTF8.self) }
        open = Header.Stanza(type: texts[0], arguments: Array(texts.dropFirst()), body: [])
        bodyText = []
        authenticated += line + [10]
    }

    /// A body ends with its first line that is shorter than 64 letters.
    private mutating func readBody(_ line: [UInt8], of stanza: Header.Stanza) throws(AgeError) {
        guard line.count <= Header.columns else {
            throw AgeError(.malformed, "a recipient in the header has a line that is too long")
        }
        bodyText += line
        authenticated += line + [10]
        guard line.count < Header.columns else { return }
        guard let body = Base64.decode(bodyText, .without) else {
            throw AgeError(.malformed, "a recipient in the header is no canonical base64")
        }
        var stanza = stanza
        stanza.body = body
        stanzas.append(stanza)
        open = nil
    }

    private func readEnd(_ line: [UInt8]) throws(AgeError) -> Header {
        guard !stanzas.isEmpty else { throw AgeError(.malformed, "the header has no recipient") }
        guard line.starts(with: Array("--- ".utf8)), let code = Base64.decode(line.dropFirst(4), .without),
            code.count == 32
        else { throw AgeError(.malformed, "the last line of the header is no authentication code") }
        return Header(stanzas: stanzas, code: code, authenticated: authenticated + Array("---".utf8))
    }
}
