import Foundation
import KubernetesClient
import Testing
import UpgradePlanning

@testable import Actions
@testable import Backups

@Suite struct BackupActionTests {
    private static let now = Instant(rfc3339: "2026-11-24T02:30:00Z") ?? Instant(secondsSince1970: 0)

    @Test(
        arguments: [
            ("", "2026-11-24T02:00:00.000000Z", nil),
            ("here", "2026-11-24T02:00:00.000000Z", nil),
            ("there", "2026-11-24T02:00:00.000000Z", "there"),
            ("there", "2026-11-23T06:31:00.000000Z", "there"),
            ("there", "2026-11-23T06:29:00.000000Z", nil),
            // A clock that is a little behind is no reason for two; one that is far ahead says nothing.
            ("there", "2026-11-24T02:31:00.000000Z", "there"),
            ("there", "2026-11-25T02:30:00.000000Z", nil),
            ("there", "1970-01-01T00:00:00.000000Z", nil),
            ("there", "soon", nil),
        ] as [(String, String, String?)])
    func whoMakesTheArchive(holder: String, renewed: String, maker: String?) {
        let lease = LeaseObject(
            namespace: "kube-system", name: "kupgrade-backup", holder: holder, renewTime: renewed, durationSeconds: 1)
        #expect(MakerLease.maker(lease, besides: "here", now: Self.now) == maker)
    }

    /// Whoever took the turn and was never heard of again has it for an hour.
    @Test(arguments: [(0, "there"), (3_599, "there"), (3_601, nil)] as [(Int64, String?)])
    func aTurnThatMadeNothingEnds(after seconds: Int64, maker: String?) {
        let taken = MakerLease.taken(at: Self.now)
        let lease = LeaseObject(
            namespace: "kube-system", name: "kupgrade-backup", holder: "there", renewTime: taken.description,
            durationSeconds: 1)
        let later = Instant(secondsSince1970: Self.now.secondsSince1970 + seconds)
        #expect(MakerLease.maker(lease, besides: "here", now: later) == maker)
    }

    /// What the loader itself says it would look for, by `ldd`, is there under that name.
    @Test func theProgramIsSentWithAllThatItWasLoadedWith() throws {
        let files = try LoadedFiles.all()
        #expect(files.contains { $0.name == "kupgrade" })
        #expect(files.contains { $0.name.hasPrefix("ld-linux") })
        let program = try #require(files.first { $0.name == "kupgrade" })
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/ldd")
        process.arguments = [program.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let wanted = text.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.count > 2 && words[1] == "=>" ? String(words[0]) : nil
        }
        #expect(!wanted.isEmpty)
        #expect(Set(wanted).subtracting(files.map(\.name)).isEmpty, "\(files.map(\.name))")
    }
}
