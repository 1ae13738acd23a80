import Foundation
import PKI
import Plans
import Testing
import UpgradePlanning

@testable import Backups

@Suite("the plan of a restore")
struct RestorePlanTests {
    private static let names = ["single-master", "three-masters", "two-masters"]

    /// The rules that every such plan keeps.
    @Test(arguments: names) func nothingActsOnWhatIsMissing(name: String) throws {
        let steps = try RestoreBed(name).plan.steps
        func places(_ isWanted: (RestoreAction) -> Bool) -> [Int] {
            steps.indices.filter { if case .restore(let action) = steps[$0].action { isWanted(action) } else { false } }
        }
        func starts(_ unit: String) -> [Int] {
            places { if case .start(let units) = $0 { units.contains("\(unit).service") } else { false } }
        }
        let halts = places { if case .halt = $0 { true } else { false } }
        let swaps = places { if case .swapData = $0 { true } else { false } }
        let made = places { if case .makeData = $0 { true } else { false } }
        let asks = places { if case .ask = $0 { true } else { false } }
        try #require(!halts.isEmpty && !swaps.isEmpty && !made.isEmpty && asks.count == 1)
        #expect(swaps.count == made.count)
        // Everything is brought before anything is stopped, and everything is stopped before anything is replaced.
        #expect(try #require(made.max()) < #require(halts.min()))
        #expect(try #require(halts.max()) < #require(swaps.min()))
        #expect(try #require(swaps.max()) < #require(starts("etcd").min()))
        #expect(try #require(starts("etcd").max()) < #require(starts("kube-apiserver").min()))
        for unit in ["kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"] {
            #expect(try asks[0] < #require(starts(unit).min()), "\(unit)")
        }
        #expect(steps.first?.action == .lock && steps.last?.action == .unlock)
        #expect(Set(steps.map(\.id)).count == steps.count)
        // Until the commit each step can be taken back.
        let firstFinal = steps.firstIndex { if case .impossible = $0.undo { true } else { false } }
        #expect(
            steps[(try #require(firstFinal))...].allSatisfy { step in
                if case .restore(.settle) = step.action { true } else { step.action == .unlock }
            })
    }

    /// Each unit that is stopped is started again, on the same host.
    @Test(arguments: names) func whatIsStoppedIsStarted(name: String) throws {
        var stopped: [String: Set<String>] = [:]
        for step in try RestoreBed(name).plan.steps {
            guard case .restore(let action) = step.action, let node = step.node else { continue }
            switch action {
            case .halt(let units): stopped[node, default: []].formUnion(units)
            case .start(let units): stopped[node]?.subtract(units)
            default: break
            }
        }
        #expect(stopped.count == 3 && stopped.values.allSatisfy(\.isEmpty), "\(stopped)")
    }

    @Test func everyMemberComesFromTheSameSnapshotWithANewToken() throws {
        let members = try RestoreBed("three-masters").plan.steps.compactMap { step -> MemberData? in
            if case .restore(.makeData(let member)) = step.action { member } else { nil }
        }
        #expect(members.count == 3 && Set(members.map(\.initialCluster)).count == 1)
        #expect(members.allSatisfy { $0.token == "restore-1" && $0.dataFolder == "/var/lib/etcd" })
        #expect(Set(members.map(\.name)).count == 3)
    }

    @Test func liveDataIsReplacedByNameOnly() throws {
        var bed = try RestoreBed("single-master")
        #expect(bed.plan.restore?.replacesLiveData == true)
        // A rebuilt host's own etcd: made after the archive, at a low revision.
        bed.data["grey-area"]?.madeAt = RestoreBed.made.advanced(by: .seconds(60))
        bed.data["grey-area"]?.bytes = 1 << 20
        bed.setRevision(200)
        #expect(bed.plan.restore?.replacesLiveData == false)
        // The same at a revision that is beyond the archive's: somebody used it.
        bed.setRevision(20_000)
        #expect(bed.plan.restore?.replacesLiveData == true)
        // It does not answer: nobody knows what is in it.
        bed.facts.etcd[0].status = .absent(Absence(.unreachable, "down"))
        #expect(bed.plan.restore?.replacesLiveData == true)
        bed.data["grey-area"]?.exists = false
        #expect(bed.plan.restore?.replacesLiveData == false)
    }

    @Test func whatSpeaksAgainstItIsFoundBeforeAnythingIsTouched() throws {
        func codes(_ name: String = "single-master", _ change: (inout RestoreBed) -> Void) throws -> [String] {
            var bed = try RestoreBed(name)
            change(&bed)
            if !bed.blockers.isEmpty { #expect(bed.plan.steps.isEmpty) }
            return bed.blockers
        }
        #expect(try codes { _ in }.isEmpty)
        #expect(try codes { $0.archive.grade = .suspect } == ["KUP-R001"])
        #expect(try codes { $0.archive.entry.cluster = "other" } == ["KUP-R002"])
        #expect(try codes { $0.data["grey-area"]?.freeBytes = 1 << 30 } == ["KUP-R004"])
        #expect(try codes { $0.archive.entry.etcd = Version(3, 6, 0) } == ["KUP-R005"])
        #expect(try codes { $0.archive.entry.kubernetes = Version(1, 21, 0) } == ["KUP-R006"])
        #expect(try codes { $0.archive.entry.kubernetes = Version(1, 18, 20) } == ["KUP-R019"])
        #expect(try codes { $0.archive.entry.kubernetes = Version(1, 19, 8) }.isEmpty)
        #expect(try codes { $0.archive.entry.etcd = Version(3, 2, 1) } == ["KUP-R019"])
        #expect(try codes { $0.archive.snapshot = nil } == ["KUP-R009"])
        #expect(
            try codes {
                $0.archive.manifest.etcd?.node = NodeName("elsewhere")!; $0.rename("elsewhere")
            } == ["KUP-R010"])
        #expect(try codes("three-masters") { $0.facts.nodes.remove(at: 0) }.contains("KUP-R012"))
    }

    /// A worker whose disk is new gets its keys from the archive before its kubelet starts; one that has them keeps them.
    @Test func aRebuiltWorkerGetsItsFiles() throws {
        var bed = try RestoreBed("single-master")
        let path = "/var/lib/kubernetes/secrets/ca.pem"
        let index = try #require(bed.facts.nodes.firstIndex { $0.name.text == "limiting-factor" })
        guard case .seen(var host) = bed.facts.nodes[index].host else { return }
        let made = try ThrowAwayAuthority(now: RestoreBed.made.secondsSince1970)
        let authority = try CertificateBundle(parsing: Array(made.authority.utf8)).leaf
        let place = try #require(host.pki.firstIndex { $0.path == path })
        host.pki[place].certificate?.fingerprint = authority.fingerprint
        bed.facts.nodes[index].host = .seen(host)
        bed.archive.certificates["nodes/limiting-factor" + path] = authority
        bed.archive.files["limiting-factor"] = [path, "/var/lib/kubernetes/secrets/apitoken.secret"].map {
            FileToPut(path: $0, owner: "root", group: "root", mode: 0o600, sha256: "00", link: nil)
        }
        bed.archive.files["grey-area"] = bed.archive.files["limiting-factor"]
        func files() -> [String] {
            bed.plan.steps.map(\.id).filter { $0.contains("limiting-factor/files") }
        }
        #expect(files().isEmpty)
        host.pki = []
        bed.facts.nodes[index].host = .seen(host)
        #expect(files() == ["bring/limiting-factor/files", "place/limiting-factor/files"])
        func isStranger() -> Bool {
            bed.plan.findings.contains { $0.code == "KUP-R015" && $0.node == "limiting-factor" }
        }
        #expect(!isStranger())
        // The archive has nothing of it, and it can only join anew.
        bed.archive.certificates["nodes/congenital-optimist" + path] = authority
        bed.archive.certificates["nodes/limiting-factor" + path] = nil
        #expect(files().isEmpty)
        #expect(isStranger())
    }

    /// A bed whose archive has an authority and a file of each node, and whose hosts have lost theirs.
    private func emptied(_ name: String = "single-master") throws -> (bed: RestoreBed, authority: CertificateDetails) {
        var bed = try RestoreBed(name)
        let made = try ThrowAwayAuthority(now: RestoreBed.made.secondsSince1970)
        let authority = try CertificateBundle(parsing: Array(made.authority.utf8)).leaf
        for index in bed.facts.nodes.indices {
            guard case .seen(var host) = bed.facts.nodes[index].host else { continue }
            host.pki = []
            bed.facts.nodes[index].host = .seen(host)
            let node = bed.facts.nodes[index].name.text
            bed.put("/var/lib/kubernetes/secrets/ca.pem", authority, on: node)
        }
        return (bed, authority)
    }

    /// Leafs that ended are never put back where certmgr makes them: on a master before anything runs, on a worker as its
    /// kubelet starts, since the authority serves by then.
    @Test func leafsThatEndedAreMadeAnew() throws {
        var (bed, authority) = try emptied()
        authority.isAuthority = false
        authority.notAfter = RestoreBed.made.secondsSince1970 + 60
        let leaf = "/var/lib/kubernetes/secrets/kubelet.pem"
        for node in ["grey-area", "limiting-factor"] { bed.put(leaf, authority, on: node) }
        let stray = "/var/lib/kubernetes/secrets/of-a-network-of-before.pem"
        bed.put(stray, authority, on: "grey-area")
        var noted = Manifest.Node(name: NodeName("grey-area")!)
        noted.used = [leaf]
        bed.archive.manifest.nodes = [noted]
        let steps = bed.plan.steps
        func action(_ id: String) -> RestoreAction? {
            if case .restore(let action) = steps.first(where: { $0.id == id })?.action { action } else { nil }
        }
        guard case .issueCertificates(_, let files, let optional) = action("place/grey-area/certificates") else {
            Issue.record("nothing is issued")
            return
        }
        #expect(files == [leaf])
        #expect(optional == [stray])
        for node in ["grey-area", "limiting-factor"] {
            guard case .putFiles(_, let put) = action("place/\(node)/files") else {
                Issue.record("nothing is put on \(node)")
                return
            }
            #expect(!put.map(\.path).contains(leaf))
        }
        guard case .start(let units) = action("rest/limiting-factor/start"),
            case .start(let others) = action("rest/congenital-optimist/start")
        else {
            Issue.record("the rest is not started")
            return
        }
        #expect(units.contains("certmgr.service") && !others.contains("certmgr.service"))
        #expect(bed.blockers.isEmpty)
    }

    /// Another host's leafs name that host: they are made anew, however long they would last.
    @Test func leafsOfAnotherHostAreMadeAnew() throws {
        var (bed, leaf) = try emptied()
        leaf.isAuthority = false
        leaf.notAfter = RestoreBed.made.secondsSince1970 + 86_400 * 300
        bed.put("/var/lib/kubernetes/secrets/kubelet.pem", leaf, on: "grey-area")
        func issued(_ order: RestoreOrder) -> Bool {
            RestorePlanner.plan(order).steps.contains { $0.id.hasSuffix("/certificates") }
        }
        #expect(!issued(bed.order))
        var order = bed.order
        order.archive.files["old"] = order.archive.files["grey-area"]
        order.archive.certificates = Dictionary(
            uniqueKeysWithValues: order.archive.certificates.map {
                ($0.key.replacingOccurrences(of: "nodes/grey-area/", with: "nodes/old/"), $0.value)
            })
        order.hosts[order.hosts.firstIndex { $0.name.text == "grey-area" }!].origin = NodeName("old")!
        #expect(issued(order))
    }

    /// What would be found only when everything is stopped, or never.
    @Test func whatCannotServeIsFoundBefore() throws {
        var (bed, ended) = try emptied("three-masters")
        #expect(bed.blockers.isEmpty)
        ended.isAuthority = false
        ended.notAfter = RestoreBed.made.secondsSince1970 + 60
        bed.put("/var/lib/kubernetes/secrets/etcd.pem", ended, on: "grey-area")
        // Keys made by hand: nobody makes others.
        #expect(bed.blockers == ["KUP-R016"])
        bed = try emptied("three-masters").bed
        bed.archive.files["limiting-factor"] = nil
        #expect(bed.blockers == ["KUP-R017"])
        bed = try RestoreBed("single-master")
        let index = try #require(bed.facts.nodes.firstIndex { $0.name.text == "grey-area" })
        guard case .seen(var host) = bed.facts.nodes[index].host else { return }
        let unit = try #require(host.units.firstIndex { $0.name == "etcd.service" })
        let line = try #require(host.units[unit].commandLine)
        host.units[unit].commandLine = CommandLineFacts(
            executable: line.executable, arguments: [],
            environment: line.environment.merging(["ETCD_WAL_DIR": "/srv/wal"]) { $1 })
        bed.facts.nodes[index].host = .seen(host)
        #expect(bed.blockers == ["KUP-R018"])
    }

    /// Nobody but the host itself reaches a restored apiserver before somebody said yes.
    @Test func nobodyIsLetInBeforeTheYes() throws {
        func order(_ isUnattended: Bool) throws -> [String] {
            var order = try RestoreBed("three-masters").order
            order.isUnattended = isUnattended
            return RestorePlanner.plan(order).steps.map(\.id)
        }
        let steps = try order(false)
        let ask = try #require(steps.firstIndex(of: "look/ask"))
        for node in ["congenital-optimist", "grey-area", "limiting-factor"] {
            let shield = try #require(steps.firstIndex(of: "apiserver/\(node)/shield"))
            let start = try #require(steps.firstIndex(of: "apiserver/\(node)/start"))
            let unshield = try #require(steps.firstIndex(of: "rest/\(node)/unshield"))
            #expect(shield < start && start < ask && ask < unshield)
        }
        #expect(try !order(true).contains { $0.hasSuffix("shield") })
    }

    /// Made from a data folder: etcd could not be asked, and what its unit was told says who the members are.
    @Test func anArchiveOfADataFolderRestores() throws {
        var bed = try RestoreBed("single-master")
        var node = Manifest.Node(name: NodeName("grey-area")!)
        node.etcd = [
            "ETCD_NAME": "grey-area", "ETCD_INITIAL_CLUSTER": "grey-area=https://etcd.local:2380",
            "ETCD_DATA_DIR": "/var/lib/etcd",
        ]
        bed.archive.manifest.etcd = nil
        #expect(bed.blockers == ["KUP-R010"])
        bed.archive.manifest.nodes = [node]
        #expect(bed.archive.voters == [.init(name: "grey-area", peerURLs: ["https://etcd.local:2380"])])
        #expect(bed.blockers.isEmpty && !bed.plan.steps.isEmpty)
    }

    @Test func aClusterThatPeopleUseIsNotFresh() throws {
        var bed = try RestoreBed("single-master")
        bed.data["grey-area"]?.madeAt = RestoreBed.made.advanced(by: .seconds(600))
        bed.data["grey-area"]?.bytes = 1 << 20
        func replaces(_ order: RestoreOrder) -> Bool { RestorePlanner.plan(order).restore?.replacesLiveData == true }
        var order = bed.order
        #expect(!replaces(order))
        order.used = NodeName("grey-area")
        #expect(replaces(order))
    }

    @Test func aRefusalIsAcceptedByItsCode() throws {
        var order = try RestoreBed("single-master").order
        order.archive.grade = .suspect
        #expect(!RestorePlanner.plan(order).blockers.isEmpty)
        order.accepted = ["KUP-R001"]
        #expect(RestorePlanner.plan(order).blockers.isEmpty)
        // Room cannot be accepted away.
        order.hosts[1].data?.freeBytes = 0
        order.accepted = ["KUP-R004"]
        #expect(RestorePlanner.plan(order).blockers.map(\.code).contains("KUP-R004"))
    }

    @Test func theRevisionJumpsBeyondWhatAnybodySaw() {
        let day = Instant(secondsSince1970: 86_400)
        #expect(RevisionBump.of(archive: 100, newest: nil, now: day) == 1_000_000_000)
        #expect(RevisionBump.of(archive: 100, newest: (500, day), now: day) == 400 + 1_000_000)
        #expect(
            RevisionBump.of(archive: 100, newest: (500, day), now: day.advanced(by: .seconds(86_400)))
                == 400 + 86_400_000)
        #expect(RevisionBump.of(archive: 100, newest: (50, day), now: day) == 1_000_000_000)
        for (version, isKnown) in [
            (Version(3, 4, 23), false), (Version(3, 4, 27), true), (Version(3, 5, 9), false), (Version(3, 5, 10), true),
            (Version(3, 6, 0), true),
        ] { #expect(RevisionBump.isKnown(to: version) == isKnown, "\(version)") }
    }
}
