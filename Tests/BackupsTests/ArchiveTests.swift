import AgeEncryption
import Foundation
import Testing
import UpgradePlanning

@testable import Backups

@Suite struct ArchiveBuilderTests {
    private static let published = [".json", ".tar.zst.age", ".tar.zst.age.minisig"].map { TestArchive.name + $0 }

    @Test func whatWasBuiltIsReadBack() throws {
        try TestArchive.with { archive in
            let builder = try archive.builder()
            try archive.fill(builder)
            #expect(builder.size == 0 && builder.sha256.isEmpty)
            try builder.finish()
            #expect(try archive.folder.names() == [TestArchive.sealed + ".part"])
            let read = try builder.readBack()
            #expect(read.manifest == TestArchive.manifest && read.proof == TestArchive.proof && read.snapshot == nil)
            let names = archive.files.map(\.path) + [ArchiveNames.manifest, ArchiveNames.proof]
            #expect(read.files == Set(names))
            let place = TestArchive.node.place
            #expect(read.keys.fits(key: place(TestArchive.key), certificate: place(TestArchive.certificate)) == true)
        }
    }

    @Test func whatIsPublishedAppearsWhole() throws {
        try TestArchive.with { archive in
            let entry = try archive.publish()
            let folder = archive.folder
            #expect(try folder.names() == Self.published)
            for name in Self.published { #expect(try folder.mode(name) == 0o600, "\(name)") }
            let bytes = try folder.read(TestArchive.sealed)
            #expect(entry.size == Int64(bytes.count))
            #expect(try entry.sha256 == folder.sha256(TestArchive.sealed))
            #expect(try JSON.decode(ArchiveFacts.self, try folder.read(Self.published[0])) == entry)
            #expect(try archive.inspect().manifest == TestArchive.manifest)
        }
    }

    @Test func theSignatureIsOverAllOfIt() throws {
        try TestArchive.with { archive in
            try archive.publish()
            let digest = SignatureDigest()
            try archive.folder.read(TestArchive.sealed).withUnsafeBytes { digest.update($0) }
            let signature = try FileSignature(parsing: try archive.folder.read(Self.published[2]))
            try signature.verify(digest.finish(), by: archive.signer.signer)
            let comment = try #require(SignedComment(parsing: signature.trustedComment))
            #expect(comment.file == TestArchive.sealed && comment.createdAt == TestArchive.moment)
            #expect(comment.clusterID.isEmpty && comment.revision == 0)
            #expect(try comment.entryDigest == archive.folder.sha256(Self.published[0]))
        }
    }

    enum Stage: CaseIterable, Sendable { case begun, filled, finished, readBack }

    @Test(arguments: Stage.allCases) func aDroppedOneLeavesNothing(stage: Stage) throws {
        try TestArchive.with { archive in
            try Self.abandon(archive, at: stage)
            #expect(try archive.folder.names().isEmpty)
        }
    }

    private static func abandon(_ archive: TestArchive, at stage: Stage) throws {
        let builder = try archive.builder()
        if stage != .begun { try archive.fill(builder) }
        if stage == .finished || stage == .readBack { try builder.finish() }
        if stage == .readBack { _ = try builder.readBack() }
        #expect(try archive.folder.names() == [TestArchive.sealed + ".part"])
        withExtendedLifetime(builder) {}
    }

    @Test func whatIsNotWholeIsNotPublished() throws {
        try TestArchive.with { archive in
            let builder = try archive.builder()
            try archive.fill(builder)
            let error = #expect(throws: BackupError.self) {
                try builder.publish(archive.entry(builder), signedBy: archive.signer)
            }
            #expect(error?.code == .cannotWrite)
            #expect(try archive.folder.names() == [TestArchive.sealed + ".part"])
            withExtendedLifetime(builder) {}
        }
    }

    // MARK: with the programs that people have

    private static func has(_ program: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)")
    }

    @Test(.enabled(if: has("age") && has("zstd"), "needs age and zstd")) func theStockToolsOpenIt() throws {
        try TestArchive.with { archive in
            try archive.publish()
            let text = try #require(archive.identity.text).withBytes { Array($0) }
            try archive.folder.write("identity", text + [10])
            let said = try archive.folder.shell(
                """
                mkdir out
                age -d -i identity \(TestArchive.sealed) | zstd -d | tar --extract --directory out
                cd out
                sha256sum --strict --check SHA256SUMS
                """)
            #expect(said.split(separator: "\n").count { $0.hasSuffix(": OK") } == archive.files.count + 2)
            for file in archive.files { #expect(try archive.folder.read("out/" + file.path) == file.bytes) }
            let link = archive.folder.path("out/" + TestArchive.node.place(of: "/srv/link"))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == TestArchive.certificate)
        }
    }

    @Test(.enabled(if: has("minisign"), "needs minisign")) func minisignVerifiesIt() throws {
        try TestArchive.with { archive in
            try archive.publish()
            let said = try archive.folder.shell("minisign -Vm \(TestArchive.sealed) -P \(archive.signer.signer)")
            #expect(said.contains("file=\(TestArchive.sealed)"))
        }
    }
}

@Suite struct ArchiveInspectorTests {
    @Test func everyFlipIsFound() throws {
        try TestArchive.with { archive in
            try archive.publish()
            let whole = try archive.folder.read(TestArchive.sealed)
            let head = try AgeFile(parsing: whole).headCount
            let places = Array(0..<head + 20) + stride(from: head, to: whole.count - 40, by: 1_499)
            for place in places + (whole.count - 40..<whole.count) {
                var damaged = whole
                damaged[place] ^= 1 << UInt8(place & 7)
                try archive.folder.write(TestArchive.sealed, damaged)
                #expect(throws: AgeError.self, "byte \(place)") { try archive.inspect() }
            }
        }
    }

    @Test func everyCutIsFound() throws {
        try TestArchive.with { archive in
            try archive.publish()
            let whole = try archive.folder.read(TestArchive.sealed)
            let head = try AgeFile(parsing: whole).headCount
            // A piece is 64 KiB and 16 bytes.
            let ends = [head, head + 65_552, head + 131_104, whole.count].flatMap { [$0 - 16, $0 - 1, $0, $0 + 1] }
            let places = Array(stride(from: 0, to: head, by: 7)) + stride(from: head, to: whole.count, by: 2_999)
            for count in places + ends.filter({ $0 < whole.count }) {
                try archive.folder.write(TestArchive.sealed, Array(whole[..<count]))
                #expect(throws: AgeError.self, "\(count) bytes") { try archive.inspect() }
            }
            for more in [[0], Array(whole)] {
                try archive.folder.write(TestArchive.sealed, whole + more)
                #expect(throws: AgeError.self) { try archive.inspect() }
            }
        }
    }

    @Test func somebodyElseCannotOpenIt() throws {
        try TestArchive.with { archive in
            try archive.publish()
            let error = #expect(throws: AgeError.self) { try archive.inspect(with: .generate()) }
            #expect(error?.code == .noIdentity)
        }
    }

    // MARK: sealed well, packed wrong

    typealias Change = @Sendable (inout [TestArchive.Part]) throws -> Void

    struct Odd: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// In the message.
        let words: String
        /// Of what is listed and packed.
        let listed: Change
        /// Of what is packed, with the list at its end.
        let packed: Change

        init(_ name: String, _ words: String, listed: @escaping Change = { _ in }, packed: @escaping Change = { _ in })
        {
            (testDescription, self.words, self.listed, self.packed) = (name, words, listed, packed)
        }
    }

    private static func changed(_ change: (inout Manifest) -> Void) throws -> [UInt8] {
        var manifest = TestArchive.manifest
        change(&manifest)
        return try JSON.encode(manifest)
    }

    private static let other = TestArchive.Part(path: "nodes/grey-area/etc/other", bytes: [1])
    private static let etcd = Manifest.Etcd(
        clusterID: "c1", memberID: "m1", node: TestArchive.node.name, version: Version(3, 4, 23), members: [])

    private static let odd: [Odd] = [
        Odd("the manifest is not first", "first entry", packed: { $0.swapAt(0, 1) }),
        Odd("a second manifest", "first entry", packed: { $0.insert($0[0], at: 1) }),
        Odd("no manifest", "first entry", listed: { $0.removeFirst() }),
        Odd("an entry twice", "ca-key.pem comes twice", packed: { $0.insert($0[1], at: 2) }),
        Odd("an entry that is not listed", "etc/other is not what", packed: { $0.insert(other, at: 2) }),
        Odd("an entry that is listed only", "ca-key.pem is not what", packed: { $0.remove(at: 1) }),
        Odd("a wrong digest", "ca-key.pem is not what", packed: { $0[1].bytes[40] ^= 1 }),
        Odd(
            "a manifest that is not the listed one", "manifest.json is not what",
            packed: { $0[0].bytes = try changed { $0.cluster = "other" } }),
        Odd("something after the list", "etc/other comes after", packed: { $0.append(other) }),
        Odd("a second list", "SHA256SUMS comes after", packed: { $0.append($0[3]) }),
        Odd("no list", "lacks", packed: { $0.removeLast() }),
        Odd("no proof", "lacks", listed: { $0.removeLast() }),
        Odd("a list with something else in it", "cannot be read", packed: { $0[3].bytes += Array("x\n".utf8) }),
        Odd("a list that names a file twice", "twice", packed: { $0[3].bytes += $0[3].bytes }),
        Odd("a newer format", "newer format", listed: { $0[0].bytes = try changed { $0.format = 2 } }),
        Odd("a snapshot that is not there", "disagree", listed: { $0[0].bytes = try changed { $0.etcd = etcd } }),
    ]

    @Test(arguments: odd) func whatIsPackedWrongIsRefused(_ row: Odd) throws {
        try TestArchive.with { archive in
            var parts = try archive.parts()
            try row.listed(&parts)
            parts.append(try archive.sums(parts))
            try row.packed(&parts)
            try archive.pack(parts)
            let error = #expect(throws: BackupError.self) { try archive.inspect() }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains(row.words) == true, "\(error?.message ?? "")")
        }
    }

    @Test func whatIsPackedWellByHandIsAccepted() throws {
        try TestArchive.with { archive in
            let parts = try archive.parts()
            try archive.pack(parts + [try archive.sums(parts)])
            #expect(try archive.inspect().files == Set(parts.map(\.path)))
        }
    }
}
