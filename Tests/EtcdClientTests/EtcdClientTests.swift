import EtcdClient
import Foundation
import Secrets
import Testing

/// The code of the error that `body` throws; `nil` when it throws none.
private func etcdCode(_ body: () async throws -> Void) async -> EtcdError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? EtcdError)?.code
    }
}

/// Against real members of the versions that NixOS has shipped.
@Suite(.enabled(if: EtcdServer.areInstalled, "needs etcd and openssl"), .timeLimit(.minutes(2)))
struct EtcdClientTests {
    @Test(arguments: EtcdServer.versions)
    func aMemberSaysWhatItIs(version: String) async throws {
        try await EtcdServer.with(version) { server in
            try await EtcdClient.with(try server.endpoint()) { client in
                let status = try await client.status()
                #expect(status.version == version)
                #expect(status.leaderID == status.memberID)
                #expect(status.clusterID != 0)
                #expect(status.isLearner == false)
                #expect(status.revision >= 1)
                #expect(status.databaseSize > 0)
                #expect(status.databaseSizeInUse <= status.databaseSize)
                #expect(status.raftAppliedIndex <= status.raftIndex)
                #expect(status.errors.isEmpty)
                let members = try await client.members()
                #expect(members.map(\.id) == [status.memberID])
                #expect(members.map(\.name) == ["m1"])
                #expect(members.first?.clientURLs == ["http://127.0.0.1:\(server.port)"])
                #expect(try await client.alarms().isEmpty)
            }
        }
    }

    @Test(arguments: EtcdServer.versions)
    func hashesAreOfARevision(version: String) async throws {
        try await EtcdServer.with(version) { server in
            try await EtcdClient.with(try server.endpoint()) { client in
                let start = try await client.status().revision
                for number in 1...4 { try server.etcdctl("put", "key", "\(number)") }
                let newest = try await client.hash()
                #expect(newest.currentRevision == start + 4)
                let last = try await client.hash(at: start + 4)
                #expect(last.hash == newest.hash)
                let before = try await client.hash(at: start + 3)
                #expect(before.hash != newest.hash)
                #expect(before.currentRevision == start + 4)
                try server.etcdctl("put", "other", "x")
                #expect(try await client.hash(at: start + 4).hash == last.hash)

                #expect(await etcdCode { _ = try await client.hash(at: start + 100) } == .outOfRange)
                try server.etcdctl("compact", "\(start + 3)")
                #expect(await etcdCode { _ = try await client.hash(at: start + 1) } == .outOfRange)
                #expect(try await client.hash(at: start + 4).compactRevision == start + 3)
            }
        }
    }

    @Test(arguments: EtcdServer.versions)
    func certificatesAreChecked(version: String) async throws {
        try await EtcdServer.with(version, .tls("DNS:etcd.test,DNS:localhost")) { server in
            let status = try await EtcdClient.with(try server.endpoint()) { try await $0.status() }
            #expect(status.version == version)
            var plain = try server.endpoint()
            plain.credentials = nil
            let refused = [
                try server.endpoint(authority: "other"), try server.endpoint(client: "stranger"),
                try server.endpoint(serverName: "another.test"), try server.endpoint(serverName: nil), plain,
            ]
            for (index, endpoint) in refused.enumerated() {
                let code = await etcdCode {
                    _ = try await EtcdClient.with(endpoint, callLimit: .seconds(3)) { try await $0.status() }
                }
                #expect(code == .unreachable || code == .refused, "endpoint \(index)")
            }
        }
    }

    @Test func aCertificateForTheAddressNeedsNoName() async throws {
        try await EtcdServer.with(EtcdServer.versions[0], .tls("IP:127.0.0.1")) { server in
            let status = try await EtcdClient.with(try server.endpoint(serverName: nil)) { try await $0.status() }
            #expect(status.leaderID != 0)
        }
    }

    @Test func aMemberThatGoesAwayIsAnError() async throws {
        let version = EtcdServer.versions[0]
        let port = Port()
        try await EtcdServer.with(version) { await port.set($0.port) }
        let endpoint = EtcdEndpoint(
            address: "127.0.0.1", port: await port.number, serverName: nil, credentials: nil)
        let code = await etcdCode { _ = try await EtcdClient.with(endpoint) { try await $0.members() } }
        #expect(code == .unreachable)
    }
}

private actor Port {
    var number = 0
    func set(_ new: Int) { number = new }
}

@Suite(.timeLimit(.minutes(1))) struct EtcdSilenceTests {
    @Test func nothingListens() async throws {
        let endpoint = EtcdEndpoint(
            address: "127.0.0.1", port: try Loopback.freePort(), serverName: nil, credentials: nil)
        let start = ContinuousClock.now
        let code = await etcdCode {
            _ = try await EtcdClient.with(endpoint, callLimit: .seconds(3)) { try await $0.status() }
        }
        #expect(code == .unreachable)
        #expect(ContinuousClock.now - start < .seconds(6))
    }

    @Test func aPortThatSaysNothing() async throws {
        try await Loopback.withSilentPort { port in
            let endpoint = EtcdEndpoint(address: "127.0.0.1", port: port, serverName: nil, credentials: nil)
            let start = ContinuousClock.now
            let code = await etcdCode {
                _ = try await EtcdClient.with(endpoint, callLimit: .seconds(2)) { try await $0.status() }
            }
            #expect(code == .timedOut || code == .unreachable)
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test func cancellationEndsACall() async throws {
        try await Loopback.withSilentPort { port in
            let endpoint = EtcdEndpoint(address: "127.0.0.1", port: port, serverName: nil, credentials: nil)
            let start = ContinuousClock.now
            let task = Task { try await EtcdClient.with(endpoint, callLimit: .seconds(60)) { try await $0.status() } }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    /// Calls that are made by a task that was cancelled before end, too, whatever state the connection is in.
    @Test(.timeLimit(.minutes(1))) func cancellationEndsCallsThatComeAfterIt() async throws {
        let port = try Loopback.freePort()
        let endpoint = EtcdEndpoint(address: "127.0.0.1", port: port, serverName: nil, credentials: nil)
        await withTaskGroup(of: Void.self) { group in
            for microseconds in 0..<80 {
                group.addTask {
                    let task = Task {
                        try await EtcdClient.with(endpoint, callLimit: .seconds(5)) { client in
                            for _ in 0..<4 { _ = try? await client.status() }
                        }
                    }
                    try? await Task.sleep(for: .microseconds(100 * microseconds))
                    task.cancel()
                    _ = await task.result
                }
            }
        }
    }

    @Test func rubbishIsNoCertificate() async throws {
        let rubbish = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
        let credentials = EtcdEndpoint.Credentials(
            authority: rubbish, certificate: rubbish, key: SecretBytes(Array("no key".utf8)))
        let endpoint = EtcdEndpoint(address: "127.0.0.1", port: 1, serverName: "a", credentials: credentials)
        let error = await #expect(throws: EtcdError.self) {
            try await EtcdClient.with(endpoint, callLimit: .seconds(3)) { try await $0.status() }
        }
        #expect(error?.code == .badCredentials)
        #expect(error?.message.contains("no key") == false)
    }
}
