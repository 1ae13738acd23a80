import Testing

@testable import Backups

@Suite struct PartFileTests {
    private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }

    private static func write(_ bytes: [UInt8], to file: PartFile) throws {
        try bytes.withUnsafeBytes { try file.write($0) }
    }

    @Test func whatIsPublishedIsWhole() throws {
        try TestFolder.with { folder in
            let file = try PartFile(folder.path("name"))
            for start in stride(from: 0, to: Self.content.count, by: 70_001) {
                try Self.write(Array(Self.content[start...].prefix(70_001)), to: file)
            }
            #expect(try folder.names() == ["name.part"] && folder.mode("name.part") == 0o600)
            try file.flush()
            #expect(try FileReader.contents(folder.path("name.part"), limit: 1 << 20) == Self.content)
            #expect(try file.reader().size == Int64(Self.content.count))
            try file.publish()
            #expect(try folder.names() == ["name"] && folder.mode("name") == 0o600)
            #expect(try folder.read("name") == Self.content)
        }
    }

    @Test func whatWasPublishedStaysWhenItsFileGoes() throws {
        try TestFolder.with { folder in
            try PartFile.write(folder.path("name"), Self.content)
            try PartFile.write(folder.path("empty"), [])
            #expect(try folder.names() == ["empty", "name"])
            #expect(try folder.read("name") == Self.content && folder.read("empty").isEmpty)
        }
    }

    @Test func aDroppedOneLeavesNothing() throws {
        try TestFolder.with { folder in
            try Self.abandon(in: folder)
            #expect(try folder.names().isEmpty)
        }
    }

    private static func abandon(in folder: TestFolder) throws {
        let file = try PartFile(folder.path("name"))
        try write(content, to: file)
        try file.flush()
    }

    @Test func whatWasThereStaysWhenANewOneIsDropped() throws {
        try TestFolder.with { folder in
            try PartFile.write(folder.path("name"), [1])
            try Self.abandon(in: folder)
            #expect(try folder.names() == ["name"] && folder.read("name") == [1])
        }
    }

    /// And does the first no harm.
    @Test func aSecondOneOfTheSameNameIsRefused() throws {
        try TestFolder.with { folder in
            let file = try PartFile(folder.path("name"))
            try Self.write([1, 2, 3], to: file)
            let error = #expect(throws: BackupError.self) { try PartFile(folder.path("name")) }
            #expect(error?.code == .cannotWrite)
            #expect(try folder.names() == ["name.part"])
            try file.flush()
            try file.publish()
            #expect(try folder.read("name") == [1, 2, 3])
        }
    }

    @Test func aLinkInItsPlaceIsNotFollowed() throws {
        try TestFolder.with { folder in
            try folder.write("target", [1])
            try folder.shell("ln -s target name.part")
            let error = #expect(throws: BackupError.self) { try PartFile.write(folder.path("name"), [2]) }
            #expect(error?.code == .cannotWrite)
            #expect(try folder.read("target") == [1])
            #expect(try folder.names() == ["name.part", "target"])
        }
    }

    @Test func aFolderThatIsNotThereIsAnError() throws {
        try TestFolder.with { folder in
            for path in ["missing/name", "missing/deeper/name"].map(folder.path) {
                let error = #expect(throws: BackupError.self) { try PartFile.write(path, [1]) }
                #expect(error?.code == .cannotWrite)
                #expect(error?.message.hasPrefix("\(path) cannot be written: ") == true)
            }
            let names = try folder.names()
            #expect(names.isEmpty, "\(names)")
        }
    }

    @Test func whatSomebodyTookAwayIsNotPublished() throws {
        try TestFolder.with { folder in
            let file = try PartFile(folder.path("name"))
            try folder.shell("rm name.part")
            #expect(#expect(throws: BackupError.self) { try file.publish() }?.code == .cannotWrite)
            #expect(try folder.names().isEmpty)
        }
    }
}
