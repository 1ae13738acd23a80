import FoundationEssentials
public import NixOS
public import UpgradePlanning

/// Asks what NixOS would bring to each node: one evaluation after the other, since each can take gigabytes.
///
/// A node whose configuration cannot be evaluated is a fact with its reason; the others go on.
public struct ChannelObserver: Sendable {
    /// Where the target comes from.
    public enum Source: Sendable, Hashable {
        case flake(reference: String, override: String?)
        /// A nixpkgs path or channel name, the same for every node.
        case nixpkgs(String)
        /// Built system closures on this host, by node.
        case closures([NodeName: String])
        case version(Version)
    }

    public var source: Source
    public var bridges: [MinorRelease: String]
    public var isOffline: Bool
    /// The flake's input that stands for nixpkgs.
    public var input: String
    /// The flake that bridges are evaluated with.
    public var flake: String?
    /// Builds what a flake gives, on this host, instead of only evaluating it.
    public var isBuilding = false
    /// What builds a host's system instead of Nix alone.
    public var builder: BuildCommand?

    public init(
        source: Source, bridges: [MinorRelease: String], isOffline: Bool, input: String, flake: String?
    ) {
        self.source = source
        self.bridges = bridges
        self.isOffline = isOffline
        self.input = input
        self.flake = flake
    }

    /// `isNeeded` tells for which minors a bridge is worth an evaluation, given what the channel offers.
    public func observe(
        nodes: [NodeName], isNeeded: @Sendable ([NodeName: Observed<NodeOffer>], MinorRelease) -> Bool
    ) async throws -> ChannelFacts {
        let offers = try await self.offers(nodes)
        var found: [ChannelFacts.Bridge] = []
        for (minor, reference) in bridges.sorted(by: { $0.key < $1.key }) where isNeeded(offers, minor) {
            found.append(
                ChannelFacts.Bridge(minor: minor, reference: reference, offers: try await bridge(reference, nodes)))
        }
        // Who was stopped in the middle knows nothing; that is no answer about a node.
        try Task.checkCancellation()
        var facts = ChannelFacts(source: factsSource, offers: offers, bridges: found)
        facts.input = input
        return facts
    }

    private var evaluator: NixEvaluator {
        NixEvaluator(
            network: isOffline ? .offline : .online, deadline: .seconds(isBuilding ? Self.buildSeconds : 600),
            input: input)
    }

    /// A kernel, or a driver with its compiler.
    private static let buildSeconds = 4 * 3_600

    private var factsSource: ChannelFacts.Source {
        switch source {
        case .flake(let reference, let override): .flake(reference: reference, override: override)
        case .nixpkgs(let name): .channel(name)
        case .version(let version): .version(version)
        case .closures(let closures):
            closures.values.sorted().compactMap { StorePath(containing: $0) }.first.map { .closure($0) }
                ?? .channel(closures.values.sorted().joined(separator: " "))
        }
    }

    private func offers(_ nodes: [NodeName]) async throws -> [NodeName: Observed<NodeOffer>] {
        switch source {
        case .flake(let reference, let override):
            return Self.apart(
                try await each(nodes) { node in
                    try await flakeOffer(reference, node, override: override)
                })
        case .nixpkgs(let name):
            let offer = await Observed<NodeOffer> { try NodeOffer(try await evaluator.offer(nixpkgs: name)) }
            return Dictionary(uniqueKeysWithValues: nodes.map { ($0, offer) })
        case .closures(let closures):
            // A node for which none was named is offered nothing.
            return try await each(nodes.filter { closures[$0] != nil }) { node in
                try NixOffer(try await Self.closure(at: closures[node] ?? ""))
            }
        case .version(let version):
            return Dictionary(uniqueKeysWithValues: nodes.map { ($0, .seen(NodeOffer(kubernetes: version))) })
        }
    }

    /// A bridge overrides the flake's nixpkgs; without a flake it is a nixpkgs of its own.
    private func bridge(_ reference: String, _ nodes: [NodeName]) async throws -> [NodeName: Observed<NodeOffer>] {
        if let flake {
            return Self.apart(
                try await each(nodes) { node in
                    try await flakeOffer(flake, node, override: reference)
                })
        }
        let offer = await Observed<NodeOffer> { try NodeOffer(try await evaluator.offer(nixpkgs: reference)) }
        return Dictionary(uniqueKeysWithValues: nodes.map { ($0, offer) })
    }

    /// A command that failed on the way may print what it built for another host: that would be its name and addresses, too.
    private static func apart(_ offers: [NodeName: Observed<NodeOffer>]) -> [NodeName: Observed<NodeOffer>] {
        let paths = Dictionary(grouping: offers.keys) { offers[$0]?.value?.toplevel }
        var offers = offers
        for (path, nodes) in paths where nodes.count > 1 {
            guard let path else { continue }
            let names = nodes.map(\.text).sorted().joined(separator: ", ")
            for node in nodes {
                offers[node] = .absent(Absence(.malformed, "\(names) would get the same system \(path)"))
            }
        }
        return offers
    }

    /// Evaluated, or built; a closure that is built already is read.
    private func flakeOffer(_ flake: String, _ node: NodeName, override: String?) async throws -> NixOffer {
        if isBuilding {
            let path = try await built(flake, node, override: override)
            var built = try NixOffer(try await Self.closure(at: path))
            // What a closure does not tell; a configuration that builds and says nothing of itself is no error.
            if let offer = try? await evaluator.offer(flake: flake, host: node.text, override: override),
                // A command may build something else than the flake says.
                builder == nil || offer.toplevel == path
            {
                built.takeWhatIsOnlyEvaluated(from: offer)
            }
            return built
        }
        let offer = try await evaluator.offer(flake: flake, host: node.text, override: override)
        guard let path = offer.toplevel, FileManager.default.fileExists(atPath: path + "/etc/systemd/system"),
            var built = try? NixOffer(try await Self.closure(at: path))
        else { return offer }
        built.takeWhatIsOnlyEvaluated(from: offer)
        return built
    }

    private func built(_ flake: String, _ node: NodeName, override: String?) async throws -> String {
        guard let builder else { return try await evaluator.build(flake: flake, host: node.text, override: override) }
        return try await builder.build(host: node.text, override: override, deadline: .seconds(Self.buildSeconds))
    }

    private static func closure(at path: String) async throws -> Closure {
        guard let closure = try await ClosureProbe.read([path])[path] else {
            throw ObservationFailure(.missing, "\(path) is not a system closure on this host")
        }
        return try await ProgramProof.prove(closure)
    }

    private func each(
        _ nodes: [NodeName], _ ask: (NodeName) async throws -> NixOffer
    ) async throws -> [NodeName: Observed<NodeOffer>] {
        var offers: [NodeName: Observed<NodeOffer>] = [:]
        for node in nodes {
            try Task.checkCancellation()
            offers[node] = await Observed { try NodeOffer(try await ask(node)) }
        }
        return offers
    }
}

extension NodeOffer {
    /// Throws where Nix names a Kubernetes version that is none.
    init(_ offer: NixOffer) throws {
        guard let kubernetes = Version(offer.kubernetes) else {
            throw ObservationFailure(.malformed, "\"\(offer.kubernetes)\" is no version of Kubernetes")
        }
        self.init(
            kubernetes: kubernetes, etcd: offer.etcd.flatMap { Version($0) },
            containerd: offer.containerd.flatMap { Version($0) }, kernel: offer.kernel, nixos: offer.nixos,
            toplevel: offer.toplevel.flatMap { StorePath(containing: $0) },
            closure: offer.closure.map { ClosureFacts($0, certainty: offer.isBuilt ? .built : .evaluated) })
        moduleKubernetes = offer.moduleKubernetes.flatMap { Version($0) }
        unlocksBySSH = offer.unlocksBySSH
        revision = offer.revision
        nix = offer.nix.flatMap { Version($0) }
    }
}

extension NixOffer {
    fileprivate mutating func takeWhatIsOnlyEvaluated(from offer: NixOffer) {
        moduleKubernetes = offer.moduleKubernetes
        unlocksBySSH = offer.unlocksBySSH
        revision = offer.revision
        nix = offer.nix
    }
}
