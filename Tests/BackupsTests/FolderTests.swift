import AgeEncryption
import Foundation
import Testing
import UpgradePlanning

@testable import Backups

@Suite struct FolderTests {
    private static let files = ["", ".minisig"].map { TestArchive.sealed + $0 } + [TestArchive.name + ".json"]

    private static func age(_ folder: TestFolder, _ name: String, by seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: folder.path(name))
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    @Test func whatIsDiscardedWaitsInTheTrash() throws {
        try TestFolder.with { folder in
            let archives = ArchiveFolder(folder.root)
            for file in Self.files { try folder.write(file, [1]) }
            try archives.note(TestArchive.name) { $0.pins = ["run-1"] }
            try archives.discard(TestArchive.name)
            #expect(try folder.names() == [".notes", ".trash"])
            #expect(archives.notes(of: TestArchive.name) == ArchiveNotes())
            let trash = ArchiveFolder.trash + "/"
            #expect(archives.emptyTrash(olderThan: 60, now: Self.now) == [])
            #expect(try folder.read(trash + TestArchive.sealed) == [1])
            // The clock jumps ahead, and back again.
            let days: Int64 = 40 * 86_400
            #expect(archives.emptyTrash(olderThan: 60, now: Self.now + days) == [])
            #expect(archives.emptyTrash(olderThan: 60, now: Self.now + days + 30) == [])
            #expect(archives.emptyTrash(olderThan: 60, now: Self.now) == [])
            #expect(archives.emptyTrash(olderThan: 60, now: Self.now + 62) == [TestArchive.name])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path(".trash")).isEmpty)
        }
    }

    @Test func aSweepTakesOnlyWhatNobodyWrites() throws {
        try TestFolder.with { folder in
            let archives = ArchiveFolder(folder.root)
            let part = "lab-1.tar.zst.age.part"
            try folder.write(part, [1])
            try folder.write("other-1.tar.zst.age.part", [1])
            try folder.write("lab-2.tar.zst.age", [1])
            try folder.write("lab-3.tar.zst.age", [1])
            try Self.age(folder, "lab-3.tar.zst.age", by: 7_200)
            // Somebody copied these here, or lost the entry of one that was listed: they may be the last there are.
            for name in ["lab-6", "lab-7"] {
                try folder.write("\(name).tar.zst.age", [1])
                try Self.age(folder, "\(name).tar.zst.age", by: 7_200)
            }
            try archives.note("lab-3") { $0.isOwn = true }
            try archives.note("lab-7") { ($0.isOwn, $0.wasListed) = (true, true) }
            for name in ["RECOVERY.md", "RECOVERY.md.minisig", "kupgrade.tar", "RECOVERY.md.9.part"] {
                try folder.write(name, [1])
            }
            for name in ["kupgrade.tar.aB3dEf", "lab-5.tar.zst.age.mark.sending"] {
                try folder.write(name, [1])
                try Self.age(folder, name, by: 7_200)
            }
            let held = try PartFile(folder.path("lab-4.tar.zst.age"))
            #expect(
                archives.sweep(cluster: "lab", now: Self.now) == [
                    "RECOVERY.md.9.part", "kupgrade.tar.aB3dEf", part, "lab-3.tar.zst.age",
                ])
            #expect(
                try folder.names() == [
                    ".notes", ".trash", "RECOVERY.md", "RECOVERY.md.minisig", "kupgrade.tar", "lab-2.tar.zst.age",
                    "lab-4.tar.zst.age.part", "lab-5.tar.zst.age.mark.sending", "lab-6.tar.zst.age",
                    "lab-7.tar.zst.age", "other-1.tar.zst.age.part",
                ])
            #expect(try folder.read(ArchiveFolder.trash + "/lab-3.tar.zst.age") == [1])
            #expect(archives.emptyTrash(olderThan: 60, now: Self.now) == [])
            withExtendedLifetime(held) {}
        }
    }

    @Test func notesAreKeptAndReplaced() throws {
        try TestFolder.with { folder in
            let archives = ArchiveFolder(folder.root)
            #expect(archives.notes(of: "a") == ArchiveNotes())
            try archives.note("a") { $0.replicas["nas:/srv"] = Instant(secondsSince1970: 5) }
            try archives.note("a") { $0.drilledAt = Instant(secondsSince1970: 6) }
            #expect(archives.notes(of: "a").replicas == ["nas:/srv": Instant(secondsSince1970: 5)])
            #expect(archives.notes(of: "a").drilledAt == Instant(secondsSince1970: 6))
            try folder.write(".notes/a.json", Array("{".utf8))
            #expect(archives.notes(of: "a").pins == ["notes that cannot be read"])
        }
    }

    /// The comment is enough to know an entry again; the archive's bytes are not read.
    @Test func anEntryIsBelievedByItsSignature() throws {
        try TestArchive.with { archive in
            let builder = try archive.builder()
            try archive.fill(builder)
            try builder.finish()
            let entry = ArchiveFacts(
                name: TestArchive.name, cluster: "lab", clusterID: "", createdAt: TestArchive.moment, grade: .proven,
                reasons: [], revision: 0, keys: 0, size: builder.size, sha256: builder.sha256, kubernetes: nil,
                etcd: nil, nodes: [], recipients: [], hasEncryptionKeys: false)
            try builder.publish(entry, signedBy: archive.signer)
            let path = archive.folder.path(TestArchive.name)
            func trust(_ signers: [SignerKey]) -> EntryTrust { EntryTrust.of(path, entry, signers: signers) }
            #expect(trust([]) == .unchecked)
            #expect(trust([archive.signer.signer]) == .signed(by: archive.signer.signer.name))
            let stranger = trust([SigningKey.generate().signer])
            #expect(stranger == .refused("it is not signed by an accepted signer"))
            #expect(stranger.judged(entry).grade == .suspect)
            let file = TestArchive.name + ".json"
            let text = String(decoding: try archive.folder.read(file), as: UTF8.self)
            try archive.folder.write(file, Array(text.replacing("\"revision\" : 0", with: "\"revision\" : 9").utf8))
            #expect(
                trust([archive.signer.signer]) == .refused("its catalog entry is not the one that was signed"))
            try FileManager.default.removeItem(atPath: archive.folder.path(TestArchive.sealed + ".minisig"))
            #expect(trust([archive.signer.signer]) == .refused("it is not signed"))
        }
    }
}
