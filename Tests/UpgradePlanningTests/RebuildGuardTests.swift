import Testing
import UpgradePlanning

@Suite struct RebuildGuardTests {
    private func system(_ server: String?, _ kubelet: String?, _ etcd: String?) -> RebuildGuard.System {
        RebuildGuard.System(
            apiServer: server.flatMap { Version($0) }, kubelet: kubelet.flatMap { Version($0) },
            etcd: etcd.flatMap { Version($0) })
    }

    private typealias Three = (String?, String?, String?)

    @Test func whatIsRefused() {
        let cases: [(Three, Three, String?)] = [
            (("1.34.1", "1.34.1", "3.5.24"), ("1.34.1", "1.34.1", "3.5.24"), nil),
            (("1.34.1", "1.34.1", "3.5.24"), ("1.35.0", "1.35.0", "3.5.24"), nil),
            (("1.34.1", "1.34.1", "3.5.24"), ("1.34.0", "1.34.0", "3.5.24"), nil),
            (("1.34.1", "1.34.1", "3.5.24"), ("1.36.0", "1.36.0", "3.5.24"), "skip 1.35"),
            (("1.34.1", "1.34.1", "3.5.24"), ("1.33.9", "1.33.9", "3.5.24"), "go back from 1.34.1 to 1.33.9"),
            (("1.34.1", "1.34.1", "3.5.24"), ("1.34.1", "1.34.1", "3.6.0"), nil),
            (("1.34.1", "1.34.1", "3.5.9"), ("1.34.1", "1.34.1", "3.6.0"), "3.5.24 and later"),
            (("1.34.1", "1.34.1", "3.6.0"), ("1.34.1", "1.34.1", "3.5.24"), "etcd would go back"),
            (("1.34.1", "1.34.1", "3.4.23"), ("1.34.1", "1.34.1", "3.6.0"), "skip 3.5"),
            (("1.34.1", "1.34.1", "3.5.24"), ("1.35.0", "1.35.0", "3.6.0"), "in one step"),
            (("1.34.1", "1.34.1", "3.5.24"), ("1.34.1", "1.35.0", "3.5.24"), "newer than the apiserver"),
            // A worker: nobody on it knows the apiserver.
            ((nil, "1.33.0", nil), (nil, "1.34.0", nil), nil),
            ((nil, "1.33.0", nil), (nil, "1.35.0", nil), "the kubelet would go from 1.33.0 to 1.35.0, and skip 1.34"),
            ((nil, "1.34.0", nil), (nil, "1.33.0", nil), "the kubelet would go back from 1.34.0 to 1.33.0"),
            ((nil, nil, nil), (nil, nil, nil), nil),
            // It stops being a master, or becomes one.
            (("1.34.1", "1.34.1", "3.5.24"), (nil, "1.34.1", nil), nil),
            ((nil, "1.34.1", nil), ("1.34.1", "1.34.1", "3.5.24"), nil),
        ]
        for (old, new, refusal) in cases {
            let rule = RebuildGuard(
                current: system(old.0, old.1, old.2), incoming: system(new.0, new.1, new.2), openRun: nil)
            if let refusal {
                #expect(rule.refusals.contains { $0.contains(refusal) }, "\(old) \(new): \(rule.refusals)")
            } else {
                #expect(rule.refusals == [], "\(old) \(new)")
            }
        }
    }

    @Test func anOpenRunRefusesEverything() {
        let same = system("1.34.1", "1.34.1", "3.5.24")
        #expect(
            RebuildGuard(current: same, incoming: same, openRun: "upgrade-1").refusals
                == ["the run upgrade-1 of kupgrade is open on this host"])
    }
}
