import Crypto
import Foundation
import Synchronization
import Testing

@testable import EtcdClient

@Suite(.enabled(if: EtcdServer.areInstalled, "needs etcd and openssl"), .timeLimit(.minutes(2)))
struct SnapshotTests {
    /// What a stream brought.
    private final class Received: Sendable {
        let state = Mutex<(bytes: [UInt8], sizes: Set<Int64>)>(([], []))

        func take(_ bytes: [UInt8], _ size: Int64) {
            state.withLock {
                $0.bytes += bytes
                $0.sizes.insert(size)
            }
        }
    }

    @Test(arguments: EtcdServer.versions)
    func aSnapshotIsTheDatabaseAndItsDigest(version: String) async throws {
        try await EtcdServer.with(version) { server in
            for number in 1...50 {
                try server.etcdctl("put", "key-\(number)", String(repeating: "x", count: 2_000))
            }
            let received = Received()
            try await EtcdClient.with(try server.endpoint()) { try await $0.snapshot(receive: received.take) }
            let (bytes, sizes) = received.state.withLock { $0 }
            #expect(sizes == [Int64(bytes.count)])
            #expect(bytes.count % 4_096 == EtcdClient.snapshotDigestCount)
            #expect(Array(SHA256.hash(data: bytes.dropLast(32))) == Array(bytes.suffix(32)))
        }
    }

    private struct Stop: Error {}

    @Test func whatTheReceiverThrowsEndsIt() async throws {
        try await EtcdServer.with("3.5.16") { server in
            await #expect(throws: Stop.self) {
                try await EtcdClient.with(try server.endpoint()) { try await $0.snapshot { _, _ in throw Stop() } }
            }
        }
    }

    @Test func aMemberThatSaysNothingIsGivenUp() async throws {
        try await Loopback.withSilentPort { port in
            let endpoint = EtcdEndpoint(address: "127.0.0.1", port: port, serverName: nil, credentials: nil)
            let error = await #expect(throws: EtcdError.self) {
                try await EtcdClient.with(endpoint) { try await $0.snapshot(patience: .seconds(1)) { _, _ in } }
            }
            #expect(error?.code == .timedOut)
        }
    }

    /// etcd does so when its disk fails in the middle: each message is an answer, and none brings anything.
    @Test func aMemberThatSendsEmptyPartsForEverIsGivenUp() async throws {
        let first: [UInt8] = [0x10, 100, 0x1A, 2, 7, 8]
        let received = Received()
        try await HostileServer.with(sequence(first: first) { _ in [0x10, 98] }) { endpoint in
            let started = ContinuousClock.now
            let error = await #expect(throws: EtcdError.self) {
                try await EtcdClient.with(endpoint) {
                    try await $0.snapshot(patience: .seconds(1), receive: received.take)
                }
            }
            #expect(error?.code == .timedOut)
            #expect(ContinuousClock.now - started < .seconds(20))
        }
        #expect(received.state.withLock { $0.bytes } == [7, 8])
    }

    @Test func aSizeThatNoDatabaseHasIsRefused() async throws {
        let message: [UInt8] = [0x10, 255, 255, 255, 255, 255, 255, 255, 255, 127, 0x1A, 1, 7]
        try await HostileServer.with([message]) { endpoint in
            let error = await #expect(throws: EtcdError.self) {
                try await EtcdClient.with(endpoint) { try await $0.snapshot { _, _ in } }
            }
            #expect(error?.code == .failed)
        }
    }

    /// A receiver that is slow, as a full disk cache is, is no silence of etcd's.
    @Test func aSlowReceiverIsNoSilence() async throws {
        try await EtcdServer.with("3.5.16") { server in
            try await EtcdClient.with(try server.endpoint()) { client in
                try await client.snapshot(patience: .seconds(1)) { _, _ in
                    try await Task.sleep(for: .milliseconds(1_600))
                }
            }
        }
    }

    @Test(
        arguments: [
            ([], EtcdSnapshotPart()), ([0x10, 0x96, 0x01], EtcdSnapshotPart(remaining: 150)),
            ([0x1A, 2, 7, 8, 0x10, 1], EtcdSnapshotPart(bytes: [7, 8], remaining: 1)),
            // A header, a version, and fields of other kinds are passed over.
            ([0x0A, 1, 0, 0x22, 1, 51, 0x2D, 1, 2, 3, 4, 0x31, 1, 2, 3, 4, 5, 6, 7, 8], EtcdSnapshotPart()),
            ([0x1A, 3, 7, 8], nil), ([0x10], nil), ([0x2D, 1], nil), ([0x13], nil),
            ([0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], nil),
        ] as [([UInt8], EtcdSnapshotPart?)])
    func aMessageIsReadByItsFields(bytes: [UInt8], part: EtcdSnapshotPart?) {
        #expect((try? bytes.withUnsafeBytes { try SnapshotPartReader.read($0) }) == part)
    }
}
