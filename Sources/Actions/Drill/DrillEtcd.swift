import Backups
import EtcdClient
import UpgradePlanning

/// Holds a restored etcd against what the archive says of itself.
struct DrillEtcd: Sendable {
    let client: EtcdClient

    func waitUntilServing() async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(120)
        while true {
            do {
                let status = try await client.status()
                if status.leaderID != 0 { return }
            } catch let error as EtcdError where error.code == .unreachable || error.code == .timedOut {
                if clock.now > end { throw error }
            }
            guard clock.now < end else { throw EtcdError(.timedOut, "the restored etcd has no leader after 120 s") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func compare(
        _ content: InspectedArchive, entry: ArchiveFacts, seconds: Double, isInMemory: Bool
    ) async throws -> Drill.Report {
        let proof = content.proof
        let status = try await client.status()
        let count = try await client.keyCount(at: proof.revision)
        var found = Drill.Report(
            archive: entry.name, revision: status.revision, keys: count, kinds: 0, secondsToEtcd: seconds,
            isInMemory: isInMemory, differences: [])
        if status.revision != proof.revision {
            found.differences.append("etcd is at revision \(status.revision), the archive says \(proof.revision)")
        }
        if content.manifest.isFromDisk != true, count != proof.keys {
            found.differences.append("etcd has \(count) keys, the archive says \(proof.keys)")
        }
        found.hashMatches = try await hash(proof)
        if found.hashMatches == false {
            found.differences.append("the hash of all keys is not the one that the members had")
        }
        (found.kinds, found.differences) = try await read(found.differences)
        return found
    }

    private func hash(_ proof: ProofRecord) async throws -> Bool? {
        let hash = try await client.hash(at: proof.revision)
        let known = proof.hashes.filter {
            $0.hash != nil && $0.revision ?? proof.revision == proof.revision
                && $0.compactRevision == hash.compactRevision
        }
        return known.isEmpty ? nil : known.allSatisfy { $0.hash == hash.hash }
    }

    /// One object of each sort, by its key's beginning.
    private func read(_ differences: [String]) async throws -> (Int, [String]) {
        var differences = differences
        let chosen = RegistryKeys.onePerSort(try await client.keys(prefix: "/registry/"))
        for (sort, key) in chosen.sorted(by: { $0.key < $1.key }) {
            let value = try await client.value(of: key) ?? []
            if !RegistryKeys.isReadable(value) {
                differences.append("an object of \(sort) is not what Kubernetes writes")
            }
        }
        return (chosen.count, differences)
    }
}

/// Kubernetes' keys in etcd: `/registry/RESOURCE/[NAMESPACE/]NAME`, with the group before the resource for custom ones.
enum RegistryKeys {
    /// A key of each sort; `ranges` and `masterleases` are no objects.
    static func onePerSort(_ keys: [String]) -> [String: String] {
        var chosen: [String: String] = [:]
        for key in keys {
            let sort = sort(of: key)
            if !["ranges", "masterleases"].contains(sort), chosen[sort] == nil { chosen[sort] = key }
        }
        return chosen
    }

    /// `pods`; `lab.example/things`; services have their own folder: `services/specs`.
    static func sort(of key: String) -> String {
        let parts = key.split(separator: "/").dropFirst().map(String.init)
        guard let first = parts.first else { return key }
        guard parts.count > 1, first.contains(".") || first == "services" else { return first }
        return "\(first)/\(parts[1])"
    }

    /// Protocol buffers of Kubernetes, JSON, CBOR, or sealed by encryption at rest.
    static func isReadable(_ value: [UInt8]) -> Bool {
        [[0x6B, 0x38, 0x73, 0x00], Array("{".utf8), Array("k8s:enc:".utf8), [0xD9, 0xD9, 0xF7]].contains {
            value.starts(with: $0)
        }
    }
}
