import Backups
import Foundation
import Testing

@testable import Actions

@Suite struct DrillFolderTests {
    private func room(_ needed: Int64, isAllowed: Bool, in folder: String) -> String {
        do {
            let made = try DrillFolder(
                needed: needed, disk: DrillDisk(folder: folder, isAllowed: isAllowed))
            return made.isInMemory ? "memory" : "disk"
        } catch {
            return error.message
        }
    }

    @Test func whatIsUnsealedLiesInMemoryUnlessTheDiskIsAllowed() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/kup-drill-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(room(.max, isAllowed: false, in: folder).contains("--on-disk"))
        #expect(room(.max, isAllowed: true, in: folder).contains("neither memory (/dev/shm) nor \(folder)"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    /// More than memory may give, in bytes.
    private static let large = Int64(ProcessInfo.processInfo.physicalMemory)

    private static var isDiskLarger: Bool {
        var status = statvfs()
        guard statvfs(FileManager.default.temporaryDirectory.path, &status) == 0 else { return false }
        return Int64(status.f_bavail) * Int64(status.f_frsize) > large
    }

    @Test(.enabled(if: isDiskLarger, "the disk has less room than the memory"))
    func theDiskIsUsedWhereItIsAllowed() {
        let folder = FileManager.default.temporaryDirectory.path
        #expect(room(Self.large, isAllowed: true, in: folder) == "disk")
        #expect(room(Self.large, isAllowed: false, in: folder).contains("--on-disk"))
    }

    @Test func whatAKilledDrillLeftOnTheDiskGoesEvenWhereTheDiskIsNotAllowed() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/kup-drill-\(UUID())"
        let left = "\(folder)/kupgrade-drill-abc"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("secret".utf8).write(to: URL(filePath: left + "/snapshot.db"))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -120)], ofItemAtPath: left)
        _ = room(.max, isAllowed: false, in: folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}
