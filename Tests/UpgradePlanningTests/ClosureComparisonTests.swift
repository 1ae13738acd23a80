import Plans
import Testing

@testable import UpgradePlanning

@Suite("comparing closures")
struct ClosureComparisonTests {
    private static let boot = BootFacts(
        kernel: path("linux-6.1.55"), modules: path("linux-6.1.55-modules"), initrd: path("initrd-linux-6.1.55"),
        systemd: path("systemd-258.1"))

    private static func path(_ name: String) -> StorePath? {
        StorePath(containing: "/nix/store/\(String(repeating: "a", count: 32))-\(name)")
    }

    private static func closure(
        _ units: [String: String], certainty: ClosureFacts.Certainty = .built, boot: BootFacts = boot,
        onChange: [String: UnitFileFacts.OnChange] = [:], wanted: Set<String> = [],
        packages: [String: [String]] = [:]
    ) -> ClosureFacts {
        ClosureFacts(
            certainty: certainty, boot: boot,
            units: units.reduce(into: [:]) { all, unit in
                all[unit.key] = UnitFileFacts(
                    digest: unit.value, onChange: onChange[unit.key] ?? .restart,
                    isWanted: wanted.contains(unit.key))
            }, packages: packages)
    }

    @Test("an evaluation names those packages that units name, where they move")
    func evaluatedPackages() {
        let old = Self.closure(
            [:], packages: ["ollama": ["0.3.1"], "curl": ["8.1"], "coreutils": ["9.1", "9.3"], "perl": ["5.38"]])
        let new = Self.closure(
            [:], certainty: .evaluated,
            packages: ["ollama": ["0.4.0"], "curl": ["8.1"], "coreutils": ["9.3"], "caddy": ["2.7"]])
        let moved = ClosureComparison(from: old, to: new, active: nil).packages
        #expect(moved == [Goal.Change(name: "ollama", from: ["0.3.1"], to: ["0.4.0"])])
    }

    @Test("a changed file restarts, reloads or keeps its unit, as the file says; others are left alone")
    func changes() {
        let old = Self.closure(["a.service": "1", "b.service": "1", "c.socket": "1", "d.service": "1"])
        let new = Self.closure(
            ["a.service": "2", "b.service": "2", "c.socket": "2", "d.service": "1"],
            onChange: ["b.service": .reload, "c.socket": .keep])
        let found = ClosureComparison(from: old, to: new, active: ["a.service", "b.service", "c.socket", "d.service"])
        #expect(found.restarts == ["a.service"])
        #expect(found.reloads == ["b.service"])
        #expect(found.keeps == ["c.socket"])
        #expect(found.touched == ["a.service", "b.service"])
    }

    @Test("what does not run is not restarted; what nobody could ask is taken to run")
    func onlyActive() {
        let old = Self.closure(["a.service": "1"])
        let new = Self.closure(["a.service": "2"])
        #expect(ClosureComparison(from: old, to: new, active: []).touched.isEmpty)
        #expect(ClosureComparison(from: old, to: new, active: nil).touched == ["a.service"])
    }

    @Test("a unit that goes is stopped, one that comes is started when something wants it")
    func comesAndGoes() {
        let old = Self.closure(["old.service": "1"])
        let new = Self.closure(["new.service": "1", "idle.service": "1"], wanted: ["new.service"])
        let found = ClosureComparison(from: old, to: new, active: ["old.service"])
        #expect(found.stops == ["old.service"])
        #expect(found.starts == ["new.service"])
    }

    @Test("an evaluation knows nothing of packaged units, and only the drop-in of a packaged one")
    func evaluated() {
        var old = Self.closure(["packaged.service": "1", "own.service": "1"])
        old.units["dropped.service"] = UnitFileFacts(digest: "all", ownDigest: "own")
        let new = Self.closure(["own.service": "2", "dropped.service": "own"], certainty: .evaluated)
        let found = ClosureComparison(from: old, to: new, active: nil)
        #expect(found.stops.isEmpty)
        #expect(found.restarts == ["own.service"])
    }

    @Test("a running instance has its template's file")
    func instances() {
        let old = Self.closure(["getty@.service": "1"])
        let new = Self.closure(["getty@.service": "2"])
        #expect(
            ClosureComparison(from: old, to: new, active: ["getty@tty1.service"]).restarts == ["getty@tty1.service"])
    }

    @Test("packages that come, go and move; none where one side is not known")
    func packages() {
        let old = Self.closure([:], packages: ["ollama": ["0.3.1"], "gone": ["1"], "same": ["2"]])
        let new = Self.closure([:], packages: ["ollama": ["0.4.0"], "new": ["3"], "same": ["2"]])
        let moves = ClosureComparison(from: old, to: new, active: nil).packages
        #expect(moves.map(\.name) == ["gone", "new", "ollama"])
        #expect(moves.map(\.to) == [[], ["3"], ["0.4.0"]])
        #expect(
            ClosureComparison(from: old, to: Self.closure([:], certainty: .evaluated), active: nil).packages.isEmpty)
    }
}
