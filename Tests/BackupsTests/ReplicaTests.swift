import AgeEncryption
import Testing
import UpgradePlanning

@testable import Backups

@Suite struct ReplicaTests {
    @Test(arguments: [
        ("limiting-factor:/var/backup", ReplicaPlace.host(user: nil, name: "limiting-factor", folder: "/var/backup")),
        ("me@nas:/srv//kup/", .host(user: "me", name: "nas", folder: "/srv/kup")),
        ("[fd7a::1]:/srv", .host(user: nil, name: "fd7a::1", folder: "/srv")),
        ("rclone:b2:home/kup", .rclone("b2:home/kup")),
        ("rclone::local:/srv", .rclone(":local:/srv")),
    ])
    func aPlaceIsReadAndWrittenAgain(text: String, place: ReplicaPlace) throws {
        #expect(ReplicaPlace(parsing: text) == place)
        #expect(ReplicaPlace(parsing: place.description) == place)
    }

    @Test(arguments: [
        "", "nas", "nas:", "nas:relative", ":/srv", "@nas:/srv", "me@:/srv", "-oProxyCommand=x:/srv", "nas:/",
        "nas:/../x",
        "a@b@c:/srv", "nas :/srv", "nas:/srv\n", "rclone:b2", "rclone:b2:", "rclone:-x:y",
    ])
    func whatIsNoPlaceIsNone(text: String) { #expect(ReplicaPlace(parsing: text) == nil) }

    private static func archive(_ name: String, at second: Int64, _ grade: ArchiveFacts.Grade = .proven) -> ArchiveFacts
    {
        ArchiveFacts(
            name: name, cluster: "lab", clusterID: "1", createdAt: Instant(secondsSince1970: second), grade: grade,
            reasons: [], revision: 1, keys: 1, size: 1, sha256: "", kubernetes: nil, etcd: nil, nodes: [],
            recipients: [], hasEncryptionKeys: false)
    }

    @Test func theNewestGoesFirstAndNothingTwice() throws {
        let place = try #require(ReplicaPlace(parsing: "nas:/srv"))
        var there = ArchiveNotes()
        there.replicas["nas:/srv"] = Instant(secondsSince1970: 9)
        var elsewhere = ArchiveNotes()
        elsewhere.replicas["rclone:b2:x"] = Instant(secondsSince1970: 9)
        var own = ArchiveNotes()
        (own.isOwn, there.isOwn, elsewhere.isOwn) = (true, true, true)
        let notes = ["a": own, "b": there, "c": elsewhere, "d": own, "e": own]
        let archives = [
            Self.archive("a", at: 1), Self.archive("b", at: 2), Self.archive("c", at: 3, .checked),
            Self.archive("d", at: 4, .suspect), Self.archive("e", at: 5),
            // Brought here by another host.
            Self.archive("f", at: 6),
        ]
        let pending = ReplicaPlan.pending(archives, notes: { notes[$0] ?? ArchiveNotes() }, place: place)
        #expect(pending.map(\.name) == ["e", "c", "a"])
    }

    @Test func whatAPlaceRemovedIsNotedAndOnlyTheNewestSentAgain() throws {
        let place = try #require(ReplicaPlace(parsing: "nas:/srv"))
        var noted = ArchiveNotes()
        noted.isOwn = true
        noted.replicas["nas:/srv"] = Instant(secondsSince1970: 9)
        let archives = ["a", "b", "c", "d"].enumerated().map { Self.archive($1, at: Int64($0)) }
        func files(_ name: String, size: Int64 = 1) -> [String: Int64] {
            ["\(name).tar.zst.age": size, "\(name).tar.zst.age.minisig": 1, "\(name).json": 1]
        }
        var there = files("a").merging(files("b", size: 2)) { $1 }
        there.merge(files("c")) { $1 }
        there["c.json"] = nil
        let gone = ReplicaPlan.gone(archives, notes: { _ in noted }, place: place, there: there)
        #expect(gone == ["b", "c", "d"])
        there["b.tar.zst.age"] = -1
        #expect(ReplicaPlan.gone(archives, notes: { _ in noted }, place: place, there: there) == ["c", "d"])
        var lost = noted
        lost.replicas = [:]
        lost.gone = ["nas:/srv": Instant(secondsSince1970: 10)]
        func notes(_ name: String) -> ArchiveNotes { gone.contains(name) ? lost : noted }
        #expect(ReplicaPlan.pending(archives, notes: notes, place: place).map(\.name) == ["d"])
        #expect(ReplicaPlan.gone(archives, notes: notes, place: place, there: there).isEmpty)
        #expect(lost.knows(place) && noted.knows(place) && !ArchiveNotes().knows(place))
    }
}

@Suite struct HashComparisonTests {
    private static let one = HashComparison.Answer.hash(1, compactRevision: 5)
    private static let two = HashComparison.Answer.hash(2, compactRevision: 5)
    private static let silent = HashComparison.Answer.silent(reason: "down")

    @Test(arguments: [
        ([one, one, one], 0, true, HashComparison.Next.done),
        ([one], 0, true, .done),
        ([one, two], 0, true, .again(10)),
        ([one, two], 10, true, .done),
        ([one, silent], 0, true, .again(10)),
        ([one, silent], 11, true, .done),
        ([one, .behind], 0, true, .again(2)),
        ([one, .behind], 59, true, .again(2)),
        ([one, .behind], 60, true, .done),
        ([one, .compacted], 0, true, .atCommonRevision),
        ([one, .behind, .compacted], 0, true, .atCommonRevision),
        ([one, .compacted], 3, false, .done),
        ([], 0, true, .done),
    ])
    func whatComesNext(answers: [HashComparison.Answer], elapsed: Int, isOwn: Bool, next: HashComparison.Next) {
        #expect(HashComparison(answers: answers, elapsed: elapsed, isSnapshotRevision: isOwn).next == next)
    }
}

@Suite struct RecoveryBookTests {
    /// Members that name themselves otherwise than their hosts do get a word that nobody can run by mistake.
    @Test func theStepsOfAThreeMemberCluster() throws {
        let names = try ["grey-area", "limiting-factor"].map { try #require(NodeName($0)) }
        let members = names.map { name in
            EtcdPeerFacts(
                memberID: name.text, name: name.text, peerURLs: ["https://\(name):2380"], clientURLs: [],
                isLearner: false)
        }
        func lines(_ version: Version) -> [String] {
            let etcd = Manifest.Etcd(
                clusterID: "c1", memberID: "m1", node: names[0], version: version, members: members)
            let facts = NodeFacts(name: names[1], addresses: [], host: .absent(Absence(.missing, "")))
            return RecoverySteps(host: RecoveryBook.Host(facts), etcd: etcd).lines
        }
        let old = lines(Version(3, 4, 23))
        #expect(old[1].hasPrefix("systemctl stop kubelet"))
        #expect(old[4] == "tar -C opened/nodes/limiting-factor -c . | tar -C / -x --no-overwrite-dir")
        #expect(
            old[6...].joined(separator: "\n") == """
                ETCDCTL_API=3 etcdctl snapshot restore opened/etcd/snapshot.db --data-dir /var/lib/etcd \\
                  --name limiting-factor --initial-cluster \
                grey-area=https://grey-area:2380,limiting-factor=https://limiting-factor:2380 \\
                  --initial-advertise-peer-urls https://limiting-factor:2380 \\
                  --initial-cluster-token restored-c1
                chown -R etcd: /var/lib/etcd
                """)
        let new = lines(Version(3, 5, 16))
        #expect(new[6].hasPrefix("etcdutl snapshot restore"))
        #expect(new[9].hasSuffix("--bump-revision 1000000000 --mark-compacted"))
        #expect(!lines(Version(3, 5, 9))[9].contains("bump"))
    }

    @Test func theBookNamesTheArchiveAndWhomToBelieve() throws {
        try TestArchive.with { archive in
            let entry = ArchiveFacts(
                name: TestArchive.name, cluster: "lab", clusterID: "c1", createdAt: TestArchive.moment, grade: .proven,
                reasons: [], revision: 7, keys: 3, size: 1, sha256: "", kubernetes: Version(1, 20, 2), etcd: nil,
                nodes: ["grey-area"], recipients: [archive.identity.recipient.description], hasEncryptionKeys: false)
            let signer = archive.signer.signer
            let text = RecoveryBook(archive: entry, manifest: TestArchive.manifest, hosts: [], signer: signer).text()
            #expect(text.hasPrefix("# How to bring back the cluster lab\n"))
            #expect(text.contains("minisign -Vm \(TestArchive.sealed) -P \(signer)\n"))
            #expect(text.contains("  - `\(archive.identity.recipient)`\n"))
            #expect(text.contains("- default/data was on grey-area in /srv/data\n"))
            #expect(!text.contains("AGE-SECRET-KEY"))
        }
    }
}
