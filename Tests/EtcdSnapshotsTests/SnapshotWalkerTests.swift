import Crypto
import Testing

@testable import EtcdSnapshots

/// Against snapshots of real members; etcdutl judges.
@Suite(.serialized, .enabled(if: SnapshotFile.areInstalled, "needs the lab's etcd"), .timeLimit(.minutes(5)))
struct SnapshotWalkerTests {
    @Test(arguments: SnapshotFile.versions) func aSnapshotIsWhatEtcdutlSays(version: String) throws {
        let file = try SnapshotFile.make(version)
        for portion in [1_000, 32 << 10, 1 << 24] {
            let summary = try SnapshotFile.walk(file.bytes, portion: portion)
            #expect(summary.revision == Int64(file.status["revision"] ?? -1))
            // Up to 3.5 etcdutl counts every element of every bucket.
            #expect(summary.buckets.values.reduce(0, +) == file.status["totalKey"])
            #expect(summary.byteCount - 32 == file.status["totalSize"])
            #expect(summary.pageCount * summary.pageSize + 32 == summary.byteCount)
            #expect(summary.usedPages < summary.pageCount)
            #expect(summary.encryptionKeys == ["aescbc key1", "secretbox key2"])
            #expect(summary.compactRevision > 0 && summary.compactRevision < summary.revision)
            #expect(summary.members.map(\.name) == ["m1"])
            #expect(summary.alarms == 0 && summary.buckets["lease"] == 1)
            #expect((summary.consistentIndex ?? 0) > 0)
        }
        try damage(file.bytes)
    }

    /// Every damage that etcd's own digest shows, and those that it would not: made with a digest that fits.
    private func damage(_ bytes: [UInt8]) throws {
        let good = try SnapshotFile.walk(bytes)
        for count in [0, 16, 31, 32, 33, 4_096, 70_000, bytes.count - 4_096, bytes.count - 33, bytes.count - 1] {
            #expect(throws: SnapshotError.self, "\(count) bytes") { try SnapshotFile.walk(Array(bytes[..<count])) }
        }
        #expect(#expect(throws: SnapshotError.self) { try SnapshotFile.walk(bytes + bytes) }?.code != nil)
        var seed: UInt64 = 7
        var found = 0
        for round in 0..<400 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // The meta pages; anything; and where pages have their headers.
            let random = Int(seed >> 20) % (bytes.count - 32)
            let place = round < 100 ? round : round < 200 ? random : random / good.pageSize * good.pageSize + round % 64
            var damaged = bytes
            damaged[place] ^= UInt8(1 << (seed >> 60 & 7))
            #expect(#expect(throws: SnapshotError.self) { try SnapshotFile.walk(damaged) } != nil, "byte \(place)")
            damaged.replaceSubrange(
                (bytes.count - 32)..., with: Array(SHA256.hash(data: damaged[..<(bytes.count - 32)])))
            do {
                let summary = try SnapshotFile.walk(damaged)
                // What is not in the tree, or in the middle of a value, changes nothing that is counted.
                #expect(
                    summary.records == good.records && summary.usedPages == good.usedPages,
                    "byte \(place % good.pageSize) of page \(place / good.pageSize), round \(round)")
            } catch {
                found += 1
            }
        }
        #expect(found > 0)
    }

    @Test func whatIsNoDatabaseIsRefused() {
        for bytes in [[], [UInt8](repeating: 0, count: 100_000), Array("hello".utf8)] {
            #expect(throws: SnapshotError.self) { try SnapshotFile.walk(bytes) }
        }
    }
}
