import Testing
import UpgradePlanning

@testable import Backups
@testable import EtcdSnapshots

@Suite struct GradingTests {
    private static let summary = SnapshotSummary(
        digest: String(repeating: "0", count: 64), byteCount: 32, pageSize: 4_096, pageCount: 8, usedPages: 6,
        revision: 90, compactRevision: 10, records: 300, buckets: [:], encryptionKeys: [], members: [],
        storageVersion: nil, clusterVersion: "3.4.0", consistentIndex: 100, alarms: 0)

    private static func hash(_ member: String, _ hash: UInt32?, compacted: Int64? = 10) -> ProofRecord.MemberHash {
        ProofRecord.MemberHash(
            member: member, hash: hash, compactRevision: hash == nil ? nil : compacted,
            reason: hash == nil ? "it is down" : nil)
    }

    private static let place = TestArchive.node.place

    /// Three members that agree, and a node that gave what is needed.
    private static let good: Grading = {
        var manifest = TestArchive.manifest
        manifest.nodes[0].pairs = []
        return Grading(
            manifest: manifest, snapshot: summary, hashes: ["a", "b", "c"].map { hash($0, 7) }, alarms: [],
            files: Set([TestArchive.key, TestArchive.certificate].map(place)), keys: KeyRing())
    }()

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let grade: ArchiveFacts.Grade
        let reasons: [String]
        let change: @Sendable (inout Grading) -> Void

        init(
            _ name: String, _ grade: ArchiveFacts.Grade, _ reasons: [String],
            _ change: @escaping @Sendable (inout Grading) -> Void
        ) {
            (testDescription, self.grade, self.reasons, self.change) = (name, grade, reasons, change)
        }
    }

    // MARK: etcd

    private static let vacuous = "one voter: there is no other member to compare with"
    private static let differ = "the members' data differs: a 7, b 8, c 7"
    private static let apart = "the members have compacted different revisions, so their data was not compared"
    private static let alarm = "etcd has raised an alarm: corrupt on member b"

    private static let members: [Case] = [
        Case("of another cluster than before", .suspect, ["another cluster"]) {
            $0.manifest.doubts = ["another cluster"]
        },
        Case("without any apiserver's files", .checked, ["no node with an apiserver gave its keys"]) {
            $0.manifest.nodes[0].needed = []
        },
        Case("needed files behind links", .proven, []) { grading in
            grading.manifest.nodes[0].needed = ["/etc/a.pem", "/etc/b.pem"]
            grading.manifest.nodes[0].pairs = [.init(key: "/etc/b.pem", certificate: "/etc/a.pem")]
            grading.files = [place("/persist/a.pem")]
            grading.links = [place("/etc/a.pem"): "/persist/a.pem", place("/etc/b.pem"): "/run/agenix/b.pem"]
        },
        Case("a needed file behind a link that leads nowhere", .checked, ["grey-area: /etc/a.pem is not in it"]) {
            $0.manifest.nodes[0].needed = ["/etc/a.pem"]
            $0.links = [place("/etc/a.pem"): "/persist/a.pem"]
        },
        Case("an apiserver whose keys a secret store brings", .proven, []) {
            $0.manifest.nodes[0].needed = []
            $0.manifest.nodes[0].named = ["/run/agenix/service-account.key"]
        },
        Case("three that agree", .proven, []) { _ in },
        Case("a single voter", .proven, [vacuous]) { $0.hashes = [hash("a", 7)] },
        Case("one that differs", .suspect, [differ]) { $0.hashes[1] = hash("b", 8) },
        Case("one that did not answer", .checked, ["c could not be compared: it is down"]) {
            $0.hashes[2] = hash("c", nil)
        },
        Case("a single voter that did not answer", .checked, ["a could not be compared: it is down"]) {
            $0.hashes = [hash("a", nil)]
        },
        Case(
            "one that differs and one that did not answer", .suspect,
            ["the members' data differs: a 7, b 8", "c could not be compared: it is down"]
        ) { ($0.hashes[1], $0.hashes[2]) = (hash("b", 8), hash("c", nil)) },
        Case("no reason given", .checked, ["c could not be compared: no reason given"]) {
            $0.hashes[2] = ProofRecord.MemberHash(member: "c")
        },
        Case("different compact revisions", .checked, [apart]) { $0.hashes[1] = hash("b", 7, compacted: 11) },
        Case("other hashes after different compactions", .checked, [apart]) {
            $0.hashes = [hash("a", 7), hash("b", 8, compacted: 11)]
        },
        Case("an alarm", .suspect, [alarm]) { $0.alarms = [alarm] },
        Case("an alarm that the snapshot carries", .suspect, ["the snapshot carries an alarm"]) {
            $0.snapshot?.alarms = 1
        },
        Case("one that both say", .suspect, [alarm]) {
            $0.alarms = [alarm]
            $0.snapshot?.alarms = 1
        },
        Case("no snapshot", .checked, ["it holds no snapshot of etcd"]) { ($0.snapshot, $0.hashes) = (nil, []) },
    ]

    // MARK: files

    private static let absent = "grey-area gave nothing: it is off"
    private static let missing = "grey-area: \(TestArchive.key) is not in it"
    private static let uncovered = "values are encrypted with aescbc key1, whose key is not in it"

    private static func encrypt(_ grading: inout Grading, _ configuration: String) {
        grading.snapshot?.encryptionKeys = ["aescbc key1"]
        grading.manifest.nodes[0].encryption = ["/etc/encryption.yaml"]
        grading.keys = KeyRing(encryption: grading.manifest.encryptionFiles)
        grading.keys.add(place("/etc/encryption.yaml"), Array(configuration.utf8))
    }

    private static let yaml =
        "providers:\n- aescbc:\n    keys:\n    - name: key1\n      secret: c2VjcmV0\n- identity: {}\n"
    private static let json = #"{"providers":[{"aescbc":{"keys":[{"name":"key1","secret":"c2VjcmV0"}]}}]}"#

    private static let files: [Case] = [
        Case("a node that gave nothing", .checked, [absent]) { $0.manifest.nodes[0].absence = "it is off" },
        Case("what is needed of such a node is not counted too", .checked, [absent]) {
            ($0.manifest.nodes[0].absence, $0.files) = ("it is off", [])
        },
        Case("a needed file that is missing", .checked, [missing]) { $0.files.remove(place(TestArchive.key)) },
        Case("all of it at once", .suspect, [differ, missing]) {
            $0.hashes[1] = hash("b", 8)
            $0.files.remove(place(TestArchive.key))
        },
        Case("an encryption key without a configuration", .checked, [uncovered]) {
            $0.snapshot?.encryptionKeys = ["aescbc key1"]
        },
        Case("a configuration in YAML", .proven, []) { encrypt(&$0, yaml) },
        Case("a configuration in JSON", .proven, []) { encrypt(&$0, json) },
        Case("a configuration of another key", .checked, [uncovered]) {
            encrypt(&$0, yaml.replacing("key1", with: "key10"))
        },
        Case("a configuration of another provider", .checked, [uncovered]) {
            encrypt(&$0, yaml.replacing("aescbc", with: "aesgcm"))
        },
        Case("a configuration that no unit names", .checked, [uncovered]) {
            encrypt(&$0, "")
            $0.keys.add(place("/etc/other.yaml"), Array(yaml.utf8))
        },
        Case("one of two keys", .checked, ["values are encrypted with secretbox key2, whose key is not in it"]) {
            encrypt(&$0, yaml)
            $0.snapshot?.encryptionKeys.append("secretbox key2")
        },
    ]

    @Test(arguments: members + files) func aGradeHasItsReasons(_ row: Case) {
        var grading = Self.good
        row.change(&grading)
        let (grade, reasons) = grading.grade()
        #expect(grade == row.grade)
        #expect(reasons == row.reasons)
    }

    // MARK: pairs

    private static let incomparable = "grey-area: \(TestArchive.key) and its certificate could not be compared"
    private static let unlike = "grey-area: \(TestArchive.key) is not the key of \(TestArchive.certificate)"

    struct PairCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let grade: ArchiveFacts.Grade
        let reasons: [String]
        /// Key and certificate of the archive; `nil` where it lacks one.
        let content: @Sendable (TestKeys) -> (key: [UInt8]?, certificate: [UInt8]?)
    }

    private static let pairs: [PairCase] = [
        PairCase(testDescription: "of one key", grade: .proven, reasons: []) { ($0.key, $0.certificate) },
        PairCase(testDescription: "of two keys", grade: .suspect, reasons: [unlike]) { ($0.other, $0.certificate) },
        PairCase(testDescription: "without the key", grade: .checked, reasons: [incomparable]) {
            (nil, $0.certificate)
        },
        PairCase(testDescription: "without the certificate", grade: .checked, reasons: [incomparable]) {
            ($0.key, nil)
        },
        PairCase(testDescription: "an empty key", grade: .checked, reasons: [incomparable]) { ([], $0.certificate) },
        PairCase(testDescription: "a cut certificate", grade: .checked, reasons: [incomparable]) {
            ($0.key, Array($0.certificate.prefix(200)))
        },
    ]

    @Test(arguments: pairs) func aPairMustFit(_ row: PairCase) throws {
        let content = row.content(try TestKeys.make())
        var grading = Self.good
        grading.manifest.nodes = [TestArchive.node]
        if let key = content.key { grading.keys.add(Self.place(TestArchive.key), key) }
        if let certificate = content.certificate { grading.keys.add(Self.place(TestArchive.certificate), certificate) }
        let (grade, reasons) = grading.grade()
        #expect(grade == row.grade)
        #expect(reasons == row.reasons)
    }
}
