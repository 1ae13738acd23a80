/// What kupgrade on another host asks of this one over ssh, as `sshd` hands it to a key that can run one command only
/// (`SSH_ORIGINAL_COMMAND`, sshd(8), `command=`): this host decides what is done about it.
public struct AskedCommand: Equatable, Sendable {
    /// Marks how far the command got (``WrapperMarks``).
    let nonce: String
    /// Bytes of standard input that are the command's own.
    let inputCount: Int
    /// The command's own words.
    public let arguments: [String]

    /// `nil` for a line that no session of kupgrade's sends. Whether it is root's there, the key has decided.
    public init?(line: String) {
        guard let words = Self.words(line), words.count > 10, words[..<2] == ["/bin/sh", "-c"], Self.isNonce(words[3]),
            let shell = words.indices.dropFirst(4).first(where: { words[$0] == "/bin/sh" }), shell + 6 < words.count,
            words[shell + 1] == "-c", words[shell + 3] == Wrapper.name, words[shell + 4] == words[3],
            let count = Int(words[shell + 5]), count >= 0
        else { return nil }
        nonce = words[3]
        inputCount = count
        arguments = Array(words[(shell + 6)...])
    }

    /// What is run for it: this host's own words, within the wrapper that the other side listens to.
    public func words(running arguments: [String]) -> [String] {
        Wrapper.marked(nonce) + Wrapper.inner(arguments, inputCount: inputCount, nonce: nonce)
    }

    /// The words to run where a connection of kupgrade's asks only to stand, and for nothing else; `nil` otherwise.
    public static func standing(line: String) -> [String]? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        // `exec /bin/sh -c 'echo MARK; exec cat >/dev/null'`
        guard words.count > 4, words[4].hasSuffix(";"), isNonce(String(words[4].dropLast())) else { return nil }
        let mark = String(words[4].dropLast())
        return line == Wrapper.standing(mark) ? ["/bin/sh", "-c", Wrapper.standingScript(mark)] : nil
    }

    private static func isNonce(_ word: String) -> Bool {
        !word.isEmpty && word.utf8.count <= 64 && !word.hasPrefix("-") && word.utf8.allSatisfy(Wrapper.isPlain)
    }

    /// The words of a line that ``Wrapper/quote(_:)`` made; `nil` for what needs a shell to be read.
    static func words(_ line: String) -> [String]? {
        var words: [String] = []
        var word: [UInt8]?
        var isQuoted = false
        var bytes = line.utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "'"):
                isQuoted.toggle()
                word = word ?? []
            case _ where isQuoted || Wrapper.isPlain(byte):
                word = word ?? []
                word?.append(byte)
            case UInt8(ascii: " "):
                word.map { words.append(String(decoding: $0, as: UTF8.self)) }
                word = nil
            case UInt8(ascii: "\\"):
                guard bytes.next() == UInt8(ascii: "'") else { return nil }
                word = (word ?? []) + [UInt8(ascii: "'")]
            default: return nil
            }
        }
        guard !isQuoted else { return nil }
        return words + (word.map { [String(decoding: $0, as: UTF8.self)] } ?? [])
    }
}
