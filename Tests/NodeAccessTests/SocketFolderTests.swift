import Foundation
import Testing

@testable import NodeAccess

@Suite struct SocketFolderTests {
    @Test func whatAKilledProcessLeftIsSwept() throws {
        let parent = NSTemporaryDirectory() + "kup-sockets-\(UInt64.random(in: 0...UInt64.max))"
        let files = FileManager.default
        defer { try? files.removeItem(atPath: parent) }
        func folder(_ name: String, lock: Bool) throws -> String {
            let path = "\(parent)/\(name)"
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            _ = files.createFile(atPath: path + "/node.socket", contents: nil)
            if lock { _ = files.createFile(atPath: path + "/lock", contents: nil) }
            return path
        }
        let left = try folder("kupgrade-aaaaaa", lock: true)
        let new = try folder("kupgrade-bbbbbb", lock: false)
        let other = try folder("kupgrade-a-longer-name", lock: true)
        let used = try folder("kupgrade-cccccc", lock: true)
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        holder.arguments = [used + "/lock", "sleep", "20"]
        try holder.run()
        defer { holder.terminate() }
        // Until it has it.
        for _ in 0..<100 {
            let file = open(used + "/lock", O_RDWR)
            defer { close(file) }
            if flock(file, LOCK_SH | LOCK_NB) != 0 { break }
            usleep(20_000)
        }
        SocketFolder.sweep(parent)
        #expect(files.fileExists(atPath: left))
        SocketFolder.sweep(parent, youngest: -60)
        #expect(!files.fileExists(atPath: left))
        for path in [new, other, used] { #expect(files.fileExists(atPath: path + "/node.socket"), "\(path)") }
    }

    @Test func oneIsMadeAndGoes() throws {
        let folder = try SocketFolder.make()
        #expect(FileManager.default.fileExists(atPath: folder + "/lock"))
        SocketFolder.sweep(String(folder.dropLast(16)), youngest: -60)
        #expect(FileManager.default.fileExists(atPath: folder))
        SocketFolder.remove(folder)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}
