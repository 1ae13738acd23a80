import FoundationEssentials
import NodeAccess

/// Asks Nix on this host what a configuration would bring. Evaluates only: nothing is built or activated.
public struct NixEvaluator: Sendable {
    public var network: NixCommand.Network
    /// One evaluation of a real host takes 5 to 60 s and up to 3 GB; they run one after the other.
    public var deadline: Duration
    /// The flake input that stands for nixpkgs.
    public var input: String

    public init(network: NixCommand.Network, deadline: Duration = .seconds(600), input: String = "nixpkgs") {
        self.network = network
        self.deadline = deadline
        self.input = input
    }

    /// What `nixosConfigurations.HOST` of a flake would run. Throws ``NixError``.
    public func offer(flake: String, host: String, override: String?) async throws -> NixOffer {
        let command = NixCommand.evaluateHost(
            flake: flake, host: host, override: override, input: input, network: network)
        let attribute = "\(flake)#nixosConfigurations.\(host)"
        let answer = try JSONDecoder.answer(HostAnswer.self, from: await run(command, attribute: attribute), attribute)
        if let others = answer.missing {
            let known = others.isEmpty ? "it has none" : "it has \(others.prefix(20).joined(separator: ", "))"
            throw NixError(.noSuchHost, "\(flake) has no nixosConfigurations.\(host): \(known)")
        }
        guard answer.module ?? true, let kubernetes = answer.kubernetes else {
            throw NixError(.noModule, "\(attribute) does not use services.kubernetes")
        }
        return NixOffer(answer, kubernetes: kubernetes)
    }

    /// Builds `nixosConfigurations.HOST` of a flake on this host and returns its store path. Throws ``NixError``.
    public func build(flake: String, host: String, override: String?) async throws -> String {
        let command = NixCommand.buildHost(
            flake: flake, host: host, override: override, input: input, network: network)
        let attribute = "\(flake)#nixosConfigurations.\(host)"
        let built = try JSONDecoder.answer(
            [BuildAnswer].self, from: await run(command, attribute: attribute), attribute)
        guard let path = built.first?.outputs["out"] else {
            throw NixError(.malformed, "\(attribute): Nix did not say what it built")
        }
        return path
    }

    /// What a nixpkgs path or channel (`nixos-26.05`) would bring to any host. Throws ``NixError``.
    public func offer(nixpkgs: String) async throws -> NixOffer {
        if case .offline = network, NixCommand.isChannelName(nixpkgs) {
            throw NixError(.evaluation, "\(nixpkgs) is a channel on the network, and --offline keeps off it")
        }
        let command = NixCommand.evaluatePackages(nixpkgs: nixpkgs, network: network)
        let answer = try JSONDecoder.answer(HostAnswer.self, from: await run(command, attribute: nixpkgs), nixpkgs)
        guard let kubernetes = answer.kubernetes else {
            throw NixError(.malformed, "\(nixpkgs) has no kubernetes")
        }
        return NixOffer(answer, kubernetes: kubernetes)
    }

    private func run(_ command: NixCommand, attribute: String) async throws -> [UInt8] {
        do {
            let result = try await LocalProgram(command.program, command.arguments).run(
                deadline: deadline, outputLimit: 32 << 20)
            guard result.exitCode == 0 else {
                throw NixError(.evaluation, "\(attribute): \(NixWords.shortened(result.errorOutput))")
            }
            return result.output
        } catch let error as NodeAccessError {
            switch error.code {
            case .programMissing: throw NixError(.noNix, "this host has no \(command.program) program")
            case .timedOut: throw NixError(.timedOut, "\(attribute): evaluation took longer than \(deadline)")
            default: throw NixError(.malformed, error.message)
            }
        }
    }
}

private struct BuildAnswer: Decodable {
    var outputs: [String: String]
}

private struct HostAnswer: Decodable {
    struct Unit: Decodable {
        var text: String?
        var wanted: Bool
    }

    var missing: [String]?
    var module: Bool?
    var kubernetes: String?
    var etcd: String?
    var containerd: String?
    var kernel: String?
    var nixos: String?
    var toplevel: String?
    var moduleKubernetes: String?
    var unlocksBySSH: Bool?
    var revision: String?
    var nix: String?
    var links: [String: String?]?
    var units: [String: Unit]?
}

extension NixOffer {
    fileprivate init(_ answer: HostAnswer, kubernetes: String) {
        self.init(
            kubernetes: kubernetes, etcd: answer.etcd, containerd: answer.containerd, kernel: answer.kernel,
            nixos: answer.nixos, toplevel: answer.toplevel)
        moduleKubernetes = answer.moduleKubernetes
        unlocksBySSH = answer.unlocksBySSH
        revision = answer.revision
        nix = answer.nix
        guard let toplevel = answer.toplevel, let units = answer.units, !units.isEmpty else { return }
        var closure = Closure(toplevel: toplevel)
        closure.links = (answer.links ?? [:]).compactMapValues { $0 }
        closure.nixosVersion = answer.nixos
        for (name, unit) in units {
            guard let text = unit.text else { continue }
            closure.units[name] = Closure.Unit(name: name, base: text, dropIns: [], isWanted: unit.wanted)
        }
        closure.packages = PackageName.versions(of: units.values.flatMap { PackageName.named(in: $0.text ?? "") })
        self.closure = closure
    }
}

extension JSONDecoder {
    fileprivate static func answer<Answer: Decodable>(
        _ type: Answer.Type, from bytes: [UInt8], _ attribute: String
    ) throws -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw NixError(.malformed, "\(attribute): Nix did not answer with the JSON that was asked for")
        }
    }
}

/// Nix's own words, short enough to show.
enum NixWords {
    /// The last error in the text with at most three lines after it, without Nix's traces and colours.
    static func shortened(_ text: String) -> String {
        let lines = text.split(separator: "\n").map { String($0).strippingEscapes().trimmed() }.filter { !$0.isEmpty }
        // What depends on a failed build fails after it and says less.
        let first = lines.lastIndex { $0.hasPrefix("error: builder for ") }
        guard let last = first ?? lines.lastIndex(where: { $0.hasPrefix("error:") }) else {
            return lines.last.map { String($0.prefix(300)) } ?? "Nix said nothing"
        }
        let noise = ["at /", "at «", "… ", "(use '--show-trace'", "note:"]
        let block = lines[last...].filter { line in !noise.contains { line.hasPrefix($0) } }
            .filter { line in line.first.map { !$0.isNumber && $0 != "|" && $0 != "^" } ?? false }
        let words = block.prefix(3).joined(separator: " ").dropFirst("error:".count)
        return String(String(words).trimmed().prefix(400))
    }
}

extension String {
    func trimmed() -> String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }

    /// Without ANSI colour sequences.
    func strippingEscapes() -> String {
        var result = ""
        var isEscape = false
        for scalar in unicodeScalars {
            if scalar == "\u{1B}" {
                isEscape = true
            } else if isEscape {
                if scalar.properties.isAlphabetic { isEscape = false }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
