public import Secrets

/// Seals a stream to recipients, piece by piece: what comes out can be written as it comes.
///
/// Memory: two pieces of 64 KiB, whatever the stream's length. Not to be shared between tasks.
public struct Sealer: ~Copyable {
    /// Takes sealed bytes; they are valid during the call only.
    public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let cipher: ChunkCipher
    private var head: [UInt8]
    private var number: UInt64 = 0
    /// A sink failed: what it was given is lost, and the file can no longer become whole.
    private var isBroken = false
    private var pending: [UInt8] = []
    private var sealed = [UInt8](repeating: 0, count: ChunkCipher.sealedCount)

    /// Throws ``AgeError``: `badKey` without a recipient, or for one that is none.
    public init(to recipients: [AgeRecipient]) throws(AgeError) {
        guard !recipients.isEmpty else { throw AgeError(.badKey, "there is no recipient to seal to") }
        let fileKey = Self.fileKey()
        var stanzas: [Header.Stanza] = []
        for recipient in recipients { stanzas.append(try recipient.wrap(fileKey)) }
        self.init(stanzas, fileKey)
    }

    /// Seals to a passphrase alone: age allows no other recipient beside it. Throws ``AgeError``.
    public init(passphrase: SecretBytes) throws(AgeError) {
        let fileKey = Self.fileKey()
        self.init([try Passphrase.wrap(fileKey, passphrase)], fileKey)
    }

    private init(_ stanzas: [Header.Stanza], _ fileKey: SecretBytes) {
        let text = Header.text(stanzas)
        let nonce = Sodium.random(ChunkCipher.nonceCount)
        cipher = ChunkCipher(fileKey: fileKey, nonce: nonce)
        head = Header.bytes(text, code: KeyDerivation.code(of: text, fileKey: fileKey)) + nonce
        pending.reserveCapacity(ChunkCipher.plainCount)
    }

    private static func fileKey() -> SecretBytes {
        var bytes = Sodium.random(WrappedKey.fileKeyCount)
        return SecretBytes(consuming: &bytes)
    }

    /// Takes more of the stream. Throws what `sink` throws.
    public mutating func write(_ bytes: UnsafeRawBufferPointer, to sink: Sink) throws {
        try begin(sink)
        var rest = bytes[...]
        while !rest.isEmpty {
            // A full piece is sealed only when it is known not to be the last.
            if pending.count == ChunkCipher.plainCount { try flush(.inside, to: sink) }
            if pending.isEmpty, rest.count > ChunkCipher.plainCount {
                let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(ChunkCipher.plainCount))
                try seal(piece, .inside, to: sink)
                rest = rest.dropFirst(ChunkCipher.plainCount)
                continue
            }
            let part = rest.prefix(ChunkCipher.plainCount - pending.count)
            pending.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
        }
        isBroken = false
    }

    /// Ends the stream. Without this what was written is a file that no reader takes for whole.
    public consuming func finish(to sink: Sink) throws {
        try begin(sink)
        try flush(.last, to: sink)
    }

    private mutating func begin(_ sink: Sink) throws {
        guard !isBroken else { throw AgeError(.truncated, "what was sealed before could not be written") }
        isBroken = true
        try writeHead(to: sink)
    }

    private mutating func writeHead(to sink: Sink) throws {
        guard !head.isEmpty else { return }
        try head.withUnsafeBytes(sink)
        head = []
    }

    private mutating func flush(_ place: ChunkCipher.Place, to sink: Sink) throws {
        let piece = pending
        try piece.withUnsafeBytes { try seal($0, place, to: sink) }
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func seal(_ piece: UnsafeRawBufferPointer, _ place: ChunkCipher.Place, to sink: Sink) throws {
        try sealed.withUnsafeMutableBytes { buffer in
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(piece.count + ChunkCipher.codeCount)])
            cipher.seal(piece, number: number, place, into: target)
            // Before the sink is called: no number may ever seal two pieces.
            number += 1
            try sink(UnsafeRawBufferPointer(target))
        }
    }
}
