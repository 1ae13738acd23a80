import Foundation
import PKI
import Plans
import Testing
import UpgradePlanning

@testable import Backups

/// Restores planned over facts of a real cluster.
struct RestoreBed {
    var facts: ClusterFacts
    var archive: RestoreArchive
    var data: [String: RestoreHost.Data] = [:]
    var now: Instant

    static let made = Instant(secondsSince1970: 1_800_000_000)

    init(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        facts = try JSONDecoder().decode(
            ClusterFacts.self, from: try Data(contentsOf: URL(filePath: "\(root)/plans/\(name).facts.json")))
        now = Self.made.advanced(by: .seconds(3_600))
        let member = try #require(facts.etcd.first { $0.node.text == "grey-area" })
        let status = try #require(member.status.value)
        let entry = ArchiveFacts(
            name: "home-1", cluster: facts.cluster, clusterID: status.clusterID, createdAt: Self.made, grade: .proven,
            revision: 10_000, keys: 300, size: 1_000, sha256: "00", kubernetes: Version(1, 20, 2), etcd: status.version,
            nodes: facts.nodes.map(\.name.text), recipients: [], hasEncryptionKeys: false)
        let manifest = Manifest(
            name: "home-1", cluster: facts.cluster, createdAt: Self.made, madeBy: "0.1.0",
            kubernetes: Version(1, 20, 2),
            etcd: Manifest.Etcd(
                clusterID: status.clusterID, memberID: status.memberID, node: member.node, version: status.version,
                members: status.members), nodes: [], volumes: [])
        archive = RestoreArchive(
            entry: entry, manifest: manifest, revision: 10_000,
            snapshot: .init(sha256: "11", bytes: 600 << 20, alarms: 0, storageVersion: nil), files: [:],
            certificates: [:], grade: .proven, reasons: [])
        for node in facts.nodes where node.host.value?.unit("etcd.service") != nil {
            data[node.name.text] = RestoreHost.Data(
                folder: "/var/lib/etcd", exists: true, madeAt: Self.made.advanced(by: .seconds(-86_400)),
                bytes: 600 << 20, freeBytes: 20 << 30, owner: "etcd:")
        }
    }

    var order: RestoreOrder {
        let hosts = facts.nodes.compactMap { node in
            node.host.value.map { host in
                RestoreHost(
                    name: node.name, origin: node.name, host: host, data: data[node.name.text],
                    member: facts.etcd.first { $0.node == node.name }?.status.value)
            }
        }
        return RestoreOrder(
            run: "restore-1", cluster: facts.cluster, archive: archive, hosts: hosts, isUnattended: false, now: now)
    }

    /// A file of a node in the archive, with its certificate.
    mutating func put(_ path: String, _ certificate: CertificateDetails, on node: String) {
        archive.certificates["nodes/\(node)\(path)"] = certificate
        archive.files[node, default: []].append(
            FileToPut(path: path, owner: "root", group: "root", mode: 0o600, sha256: "00", link: nil))
    }

    var plan: Plan { RestorePlanner.plan(order) }
    var blockers: [String] { plan.blockers.map(\.code) }
}

extension RestoreBed {
    mutating func setRevision(_ revision: Int64) {
        guard case .seen(var status) = facts.etcd[0].status else { return }
        status.revision = revision
        facts.etcd[0].status = .seen(status)
    }

    mutating func rename(_ name: String) {
        let members = archive.manifest.etcd?.members ?? []
        archive.manifest.etcd?.members = members.map { member in
            var member = member
            member.name = name
            return member
        }
    }
}
