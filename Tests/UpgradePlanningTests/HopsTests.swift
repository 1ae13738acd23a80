import Plans
import Testing

@testable import UpgradePlanning

@Suite("hops")
struct HopsTests {
    private static func minor(_ minor: Int) -> MinorRelease { MinorRelease(major: 1, minor: minor) }

    private static func bridge(_ number: Int) -> ChannelFacts.Bridge {
        ChannelFacts.Bridge(minor: minor(number), reference: "pin-\(number)", offers: [:])
    }

    private static func words(_ stops: [Hops.Stop]) -> [String] {
        stops.map { stop in
            switch stop {
            case .leg(let minor, .channel): "\(minor)"
            case .leg(let minor, .bridge): "\(minor) by pin"
            case .missing(let minor): "no \(minor)"
            }
        }
    }

    @Test(
        "no minor is skipped, and a minor without a pin ends the way",
        arguments: [
            (20, 20, [], ["1.20"]), (20, 21, [], ["1.21"]), (20, 22, [21], ["1.21 by pin", "1.22"]),
            (20, 22, [], ["no 1.21"]), (20, 23, [21], ["1.21 by pin", "no 1.22"]),
            (20, 24, [23, 21, 22], ["1.21 by pin", "1.22 by pin", "1.23 by pin", "1.24"]),
            (20, 21, [20], ["1.20 by pin", "1.21"]), (20, 20, [20], ["1.20"]),
            (
                34, 36, [33, 35, 37],
                [
                    "1.35 by "
                        + "pin", "1.36",
                ]
            ),
            (22, 20, [], ["1.20"]),
        ])
    func chain(lowest: Int, target: Int, pins: [Int], expected: [String]) {
        let stops = Hops.chain(
            from: Self.minor(lowest), to: Self.minor(target), bridges: pins.map(Self.bridge), catchUp: .notNeeded)
        #expect(Self.words(stops) == expected)
    }

    @Test("nodes that must catch up need a pin for the running minor")
    func catchUp() {
        func words(_ pins: [Int]) -> [String] {
            Self.words(
                Hops.chain(
                    from: Self.minor(30), to: Self.minor(31), bridges: pins.map(Self.bridge), catchUp: .needed))
        }
        #expect(words([]) == ["no 1.30"])
        #expect(words([30]) == ["1.30 by pin", "1.31"])
    }

    @Test("the lab: two hops by the pin, none without it, both named in the plan")
    func lab() {
        #expect(
            TestCluster.singleMaster().plan().goal.hops.map(\.source) == ["github:NixOS/nixpkgs/1.21", "/etc/nixos"])
        #expect(TestCluster.singleMaster(bridges: []).plan().stages.isEmpty)
    }

    @Test("the minors that NixOS skips are known, with the months in which nixpkgs had them")
    func windows() {
        #expect(BridgeWindow.known.map(\.minor.minor) == [24, 26, 29, 32, 35])
        #expect(BridgeWindow.sentence(for: Self.minor(24))?.contains("never carried") == true)
        #expect(BridgeWindow.sentence(for: Self.minor(35))?.contains("2025-12 to 2026-04") == true)
        #expect(BridgeWindow.sentence(for: Self.minor(20)) == nil)
    }
}
