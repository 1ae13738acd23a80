import ArgumentParser
import NixOS
import Observation
import UpgradePlanning

/// Where the target of a plan comes from: at most one of these, else the cluster file says.
struct TargetOptions: ParsableArguments {
    @Option(help: "A flake whose nixosConfigurations.NODE is the target.")
    var flake: String?

    @Option(help: "Another nixpkgs: a flake reference, a path, or a channel name like nixos-26.05.")
    var channel: String?

    @Option(help: ArgumentHelp("A built system closure on this host; once per node.", valueName: "NODE=PATH"))
    var closure: [String] = []

    @Option(help: "A Kubernetes version, without asking Nix.")
    var to: String?

    @Flag(help: "Build what the flake gives on this host, to compare closures instead of evaluations.")
    var build = false

    @Flag(help: "Never use the network: Nix evaluates with what is in its store.")
    var offline = false

    /// The same as words of a command.
    var words: [String] {
        let named = [("--flake", flake), ("--channel", channel), ("--to", to)].flatMap { option, value in
            value.map { [option, $0] } ?? []
        }
        return named + closure.flatMap { ["--closure", $0] } + (build ? ["--build"] : [])
            + (offline ? ["--offline"] : [])
    }

    /// One of them says what the target is; else the cluster file does.
    var isNamed: Bool { flake != nil || channel != nil || to != nil || !closure.isEmpty }

    /// For a file that may be read elsewhere.
    func words(from world: World) -> [String] {
        var whole = self
        whole.flake = flake.map(world.flakeReference)
        whole.channel = channel.map(world.flakeReference)
        return whole.words
    }

    func validate() throws {
        let given =
            [flake != nil, !closure.isEmpty, to != nil].filter { $0 }.count + (channel != nil && flake == nil ? 1 : 0)
        guard given <= 1 else {
            throw ValidationError(
                "--flake, --channel, --closure and --to exclude each other (--channel goes with --flake)")
        }
        if let flake, let mark = flake.firstIndex(of: "#") {
            throw ValidationError(
                "--flake takes no #host, since every node's system is taken from it: \(flake[..<mark])")
        }
        if build, to != nil || !closure.isEmpty {
            throw ValidationError("--build goes with a flake: --to and --closure leave nothing to build")
        }
    }

    /// Throws ``Problem`` when nothing says what the target is.
    func observer(_ cluster: ClusterFile?, world: World) throws -> ChannelObserver {
        let reference = flake.map { world.flakeReference($0) } ?? cluster?.channel.flake
        var observer = ChannelObserver(
            source: try source(reference, cluster, world),
            bridges: to == nil || reference != nil ? cluster?.channel.bridges ?? [:] : [:],
            isOffline: offline, input: cluster?.channel.input ?? "nixpkgs",
            flake: reference ?? (cluster?.channel.build == nil ? nil : ChannelFacts.buildCommand))
        observer.isBuilding = build
        // A flake that is named here is built by Nix itself.
        if flake == nil, case .flake = observer.source, let command = cluster?.channel.build {
            observer.builder = BuildCommand(command, folder: cluster?.folder ?? "/")
            // Without a flake there is nothing to evaluate.
            if reference == nil { observer.isBuilding = true }
        }
        return observer
    }

    /// An input of a flake is a reference, and a channel's name is none: its branch is.
    private static func input(_ text: String) -> String {
        NixCommand.isChannelName(text) ? "github:NixOS/nixpkgs/\(text)" : text
    }

    private func source(
        _ reference: String?, _ cluster: ClusterFile?, _ world: World
    ) throws -> ChannelObserver.Source {
        if let to {
            guard let version = Version(to), version.major == 1 else {
                throw Problem(
                    "KUP-E041", "--to \(to) is no Kubernetes version", next: ["kupgrade plan --to 1.36.2"],
                    status: .usage)
            }
            return .version(version)
        }
        if !closure.isEmpty { return .closures(try closures()) }
        if let channel, reference == nil, cluster?.channel.build == nil {
            return .nixpkgs(world.flakeReference(channel))
        }
        if let reference {
            return .flake(reference: reference, override: channel.map { Self.input(world.flakeReference($0)) })
        }
        if cluster?.channel.build != nil {
            return .flake(
                reference: ChannelFacts.buildCommand, override: channel.map { Self.input(world.flakeReference($0)) })
        }
        if let nixpkgs = cluster?.channel.nixpkgs { return .nixpkgs(nixpkgs) }
        throw Problem(
            "KUP-E040", "nothing says what to plan for",
            because: [
                cluster == nil
                    ? "there is no file of this cluster"
                    : "the cluster file has neither channel.flake nor channel.nixpkgs"
            ],
            next: ["kupgrade plan --to VERSION", "kupgrade plan --flake REFERENCE"], status: .usage)
    }

    /// Throws ``Problem`` when a closure is given for a node that the cluster does not have.
    func check(nodes: [NodeName]) throws {
        guard to == nil else { return }
        for node in try closures().keys.sorted() where !nodes.contains(node) {
            throw Problem(
                "KUP-E043", "--closure names \(node), which is no node of the cluster",
                because: ["its nodes are \(nodes.map(\.text).joined(separator: ", "))"], status: .usage)
        }
        for (node, path) in try closures().sorted(by: { $0.key < $1.key }) {
            guard let other = Self.owner(of: path, among: nodes), other != node else { continue }
            throw Problem(
                "KUP-E042", "\(path) is the system of \(other), and is given for \(node)",
                next: ["kupgrade plan --closure \(other)=\(path)"], status: .usage)
        }
    }

    /// The node whose name is in `/nix/store/HASH-nixos-system-NAME-VERSION`: the longest that fits; `nil` where none does.
    static func owner(of closure: String, among nodes: [NodeName]) -> NodeName? {
        let name = closure.split(separator: "/").last.map(String.init) ?? ""
        guard let start = name.firstRange(of: "-nixos-system-")?.upperBound else { return nil }
        return nodes.filter { name[start...].hasPrefix("\($0)-") }.max { $0.text.count < $1.text.count }
    }

    private func closures() throws -> [NodeName: String] {
        var result: [NodeName: String] = [:]
        for text in closure {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let node = NodeName(parts[0]), parts[1].hasPrefix("/") else {
                throw Problem(
                    "KUP-E042", "--closure \(text) is not NODE=PATH",
                    next: ["kupgrade plan --closure grey-area=/nix/store/…-nixos-system-grey-area-26.05"],
                    status: .usage)
            }
            result[node] = parts[1]
        }
        return result
    }
}

extension ChannelObserver {
    /// What the channel offers, without bridges: which of them are needed depends on what runs.
    func offers(nodes: [NodeName]) async throws -> ChannelFacts {
        try await observe(nodes: nodes) { _, _ in false }
    }

    /// The same with every bridge that lies between what runs and what is offered.
    func bridged(_ channel: ChannelFacts, from facts: ClusterFacts) async throws -> ChannelFacts {
        let nodes = facts.nodes.map(\.name)
        let wanted = bridges.keys.filter { Self.liesBetween($0, facts, channel) }
        var result = channel
        var observer = self
        observer.bridges = bridges.filter { wanted.contains($0.key) }
        guard !wanted.isEmpty else { return channel }
        observer.source = .version(Version(0, 0, 0))
        result.bridges = try await observer.observe(nodes: nodes) { _, _ in true }.bridges
        return result
    }

    func observe(nodes: [NodeName], from facts: ClusterFacts) async throws -> ChannelFacts {
        try await bridged(try await offers(nodes: nodes), from: facts)
    }

    private static func liesBetween(_ minor: MinorRelease, _ facts: ClusterFacts, _ channel: ChannelFacts) -> Bool {
        let running =
            facts.nodes.compactMap { $0.host.value?.component(.kubelet)?.version?.minorRelease }
            + facts.apiServers.compactMap { $0.status.value?.version.minorRelease }
        let offered = channel.offers.values.compactMap { $0.value?.kubernetes.minorRelease }
        guard let lowest = running.min(), let highest = offered.max() else { return true }
        // The running minor's too: its latest patch comes before the next minor, and what lags catches up there.
        return lowest <= minor && minor < highest
    }
}

extension World {
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : workingDirectory + "/" + path }

    /// `.` and `./x` mean a place here; a reference with a scheme stays as it is.
    func flakeReference(_ text: String) -> String {
        text == "." || text.hasPrefix("./") || text.hasPrefix("../") ? absolute(text) : text
    }
}
