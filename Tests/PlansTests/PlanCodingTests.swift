import Foundation
import Plans
import Testing

@Suite("plans as JSON")
struct PlanCodingTests {
    private static let target = SystemTarget(
        source: "/etc/nixos", override: "nixpkgs/1.21", kubernetes: "1.21.0", etcd: "3.4.23")
    private static let activation = Activation(target: target, bootDefault: .before)

    private static let actions: [Action] = [
        .build(target), .copy(target), .prove(target), .lock, .unlock, .stopTimers(UnitList(["nix-gc.timer"])),
        .startTimers(UnitList(["nix-gc.timer"])), .park(UnitList(["certmgr.service"])),
        .unpark(UnitList(["certmgr.service"])), .pauseGitOps(HookCall("argocd")), .resumeGitOps(HookCall("argocd")),
        .backUp(BackupTarget(etcdNode: "grey-area", kubernetes: ["1.20.2"])), .cordon, .drain(TimeLimit(seconds: 600)),
        .moveLeader(LeaderTarget(node: "grey-area", memberID: "8e9e05c52164694d")),
        .armGuard(GuardTarget(lifetime: .persistent, seconds: 600)), .activate(activation), .reboot(activation),
        .waitFor(GateList([.nodeReady(kubelet: "1.21.0"), .etcdHealthy(voters: 3), .podNetwork], limitSeconds: 600)),
        .disarmGuard, .commit(target), .uncordon, .restore(.halt(units: ["etcd.service"])),
        .restore(.makeData(member: member)), .restore(.swapData(member: member)), .restore(.ask(question: "go on?")),
        .restore(.setAside(folder: "/var/lib/etcd", undoName: "x")), .restore(.join(initialCluster: "a=b")),
        .restore(.replaceMember(name: "a", peerURLs: ["b"])),
        .restore(.stageSnapshot(folder: "/var/lib/etcd/.x", sha256: "00", bytes: 1)),
        .restore(.stageFiles(folder: "/x", files: [file])), .restore(.putFiles(folder: "/x", files: [file])),
        .restore(.issueCertificates(folder: "/x", files: ["/x"])), .restore(.start(units: [])),
        .restore(.settle(folders: [])),
    ]
    private static let file = FileToPut(
        path: "/var/lib/cfssl/ca.pem", owner: "cfssl", group: "cfssl", mode: 0o644, sha256: "00", link: nil)
    private static let member = MemberData(
        dataFolder: "/var/lib/etcd", stage: "/var/lib/etcd/.x", programs: "/nix/store/x/bin", version: "3.4.23",
        name: "grey-area", initialCluster: "grey-area=https://grey-area:2380", peerURLs: ["https://grey-area:2380"],
        token: "t", revisionBump: 1_000, owner: "etcd:etcd", undoName: "member.kupgrade-undo-1")

    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(try json(value).utf8))
    }

    @Test("every action comes back as it was, and says its kind")
    func actions() throws {
        #expect(Set(Self.actions.map(\.kind)) == Set(Action.Kind.allCases))
        for action in Self.actions {
            #expect(try roundTrip(action) == action)
            #expect(try json(action).contains("\"kind\":\"\(action.kind.rawValue)\""))
            #expect(try !json(action).contains("\"_0\""))
        }
    }

    @Test("enums with payloads read as objects with a kind")
    func readable() throws {
        #expect(try json(Action.drain(TimeLimit(seconds: 600))) == #"{"kind":"drain","seconds":600}"#)
        #expect(try json(Action.lock) == #"{"kind":"lock"}"#)
        #expect(
            try json(Impact.restarts(units: ["kubelet.service"])) == #"{"kind":"restarts","units":["kubelet.service"]}"#
        )
        #expect(try json(WayBack.oneWay(reason: "gone")) == #"{"kind":"oneWay","reason":"gone"}"#)
        #expect(try json(Undo.putBack(what: "the lock")) == #"{"kind":"putBack","what":"the lock"}"#)
        #expect(try json(Gate.apiServerReady(version: "1.21.0")) == #"{"kind":"apiServerReady","version":"1.21.0"}"#)
    }

    @Test(
        "impacts, ways back, undos and gates come back as they were",
        arguments: [
            (Impact.none, WayBack.free, Undo.nothing, Gate.freshConnection),
            (.untouched, .etcdStep, .putBack(what: "x"), .systemActive),
            (.restarts(units: ["a"]), .needsRestore, .reactivate, .nodeReady(kubelet: "1.21.0")),
            (.drain, .oneWay(reason: "x"), .impossible(reason: "x"), .apiServerReady(version: "1.21.0")),
            (.reboot, .free, .nothing, .etcdHealthy(voters: 3)),
            (.reboot, .free, .nothing, .controllersLead), (.reboot, .free, .nothing, .podNetwork),
        ])
    func words(_ value: (Impact, WayBack, Undo, Gate)) throws {
        #expect(try roundTrip(value.0) == value.0)
        #expect(try roundTrip(value.1) == value.1)
        #expect(try roundTrip(value.2) == value.2)
        #expect(try roundTrip(value.3) == value.3)
    }

    @Test("a kind that nobody knows is refused, not skipped")
    func unknownKind() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Action.self, from: Data(#"{"kind":"eraseDisk"}"#.utf8))
        }
    }

    @Test("a plan comes back as it was, twice in the same bytes")
    func plan() throws {
        let plan = PlanTests.plan(ways: [.free, .free, .needsRestore])
        #expect(try roundTrip(plan) == plan)
        #expect(try json(plan) == json(try roundTrip(plan)))
    }
}
