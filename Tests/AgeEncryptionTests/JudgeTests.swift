import Foundation
import Secrets
import Testing

@testable import AgeEncryption

/// Debian's `age`, `ssh-keygen` and `minisign` judge, both ways.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AgeJudgeTests {
    private static let sizes = [0, 1, 65_536, 200_001]

    @Test(arguments: sizes) func ageOpensWhatWeSeal(size: Int) throws {
        try Workshop.with { workshop in
            #expect(try workshop.shell("age-keygen -o key").code == 0)
            let identity = try #require(try AgeIdentity.parse(try workshop.read("key")).first)
            let plain = Stream.pattern(size)
            try workshop.write(
                "sealed", try Stream.seal(plain, to: [AgeIdentity.generate().recipient, identity.recipient]))
            let said = try workshop.shell("age -d -i key -o plain sealed")
            #expect(said.code == 0, "\(said.text)")
            // age writes no file for nothing.
            if size > 0 { #expect(try workshop.read("plain") == plain) }
        }
    }

    @Test(arguments: sizes) func weOpenWhatAgeSeals(size: Int) throws {
        try Workshop.with { workshop in
            let identity = AgeIdentity.generate()
            let plain = Stream.pattern(size)
            try workshop.write("plain", plain)
            for armor in ["", "-a"] {
                let said = try workshop.shell("age \(armor) -r \(identity.recipient) -o sealed plain")
                #expect(said.code == 0, "\(said.text)")
                let sealed = try workshop.read("sealed")
                let bytes = Armor.isArmored(sealed) ? try Armor.bytes(sealed) : sealed
                let opened = Stream.open(bytes, .identities([identity]))
                #expect(opened.error == nil && opened.plain == plain)
            }
        }
    }

    @Test func identityFilesOfOursAreReadByAge() throws {
        try Workshop.with { workshop in
            let identity = AgeIdentity.generate()
            try workshop.write("key", try #require(identity.text).withBytes { Array($0) } + [10])
            #expect(try workshop.shell("age-keygen -y key").text == "\(identity.recipient)\n")
        }
    }

    @Test func sshKeysWorkBothWays() throws {
        try Workshop.with { workshop in
            #expect(try workshop.shell("ssh-keygen -q -t ed25519 -N '' -C me@home -f key").code == 0)
            let recipient = try AgeRecipient(parsing: String(decoding: try workshop.read("key.pub"), as: UTF8.self))
            let identity = try #require(try AgeIdentity.parse(try workshop.read("key")).first)
            #expect(recipient.isSameKey(as: identity.recipient))
            #expect(
                recipient
                    == .ssh(
                        try #require(
                            OpenSSHKey.publicKey(
                                base64: String(
                                    recipient.description.split(separator: " ")[1]))), comment: "me@home"))
            let plain = Stream.pattern(70_000)
            let sealed = try Stream.seal(plain, to: [recipient])
            try workshop.write("sealed", sealed)
            #expect(try workshop.shell("age -d -i key -o plain sealed").code == 0)
            #expect(try workshop.read("plain") == plain)
            #expect(try workshop.shell("age -R key.pub -o theirs plain").code == 0)
            let opened = Stream.open(try workshop.read("theirs"), .identities([identity]))
            #expect(opened.error == nil && opened.plain == plain)
            let file = try AgeFile(parsing: sealed)
            #expect(file.kinds == ["ssh-ed25519"] && file.names(recipient))
            #expect(try file.opens(with: identity) && !file.opens(with: .generate()))
        }
    }

    @Test func sshKeysThatNeedMoreAreToldApart() throws {
        try Workshop.with { workshop in
            try workshop.shell(
                "ssh-keygen -q -t ed25519 -N secret -f sealed; ssh-keygen -q -t rsa -b 2048 -N '' -f rsa")
            func code(_ name: String) throws -> AgeError.Code? {
                let file = try workshop.read(name)
                return #expect(throws: AgeError.self) { try AgeIdentity.parse(file) }?.code
            }
            #expect(try code("sealed") == .sealedKey)
            #expect(try code("rsa") == .unsupported)
            let line = String(decoding: try workshop.read("rsa.pub"), as: UTF8.self)
            #expect(#expect(throws: AgeError.self) { try AgeRecipient(parsing: line) }?.code == .unsupported)
        }
    }

    @Test func everyCutOfAnSSHKeyIsRefused() throws {
        try Workshop.with { workshop in
            try workshop.shell("ssh-keygen -q -t ed25519 -N '' -f key")
            let file = try workshop.read("key")
            for count in stride(from: 0, to: file.count - 1, by: 7) {
                #expect(throws: AgeError.self) { try AgeIdentity.parse(Array(file[..<count])) }
            }
        }
    }

    @Test func passphrasesWorkBothWays() throws {
        try Workshop.with { workshop in
            let plain = Stream.pattern(1_000)
            try workshop.write("plain", plain)
            try workshop.write("sealed", try Stream.seal(plain, passphrase: "correct horse"))
            let said = try workshop.terminal("age -d -o opened sealed", typing: ["correct horse"])
            #expect(try workshop.read("opened") == plain, "\(said.text)")
            let theirs = try workshop.terminal("age -p -o theirs plain", typing: ["correct horse", "correct horse"])
            let sealed = try workshop.read("theirs")
            let opened = Stream.open(sealed, .passphrase(SecretBytes(Array("correct horse".utf8))))
            #expect(opened.error == nil && opened.plain == plain, "\(theirs.text)")
            let wrong = Stream.open(sealed, .passphrase(SecretBytes(Array("wrong".utf8))))
            #expect(wrong.error?.code == .wrongPassphrase && wrong.plain.isEmpty)
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(5))) struct MinisignJudgeTests {
    private func digest(_ bytes: [UInt8]) -> [UInt8] {
        let digest = SignatureDigest()
        for start in stride(from: 0, to: bytes.count, by: 777) {
            bytes[start..<min(start + 777, bytes.count)].withUnsafeBytes { digest.update($0) }
        }
        return digest.finish()
    }

    @Test(arguments: [0, 1, 100_000]) func minisignAcceptsWhatWeSign(size: Int) throws {
        try Workshop.with { workshop in
            let key = SigningKey.generate()
            let file = Stream.pattern(size)
            try workshop.write("file", file)
            try workshop.write("key.pub", Array(key.signer.file.utf8))
            let signature = key.sign(digest(file), untrustedComment: "by us", trustedComment: "when: now\nand here")
            try workshop.write("file.minisig", Array(signature.text.utf8))
            let said = try workshop.shell("minisign -V -p key.pub -m file")
            #expect(said.code == 0, "\(said.text)")
            #expect(said.text.contains("Trusted comment: when: now and here"))
            #expect(try workshop.shell("minisign -V -P \(key.signer) -m file").code == 0)
        }
    }

    @Test func weAcceptWhatMinisignSigns() throws {
        try Workshop.with { workshop in
            #expect(try workshop.shell("minisign -G -W -p key.pub -s key").code == 0)
            let file = Stream.pattern(5_000)
            try workshop.write("file", file)
            #expect(try workshop.shell("minisign -S -s key -m file -t 'hello there'").code == 0)
            let signer = try SignerKey(parsing: String(decoding: try workshop.read("key.pub"), as: UTF8.self))
            let signature = try FileSignature(parsing: try workshop.read("file.minisig"))
            try signature.verify(digest(file), by: signer)
            #expect(signature.trustedComment == "hello there")
            let key = try SigningKey(parsing: try workshop.read("key"))
            #expect(key.signer == signer)
            // And ours is read by minisign.
            try workshop.write("ours", SigningKey.generate().file.withBytes { Array($0) })
            let said = try workshop.shell("minisign -S -s ours -m file -x other")
            #expect(said.code == 0, "\(said.text)")
        }
    }

    @Test func aSealedSecretKeyNeedsItsPassphrase() throws {
        try Workshop.with { workshop in
            let said = try workshop.terminal("minisign -G -p key.pub -s key", typing: ["word", "word"])
            let file = try workshop.read("key")
            let signer = try SignerKey(parsing: String(decoding: try workshop.read("key.pub"), as: UTF8.self))
            #expect(
                try SigningKey(parsing: file, passphrase: SecretBytes(Array("word".utf8))).signer == signer, "\(said)")
            func code(_ passphrase: SecretBytes?) -> AgeError.Code? {
                #expect(throws: AgeError.self) { try SigningKey(parsing: file, passphrase: passphrase) }?.code
            }
            #expect(code(nil) == .sealedKey)
            #expect(code(SecretBytes(Array("other".utf8))) == .wrongPassphrase)
        }
    }

    @Test func everyFlipOfASignatureIsFound() throws {
        let key = SigningKey.generate()
        let sum = digest([1, 2, 3])
        let signature = key.sign(sum, untrustedComment: "u", trustedComment: "revision 42")
        let text = Array(signature.text.utf8)
        for place in text.indices where place >= "untrusted comment: u\n".utf8.count && text[place] != 10 {
            var damaged = text
            damaged[place] ^= 1
            #expect(throws: AgeError.self, "byte \(place)") {
                try FileSignature(parsing: damaged).verify(sum, by: key.signer)
            }
        }
        let other = SigningKey.generate().signer
        #expect(#expect(throws: AgeError.self) { try signature.verify(sum, by: other) }?.code == .otherSigner)
        #expect(
            #expect(throws: AgeError.self) { try signature.verify(digest([1, 2, 4]), by: key.signer) }?.code
                == .badSignature)
    }

    @Test(arguments: ["", "x", "untrusted comment: a\nAAAA\n", "untrusted comment: a\n\ntrusted comment: b\nAAAA\n"])
    func whatIsNoSignatureOrKeyIsRefused(text: String) {
        #expect(throws: AgeError.self) { try FileSignature(parsing: Array(text.utf8)) }
        #expect(throws: AgeError.self) { try SignerKey(parsing: text) }
        #expect(throws: AgeError.self) { try SigningKey(parsing: Array(text.utf8)) }
    }
}
