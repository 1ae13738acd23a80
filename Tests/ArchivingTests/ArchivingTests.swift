import Foundation
import Testing

@testable import Archiving

/// Both ways with the programs that people have.
@Suite struct ArchivingTests {
    private static let entries: [(ArchiveEntry, [UInt8])] = [
        (
            ArchiveEntry(path: "manifest.json", kind: .file(size: 2), mode: 0o600, modifiedAt: 1_795_465_791),
            [123, 125]
        ),
        (ArchiveEntry(path: "nodes", kind: .folder, mode: 0o700, modifiedAt: 1), []),
        (
            ArchiveEntry(
                path: "nodes/\(String(repeating: "long-", count: 60))/key.pem", kind: .file(size: 300_000), mode: 0o640,
                owner: "kubernetes", group: "cfssl", ownerID: 162, groupID: 299, modifiedAt: 2),
            (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        ),
        (
            ArchiveEntry(
                path: "nodes/token", kind: .link("/var/lib/cfssl/apitoken.secret"), mode: 0o777, modifiedAt: 3),
            []
        ),
        (ArchiveEntry(path: "ümlaut", kind: .file(size: 0), mode: 0o4755, modifiedAt: 4), []),
    ]

    private static func archive(_ entries: [(ArchiveEntry, [UInt8])]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = try ArchiveWriter { bytes.append(contentsOf: $0) }
        for (entry, content) in entries { try writer.add(entry, content) }
        try writer.finish()
        return bytes
    }

    private static func reader(
        of bytes: [UInt8], piece: Int = 1_000, limits: ArchiveReader.Limits = .init()
    ) throws -> ArchiveReader {
        var rest = bytes[...]
        return try ArchiveReader(limits: limits) {
            let part = rest.prefix(piece)
            rest = rest.dropFirst(part.count)
            return Array(part)
        }
    }

    @Test(arguments: [1, 7, 1_000, 1 << 20])
    func whatWasWrittenIsRead(piece: Int) throws {
        let reader = try Self.reader(of: try Self.archive(Self.entries), piece: piece)
        for (entry, content) in Self.entries {
            let read = try #require(try reader.next())
            #expect(read == entry)
            #expect(try reader.contents(read, limit: 1 << 20) == content)
        }
        #expect(try reader.next() == nil)
    }

    @Test func tarAndZstdReadIt() throws {
        let listed = try run("zstd -dc | tar --list --verbose --numeric-owner", try Self.archive(Self.entries))
        #expect(listed.contains("-rw-r----- 162/299"))
        #expect(listed.contains("nodes/token -> /var/lib/cfssl/apitoken.secret"))
        let named = try run("zstd -dc | tar --list --verbose", try Self.archive(Self.entries))
        #expect(named.contains("kubernetes/cfssl"))
    }

    /// Whoever recovers by hand should not have to read past warnings.
    @Test func tarHasNothingToSayAboutPlainNames() throws {
        let plain = Self.entries.filter { $0.0.path.utf8.allSatisfy { $0 < 128 } }
        #expect(plain.count == Self.entries.count - 1)
        let said = try run("zstd -dc | tar --list 2>&1 >/dev/null", try Self.archive(plain))
        #expect(said.isEmpty, "\(said)")
    }

    @Test func whatTarWroteIsRead() throws {
        let bytes = try runBytes(
            "d=$(mktemp -d); cd $d; mkdir a; echo x >a/b; ln -s b a/c; tar --create --format=posix a; rm -r $d", [])
        let reader = try Self.reader(of: bytes)
        #expect(try reader.next()?.kind == .folder)
        var kinds: [String: ArchiveEntry.Kind] = [:]
        while let entry = try reader.next() { kinds[entry.path] = entry.kind }
        #expect(kinds == ["a/b": .file(size: 2), "a/c": .link("b")])
    }

    @Test(arguments: [
        "mkfifo p; tar --create p", "echo x >a; ln a b; tar --create a b", "echo x >a; tar --create -P $PWD/a",
        "mkdir a; echo x >b; tar --create -P a/../b",
    ])
    func whatHasNoPlaceIsRefused(script: String) throws {
        let bytes = try runBytes("d=$(mktemp -d); cd $d; \(script); rm -r $d", [])
        let error = #expect(throws: ArchivingError.self) {
            let reader = try Self.reader(of: bytes)
            while try reader.next() != nil {}
        }
        #expect(error?.code == .forbidden)
    }

    @Test func aCutArchiveIsNeverWhole() throws {
        let whole = try Self.archive(Self.entries)
        for count in stride(from: 0, to: whole.count - 1, by: max(1, whole.count / 100)) {
            var entries = 0
            #expect(throws: ArchivingError.self, "\(count)") {
                let reader = try Self.reader(of: Array(whole[..<count]))
                while let entry = try reader.next() {
                    try reader.read(entry) { _ in }
                    entries += 1
                }
                // An archive of nothing is none of ours: whoever reads it looks for the entries it must have.
                if entries < Self.entries.count { throw ArchivingError(.damaged, "") }
            }
        }
    }

    @Test func limitsHold() throws {
        let bytes = try Self.archive(Self.entries)
        for limits in [ArchiveReader.Limits(entries: 4), ArchiveReader.Limits(bytes: 1_000)] {
            let error = #expect(throws: ArchivingError.self) {
                let reader = try Self.reader(of: bytes, limits: limits)
                while try reader.next() != nil {}
            }
            #expect(error?.code == .forbidden)
        }
    }

    @Test func whatWasAnnouncedMustCome() throws {
        let writer = try ArchiveWriter { _ in }
        try writer.begin(ArchiveEntry(path: "a", kind: .file(size: 3), mode: 0o600, modifiedAt: 0))
        #expect(throws: ArchivingError.self) { try writer.finish() }
        #expect(throws: ArchivingError.self) { try [1, 2, 3, 4].withUnsafeBytes { try writer.write($0) } }
        #expect(throws: ArchivingError.self) {
            try ArchiveWriter { _ in }.begin(ArchiveEntry(path: "../a", kind: .folder, mode: 0o700, modifiedAt: 0))
        }
    }

    private struct Full: Error {}

    @Test func whatTheSinkThrowsComesOut() throws {
        #expect(throws: Full.self) {
            let writer = try ArchiveWriter { _ in throw Full() }
            try writer.add(
                ArchiveEntry(path: "a", kind: .file(size: 1_000_000), mode: 0o600, modifiedAt: 0),
                (0..<1_000_000).map { _ in UInt8.random(in: 0...255) })
            try writer.finish()
        }
    }

    private func run(_ script: String, _ input: [UInt8]) throws -> String {
        String(decoding: try runBytes(script, input), as: UTF8.self)
    }

    private func runBytes(_ script: String, _ input: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "kup-archive-\(UUID().uuidString)")
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-o", "pipefail", "-c", script]
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardError = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Array(output)
    }
}
