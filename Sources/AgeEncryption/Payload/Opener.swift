public import Secrets

/// What a sealed file can be opened with.
public enum AgeKey: Sendable {
    case identities([AgeIdentity])
    case passphrase(SecretBytes)

    /// Throws ``AgeError``: `noIdentity`, `wrongPassphrase`, `headerDamaged`, `malformed`.
    func fileKey(of header: Header) throws(AgeError) -> SecretBytes {
        let key = try found(in: header)
        guard KeyDerivation.code(of: header.authenticated, fileKey: key).isSame(as: header.code) else {
            throw AgeError(.headerDamaged, "somebody changed the header of the file")
        }
        return key
    }

    private func found(in header: Header) throws(AgeError) -> SecretBytes {
        let sealed = header.stanzas.filter { $0.type == "scrypt" }
        guard sealed.isEmpty || header.stanzas.count == 1 else {
            throw AgeError(.malformed, "the file is sealed to a passphrase and to something else, which age forbids")
        }
        switch self {
        case .passphrase(let words):
            guard let stanza = sealed.first else {
                throw AgeError(.noIdentity, "the file is sealed to keys, not to a passphrase")
            }
            return try Passphrase.unwrap(stanza, words)
        case .identities(let identities):
            if !sealed.isEmpty { throw AgeError(.noIdentity, "the file is sealed to a passphrase, not to keys") }
            for identity in identities {
                for stanza in header.stanzas {
                    if let key = try identity.unwrap(stanza) { return key }
                }
            }
            throw AgeError(.noIdentity, "none of the identities is one of the file's recipients")
        }
    }
}

/// Opens a sealed stream piece by piece; only what authenticates comes out.
///
/// Memory: a piece of 64 KiB and the header. Not to be shared between tasks.
public struct Opener: ~Copyable {
    /// Takes opened bytes; they are valid during the call only.
    public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private enum State {
        case header
        case nonce(SecretBytes)
        case payload(ChunkCipher)
    }

    private let key: AgeKey
    private var state = State.header
    private var reader = HeaderReader()
    /// Something was wrong: nothing more comes out, and the file does not count as whole.
    private var isBroken = false
    private var headerCount = 0
    private var pending: [UInt8] = []
    private var number: UInt64 = 0
    private var plain = [UInt8](repeating: 0, count: ChunkCipher.plainCount)

    public init(_ key: AgeKey) {
        self.key = key
        pending.reserveCapacity(ChunkCipher.sealedCount)
    }

    /// Takes more of the file. Throws ``AgeError``, or what `sink` throws; nothing that follows a bad piece comes out.
    public mutating func write(_ bytes: UnsafeRawBufferPointer, to sink: Sink) throws {
        try begin()
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .header: rest = try readLine(rest)
            case .nonce(let fileKey): rest = readNonce(rest, fileKey)
            case .payload(let cipher): rest = try readPiece(rest, cipher, sink)
            }
        }
        isBroken = false
    }

    private mutating func begin() throws {
        guard !isBroken else { throw AgeError(.payloadDamaged, "the file was found damaged before") }
        isBroken = true
    }

    /// Ends the file: what is left must be its last piece. Throws ``AgeError``: `truncated`, `payloadDamaged`.
    public consuming func finish(to sink: Sink) throws {
        try begin()
        guard case .payload(let cipher) = state else {
            throw AgeError(.truncated, "the file ends within its header")
        }
        guard pending.count >= ChunkCipher.codeCount else {
            throw AgeError(.truncated, "the file ends before its last part")
        }
        // An empty last piece exists only where there is no other.
        guard pending.count > ChunkCipher.codeCount || number == 0 else {
            throw AgeError(.payloadDamaged, "the last part of the file is empty, which age forbids")
        }
        try open(cipher, .last, sink)
    }

    private mutating func readLine(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> Slice<UnsafeRawBufferPointer> {
        let end = bytes.firstIndex(of: 10)
        let line = bytes[..<(end ?? bytes.endIndex)]
        headerCount += line.count + 1
        guard headerCount <= Header.limit else { throw AgeError(.tooLarge, "the header of the file is too long") }
        pending.append(contentsOf: line)
        guard let end else { return bytes[bytes.endIndex...] }
        let header = try reader.read(pending)
        pending.removeAll(keepingCapacity: true)
        if let header { state = .nonce(try key.fileKey(of: header)) }
        return bytes[(end + 1)...]
    }

    private mutating func readNonce(
        _ bytes: Slice<UnsafeRawBufferPointer>, _ fileKey: SecretBytes
    ) -> Slice<UnsafeRawBufferPointer> {
        let part = bytes.prefix(ChunkCipher.nonceCount - pending.count)
        pending.append(contentsOf: part)
        if pending.count == ChunkCipher.nonceCount {
            state = .payload(ChunkCipher(fileKey: fileKey, nonce: pending))
            pending.removeAll(keepingCapacity: true)
        }
        return bytes.dropFirst(part.count)
    }

    /// A full piece is opened only when it is known whether more follows.
    private mutating func readPiece(
        _ bytes: Slice<UnsafeRawBufferPointer>, _ cipher: ChunkCipher, _ sink: Sink
    ) throws -> Slice<UnsafeRawBufferPointer> {
        if pending.count == ChunkCipher.sealedCount { try open(cipher, .inside, sink) }
        let part = bytes.prefix(ChunkCipher.sealedCount - pending.count)
        pending.append(contentsOf: part)
        return bytes.dropFirst(part.count)
    }

    private mutating func open(_ cipher: ChunkCipher, _ place: ChunkCipher.Place, _ sink: Sink) throws {
        let count = pending.count - ChunkCipher.codeCount
        let number = number
        let pending = pending
        try plain.withUnsafeMutableBytes { buffer in
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            guard pending.withUnsafeBytes({ cipher.open($0, number: number, place, into: target) }) else {
                let isCut =
                    place == .last
                    && pending.withUnsafeBytes {
                        cipher.open($0, number: number, .inside, into: target)
                    }
                throw isCut
                    ? AgeError(.truncated, "the file ends before its last part")
                    : AgeError(.payloadDamaged, "part \(number + 1) of the file was changed or moved")
            }
            try sink(UnsafeRawBufferPointer(target))
        }
        self.number += 1
        self.pending.removeAll(keepingCapacity: true)
    }
}

extension [UInt8] {
    /// In a time that does not depend on where they differ.
    func isSame(as other: [UInt8]) -> Bool {
        count == other.count && zip(self, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
