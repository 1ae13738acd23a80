import ArgumentParser
import NixOS
import UpgradePlanning

/// `kupgrade guard`: whether this host may be switched by hand; for NixOS's `system.preSwitchChecks`.
struct GuardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard", abstract: "Refuse a rebuild of this host that would harm its cluster.",
        discussion: """
            Compares the system that would become active with the one that is, by their
            unit files: no network, no cluster file, nothing is started. Refused are a
            skipped minor or a downgrade of Kubernetes or etcd, a kubelet newer than the
            apiserver, both moving at once, and any switch while a run of kupgrade is open.
            NIXOS_NO_CHECK=1 switches all the same. On NixOS:
            services.kupgrade.guard.enable.

            EXIT STATUS
              0  nothing speaks against it    20  refused
            """)

    @Argument(help: "The system that would become active.")
    var incoming: String

    @Argument(help: "What would be done: switch, boot, test; anything else is allowed.")
    var action = "switch"

    @Option(help: ArgumentHelp("The system that is active.", visibility: .hidden))
    var current = "/run/current-system"

    @Option(help: ArgumentHelp("Where runs keep their lock.", visibility: .hidden))
    var lock = "/var/lib/kupgrade/run.lock"

    func run() async throws { try run(in: World.live()) }

    func run(in world: World) throws {
        guard ["switch", "boot", "test"].contains(action) else { return }
        let rule = RebuildGuard(
            current: Self.system(current), incoming: Self.system(incoming),
            openRun: Self.openRun(lock, own: world.environment["KUPGRADE_RUN"]))
        let refusals = rule.refusals
        guard !refusals.isEmpty else { return }
        throw Problem(
            "KUP-E128", "this rebuild is refused", because: refusals, state: ["nothing was switched"],
            next: [rule.openRun == nil ? "kupgrade plan  # the way there" : "kupgrade status"], status: .refused)
    }

    private static func system(_ path: String) -> RebuildGuard.System {
        func version(_ component: Component) -> Version? {
            SystemVersions.version(of: component.rawValue, in: path).flatMap { Version($0) }
        }
        return RebuildGuard.System(
            apiServer: version(.apiServer), kubelet: version(.kubelet), etcd: version(.etcd))
    }

    /// Of the node's lock: `RUN HOLDER`. The run that switches says so in its environment.
    private static func openRun(_ path: String, own: String?) -> String? {
        guard let bytes = try? OwnedFile.read(path, caller: 0, limit: 4_096, what: "lock") else { return nil }
        let run = String(decoding: bytes, as: UTF8.self).split(separator: " ").first.map(String.init)
        return run == own ? nil : run
    }
}
