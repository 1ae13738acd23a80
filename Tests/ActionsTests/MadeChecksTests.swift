import Testing
import UpgradePlanning

@testable import Actions
@testable import Backups

@Suite struct MadeChecksTests {
    private static func proof(_ hashes: [UInt32?], _ grade: ArchiveFacts.Grade, digest: String = "d") -> ProofRecord {
        ProofRecord(
            revision: 7, compactRevision: 1, keys: 3, digest: digest,
            hashes: hashes.map { ProofRecord.MemberHash(member: "m", hash: $0, compactRevision: 1, reason: nil) },
            encryptionKeys: [], grade: grade, reasons: [])
    }

    private static var node: NodeName {
        guard let name = NodeName("grey-area") else { preconditionFailure("no node name") }
        return name
    }

    private static let manifest: Manifest = {
        var node = Manifest.Node(name: Self.node)
        node.pairs = [.init(key: "/a", certificate: "/b")]
        return Manifest(
            name: "lab-1", cluster: "lab", createdAt: Instant(secondsSince1970: 0), madeBy: "1", kubernetes: nil,
            etcd: nil, nodes: [node], volumes: [])
    }()

    @Test(
        arguments: [
            (
                proof([1, 1, 1], .proven), true,
                [
                    "etcd's digest and tree", "the same keys on 3 members", "a key with its certificate",
                    "every byte as read back from the disk",
                ]
            ),
            (proof([1], .proven), false, ["etcd's digest and tree", "a key with its certificate"]),
            (proof([1, 2], .suspect), true, ["etcd's digest and tree", "every byte as read back from the disk"]),
            (proof([], .checked, digest: ""), false, []),
        ] as [(ProofRecord, Bool, [String])])
    func onlyWhatHeldIsSaid(proof: ProofRecord, isReadBack: Bool, words: [String]) {
        #expect(MadeChecks.words(Self.manifest, proof, KeyRing(), isReadBack: isReadBack) == words)
    }
}
