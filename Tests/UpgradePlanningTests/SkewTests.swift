import Testing
import UpgradePlanning

@Suite("version skew")
struct SkewTests {
    private static func minor(_ minor: Int) -> MinorRelease { MinorRelease(major: 1, minor: minor) }

    /// Own minor, oldest and newest apiserver, legal or not.
    typealias Row = (own: Int, oldest: Int, newest: Int, isLegal: Bool)

    @Test(
        "apiservers are within one minor",
        arguments: [(20, 20, true), (20, 21, true), (20, 22, false), (34, 37, false)])
    func apiServers(oldest: Int, newest: Int, isLegal: Bool) {
        #expect((Skew.apiServers(Self.minor(oldest)...Self.minor(newest)) == nil) == isLegal)
    }

    @Test(
        "a kubelet is never newer than the oldest apiserver, and at most 3 behind the newest, 2 before 1.25",
        arguments: [
            (20, 20, 20, true), (21, 20, 20, false), (21, 20, 21, false), (20, 20, 21, true), (18, 20, 20, true),
            (17, 20, 20, false), (18, 20, 21, false), (24, 26, 26, true), (24, 27, 27, false), (25, 28, 28, true),
            (25, 29, 29, false), (25, 27, 28, true), (31, 34, 34, true), (31, 34, 35, false),
        ] as [Row])
    func kubelet(_ row: Row) {
        let servers = Self.minor(row.oldest)...Self.minor(row.newest)
        #expect((Skew.kubelet(Self.minor(row.own), apiServers: servers) == nil) == row.isLegal)
        #expect((Skew.proxy(Self.minor(row.own), apiServers: servers) == nil) == row.isLegal)
    }

    @Test(
        "controller-manager and scheduler are never newer, and at most one behind",
        arguments: [
            (20, 20, 20, true), (21, 20, 20, false), (20, 20, 21, true), (21, 20, 21, false), (19, 20, 20, true),
            (18, 20, 20, false), (19, 20, 21, false),
        ] as [Row])
    func controllers(_ row: Row) {
        let servers = Self.minor(row.oldest)...Self.minor(row.newest)
        for component in [Component.controllerManager, .scheduler] {
            let violation = Skew.controller(component, Self.minor(row.own), apiServers: servers)
            #expect((violation == nil) == row.isLegal)
            #expect(violation?.subject ?? component == component)
        }
    }

    @Test(
        "kube-proxy is at most 3 minors from its kubelet either way, 2 before 1.25",
        arguments: [
            (20, 22, true), (20, 23, false), (22, 20, true), (23, 20, false), (24, 21, false), (25, 22, true),
            (25, 28, true), (29, 25, false),
        ])
    func proxyBesideKubelet(proxy: Int, kubelet: Int, isLegal: Bool) {
        #expect((Skew.proxy(Self.minor(proxy), kubelet: Self.minor(kubelet)) == nil) == isLegal)
    }

    @Test("another major is never legal")
    func majors() {
        let two = MinorRelease(major: 2, minor: 0)
        #expect(Skew.apiServers(Self.minor(99)...two) != nil)
        #expect(Skew.kubelet(Self.minor(99), apiServers: two...two) != nil)
        #expect(Skew.kubelet(two, apiServers: Self.minor(99)...Self.minor(99)) != nil)
    }

    @Test("a violation says itself in one line")
    func words() {
        #expect(
            Skew.kubelet(Self.minor(21), apiServers: Self.minor(20)...Self.minor(20))?.description
                == "kubelet 1.21 is newer than kube-apiserver 1.20 (at most 0 ahead)")
        #expect(
            Skew.kubelet(Self.minor(17), apiServers: Self.minor(20)...Self.minor(20))?.description
                == "kubelet 1.17 is older than kube-apiserver 1.20 (at most 2 behind)")
    }
}
