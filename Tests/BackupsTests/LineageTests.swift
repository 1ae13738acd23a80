import Testing
import UpgradePlanning

@testable import Backups

@Suite struct LineageTests {
    private static func archive(_ clusterID: String, uid: String?, revision: Int64 = 500) -> ArchiveFacts {
        var facts = ArchiveFacts(
            name: "lab-1", cluster: "lab", clusterID: clusterID, createdAt: TestArchive.moment, grade: .proven,
            revision: revision, keys: 300, size: 1, sha256: "", kubernetes: nil, etcd: nil, nodes: [], recipients: [],
            hasEncryptionKeys: true)
        facts.kubeSystemUID = uid
        return facts
    }

    @Test(
        "the cluster of before, a restored one, and one that booted anew",
        arguments: [
            ("c1", "u1", 501, false), ("c1", "u1", 400, false), ("c2", "u1", 90, false), ("c2", nil, 900, false),
            ("c1", nil, 90, false), ("", nil, 0, false), ("c2", "u2", 900, true), ("c1", "u2", 501, true),
            ("c2", nil, 90, true),
        ] as [(String, String?, Int64, Bool)])
    func isAnother(clusterID: String, uid: String?, revision: Int64, isAnother: Bool) {
        let lineage = Lineage(previous: Self.archive("c1", uid: "u1"))
        let doubts = lineage.doubts(clusterID: clusterID, kubeSystemUID: uid, revision: revision)
        #expect(doubts.isEmpty != isAnother, "\(doubts)")
        #expect(doubts.allSatisfy { $0.hasPrefix("this is another cluster than that of lab-1: ") })
    }

    @Test func theFirstOneContinuesNothing() {
        #expect(Lineage(previous: nil).doubts(clusterID: "c", kubeSystemUID: "u", revision: 1).isEmpty)
    }

    @Test func anArchiveOfBeforeTheUIDWasNotedIsContinuedByItsEtcd() {
        let lineage = Lineage(previous: Self.archive("c1", uid: nil))
        #expect(lineage.doubts(clusterID: "c1", kubeSystemUID: "u2", revision: 1).isEmpty)
        #expect(!lineage.doubts(clusterID: "c2", kubeSystemUID: "u2", revision: 1).isEmpty)
    }
}
