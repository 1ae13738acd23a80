import Secrets
import Testing

@testable import AgeEncryption

@Suite struct AgeFormatTests {
    private let identity = AgeIdentity.generate()

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000], [1_000, 65_536, 1 << 20])
    func whatIsSealedOpens(size: Int, portion: Int) throws {
        let plain = Stream.pattern(size)
        let sealed = try Stream.seal(plain, to: [identity.recipient], portion: portion)
        let opened = Stream.open(sealed, .identities([AgeIdentity.generate(), identity]), portion: portion)
        #expect(opened.error == nil && opened.plain == plain)
    }

    @Test func somebodyElseCannotOpenIt() throws {
        let sealed = try Stream.seal([1, 2, 3], to: [identity.recipient])
        #expect(Stream.open(sealed, .identities([.generate()])).error?.code == .noIdentity)
        #expect(Stream.open(sealed, .passphrase(SecretBytes([1]))).error?.code == .noIdentity)
    }

    @Test func everyFlipIsFound() throws {
        let plain = Stream.pattern(70_000)
        let sealed = try Stream.seal(plain, to: [identity.recipient, AgeIdentity.generate().recipient])
        let head = try AgeFile(parsing: sealed).headCount
        for place in Array(0..<head + 40) + stride(from: head + 40, to: sealed.count, by: 997) + [sealed.count - 1] {
            var damaged = sealed
            damaged[place] ^= 1
            let opened = Stream.open(damaged, .identities([identity]))
            #expect(opened.error != nil, "byte \(place)")
            #expect(plain.starts(with: opened.plain), "byte \(place)")
            if place < head + 65_552 { #expect(opened.plain.isEmpty, "byte \(place)") }
        }
    }

    @Test func everyTruncationIsFound() throws {
        let plain = Stream.pattern(65_536 * 2)
        let sealed = try Stream.seal(plain, to: [identity.recipient])
        let head = try AgeFile(parsing: sealed).headCount
        let places =
            Array(0...head) + [head + 15, head + 16, head + 17, head + 65_552, head + 65_553, sealed.count - 1]
        for count in places {
            let opened = Stream.open(Array(sealed[..<count]), .identities([identity]))
            #expect(opened.error?.code == .truncated || opened.error?.code == .payloadDamaged, "\(count) bytes")
            #expect(plain.starts(with: opened.plain))
        }
        #expect(Stream.open(sealed + [0], .identities([identity])).error?.code == .payloadDamaged)
        #expect(Stream.open(sealed + sealed, .identities([identity])).error != nil)
    }

    @Test func piecesCannotBeSwapped() throws {
        let sealed = try Stream.seal(Stream.pattern(65_536 * 3), to: [identity.recipient])
        let head = try AgeFile(parsing: sealed).headCount
        let count = ChunkCipher.sealedCount
        let (first, second) = (sealed[head..<head + count], sealed[(head + count)..<(head + 2 * count)])
        let swapped = Array(sealed[..<head] + second + first + sealed[(head + 2 * count)...])
        let opened = Stream.open(swapped, .identities([identity]))
        #expect(opened.error?.code == .payloadDamaged && opened.plain.isEmpty)
    }

    private static let share = Base64.encode(Curve.publicKey(of: Curve.randomScalar()), .without)
    private static let body = Base64.encode([UInt8](repeating: 7, count: 32), .without)
    private static let end = "--- " + Base64.encode([UInt8](repeating: 7, count: 32), .without) + "\n"

    private static let start = "age-encryption.org/v1\n"
    private static let zeros = Base64.encode([UInt8](repeating: 0, count: 32), .without)
    private static let wide = String(repeating: "A", count: 64)

    static let headers: [(String, AgeError.Code)] = {
        var list: [(String, AgeError.Code)] = [
            ("", .truncated), ("age-encryption.org/v1", .truncated), ("age-encryption.org/v2\n", .unsupported),
            ("age-encryption.org/v1\r\n", .unsupported), ("hello\n", .malformed),
        ]
        let stanzas: [(String, AgeError.Code)] = [
            ("", .malformed), ("->\n\n", .malformed), ("-> \n\n", .malformed), ("-> X  Y\n\n", .malformed),
            ("->X25519 \(share)\n\(body)\n", .malformed), ("-> X25519 \(share)\n\(body)=\n", .malformed),
            ("-> X25519 \(share)\n\(body)\n\(body)\n", .malformed), ("-> X25519 \(share)\n\(wide)A\n", .malformed),
            ("-> X25519 \(share)\n\(wide)\n", .malformed), ("-> X25519\n\(body)\n", .malformed),
            ("-> X25519 \(share) x\n\(body)\n", .malformed), ("-> X25519 \(share)\nAAAA\n", .malformed),
            ("-> X25519 \(zeros)\n\(body)\n", .badKey), ("-> other a b\n\(body)\n", .noIdentity),
            ("-> X25519 \(share)\n\(body)\n", .noIdentity),
            ("-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n\(body)\n-> X25519 \(share)\n\(body)\n", .malformed),
        ]
        for (text, code) in stanzas { list.append((start + text + end, code)) }
        list.append((start + "--- \n", .malformed))
        return list
    }()

    @Test(arguments: headers)
    func whatIsNoHeaderIsRefused(text: String, code: AgeError.Code) {
        let opened = Stream.open(Array(text.utf8), .identities([identity]))
        #expect(opened.error?.code == code, "\(opened.error?.message ?? "it opened")")
        #expect(opened.plain.isEmpty)
    }

    @Test(arguments: [
        ("AAAAAAAAAAAAAAAAAAAAAA 21", AgeError.Code.tooLarge), ("AAAAAAAAAAAAAAAAAAAAAA 010", .malformed),
        ("AAAAAAAAAAAAAAAAAAAAAA +9", .malformed), ("AAAAAAAAAAAAAAAAAAAAAA 999999", .malformed),
        ("AAAA 10", .malformed), ("AAAAAAAAAAAAAAAAAAAAAA", .malformed),
        ("AAAAAAAAAAAAAAAAAAAAAA 10", .wrongPassphrase),
    ])
    func whatAsksForTooMuchWorkIsRefused(arguments: String, code: AgeError.Code) {
        let text = "age-encryption.org/v1\n-> scrypt \(arguments)\n\(Self.body)\n\(Self.end)"
        #expect(Stream.open(Array(text.utf8), .passphrase(SecretBytes([65]))).error?.code == code)
    }

    @Test func aHeaderThatSomebodyChangedIsFound() throws {
        let sealed = try Stream.seal([1, 2, 3], to: [identity.recipient])
        let text = "age-encryption.org/v1\n"
        // A recipient more: the code no longer holds.
        let more = Array((text + "-> other x\n\n").utf8) + sealed.dropFirst(text.utf8.count)
        let opened = Stream.open(more, .identities([identity]))
        #expect(opened.error?.code == .headerDamaged && opened.plain.isEmpty)
    }

    @Test func armorIsStrict() throws {
        let bytes = Stream.pattern(100)
        let text = Armor.text(bytes)
        #expect(try Armor.bytes(Array(text.utf8)) == bytes)
        #expect(try Armor.bytes(Array("\n  \r\n\(text.replacing("\n", with: "\r\n"))\n".utf8)) == bytes)
        for broken in [
            "", "x\n" + text, text.replacing("END", with: "end"), text.replacing("=", with: ""),
            String(text.dropFirst(40)), text.replacing("\n-----END", with: "\n\n-----END"),
        ] {
            #expect(throws: AgeError.self) { try Armor.bytes(Array(broken.utf8)) }
        }
    }
}

@Suite struct KeyTextTests {
    @Test func keysAreReadAsTheyAreWritten() throws {
        let identity = AgeIdentity.generate()
        let text = try #require(identity.text).withBytes { Array($0) }
        let read = try AgeIdentity.parse(Array("# created\n\n".utf8) + text + [13, 10])
        #expect(read.map(\.recipient) == [identity.recipient])
        #expect(try AgeRecipient(parsing: "  \(identity.recipient)\n") == identity.recipient)
    }

    @Test(arguments: [
        ("", AgeError.Code.badKey), ("age1", .badKey), ("hello", .badKey),
        ("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwq", .badKey),
        ("AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ", .badKey),
        ("ssh-rsa AAAAB3NzaC1yc2E=", .unsupported), ("ssh-ed25519 AAAA", .badKey), ("ssh-ed25519", .badKey),
        ("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", .unsupported),
        (Bech32.encode("age-secret-key-", [UInt8](repeating: 7, count: 32)).uppercased(), .unsupported),
    ])
    func whatIsNoRecipientIsRefused(text: String, code: AgeError.Code) {
        let error = #expect(throws: AgeError.self) { try AgeRecipient(parsing: text) }
        #expect(error?.code == code, "\(error?.message ?? "")")
        #expect(error?.message.contains(text.prefix(12)) != true || text.count < 12 || text.hasPrefix("ssh-"))
    }

    @Test func oneWrongLetterIsFound() {
        let text = Array(AgeIdentity.generate().recipient.description)
        for place in 4..<text.count {
            var wrong = text
            wrong[place] = wrong[place] == "q" ? "p" : "q"
            #expect(throws: AgeError.self) { try AgeRecipient(parsing: String(wrong)) }
        }
    }

    /// BIP 173's own examples of what is valid.
    @Test(arguments: [
        "A12UEL5L", "a12uel5l", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "?1ezyfcl",
        "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    ])
    func theCheckSumIsBech32s(text: String) {
        #expect(Bech32.decode(Array(text.utf8)) != nil)
    }

    @Test(arguments: [
        "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8", "1qzzfhee", "A12uEL5L",
    ])
    func whatIsNoBech32IsRefused(text: String) {
        #expect(Bech32.decode(Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        ("", true), ("AA", true), ("AAA", true), ("AB", false), ("A", false), ("AA==", false), ("A A", false),
    ])
    func baseSixtyFourIsCanonical(text: String, isGood: Bool) {
        #expect((Base64.decode(text.utf8, .without) != nil) == isGood)
    }
}
