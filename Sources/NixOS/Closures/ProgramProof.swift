import NodeAccess

/// Asks a component's own program whether it knows what its unit passes, before anything is started with it.
///
/// Every Kubernetes program reads its flags before it looks at `--help`: an unknown one is an error, a hidden or
/// deprecated one is not. No value is passed on but a gate's, so what the unit holds stays in the unit.
public enum ProgramProof {
    /// What a program said of what it is passed.
    public struct Answer: Hashable, Sendable {
        /// `--flag`, `feature gate NAME`, `admission plugin NAME`: with one of these it would not start.
        public var refusals: [String]
        /// Feature gates that nobody could be asked about: a kubelet reads them after `--help` and `--version`.
        public var unjudgedGates: [String]
    }

    /// What `program` does not know of `arguments`.
    ///
    /// `nil` where it cannot be asked here: another architecture, or no such file. `gates`: further feature gates with their
    /// values, of a configuration file.
    public static func answer(
        of program: String, arguments: [String], gates: [String: String] = [:]
    ) async throws -> Answer? {
        guard let help = try await ask(program, ["--help"]), help.exitCode == 0 else { return nil }
        let options = ProgramOptions(help: help.outputText + help.errorOutput)
        guard !options.flags.isEmpty else { return nil }
        let passed = PassedOptions(arguments)
        var refused: [String] = []
        for flag in passed.flags where !options.flags.contains(flag) {
            if try await ask(program, ["--help", "\(flag)="])?.refuses(flag: flag) == true { refused.append(flag) }
        }
        let judged = try await judge(passed.gates.merging(gates) { first, _ in first }, of: program)
        if let plugins = options.admissionPlugins {
            refused += passed.admissionPlugins.filter { !plugins.contains($0) }.map { "admission plugin \($0)" }
        }
        return Answer(refusals: refused + judged.refusals, unjudgedGates: judged.unjudgedGates)
    }

    /// Gates are one list for all programs of a release, and only its apiserver reads them before it prints its version: it
    /// is asked where the program itself says yes to a gate that there never was. Those that the controller-manager has for
    /// itself it does not know; one that is locked it does.
    private static func judge(_ gates: [String: String], of program: String) async throws -> Answer {
        guard !gates.isEmpty else { return Answer(refusals: [], unjudgedGates: []) }
        let folder = program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let sister = "\(folder)/kube-apiserver"
        for judge in program == sister ? [program] : [program, sister] {
            guard try await ask(judge, words("KupgradeHasNoSuchGate", "true"))?.refusesGate == true else { continue }
            let isStrange = judge != program && program.hasSuffix("/kube-controller-manager")
            var answer = Answer(refusals: [], unjudgedGates: [])
            for (gate, value) in gates.sorted(by: { $0.key < $1.key }) {
                guard let said = try await ask(judge, words(gate, value)), said.refusesGate else { continue }
                if isStrange, !said.isAboutALockedGate {
                    answer.unjudgedGates.append(gate)
                } else {
                    answer.refusals.append("feature gate \(gate)")
                }
            }
            return answer
        }
        return Answer(refusals: [], unjudgedGates: gates.keys.sorted())
    }

    private static func words(_ gate: String, _ value: String) -> [String] {
        ["--version", "--feature-gates=\(gate)=\(value)"]
    }

    /// The closure with ``Closure/Unit/answer`` of its Kubernetes units filled in, as far as they can be asked here.
    public static func prove(_ closure: Closure) async throws -> Closure {
        try await withThrowingTaskGroup(of: (String, Answer?).self) { group in
            for (name, unit) in closure.units where components.contains(name) {
                guard let program = unit.program else { continue }
                group.addTask {
                    let gates = name == "kubelet.service" ? KubeletConfiguration.gates(of: unit.arguments) : [:]
                    return (name, try await answer(of: program, arguments: unit.arguments, gates: gates))
                }
            }
            var proven = closure
            for try await (name, answer) in group { proven.units[name]?.answer = answer }
            return proven
        }
    }

    private static let components: Set<String> = [
        "kube-apiserver.service", "kube-controller-manager.service", "kube-scheduler.service", "kubelet.service",
        "kube-proxy.service",
    ]

    private static func ask(_ program: String, _ arguments: [String]) async throws -> CommandResult? {
        do {
            return try await LocalProgram(program, arguments).run(
                deadline: .seconds(20), outputLimit: 4 << 20)
        } catch let error as NodeAccessError where error.code != .timedOut {
            return nil
        }
    }
}

extension CommandResult {
    fileprivate func refuses(flag: String) -> Bool {
        exitCode != 0 && (outputText + errorOutput).contains("unknown flag: \(flag)\n")
    }

    /// It does not know the gate, or cannot set it to this.
    fileprivate var refusesGate: Bool {
        exitCode != 0 && ((outputText + errorOutput).contains("unrecognized feature gate: ") || isAboutALockedGate)
    }

    fileprivate var isAboutALockedGate: Bool { (outputText + errorOutput).contains("feature is locked to") }
}

/// What a program says of itself in its `--help`.
struct ProgramOptions: Hashable {
    /// With their dashes.
    var flags: Set<String> = []
    /// `nil` where it has none.
    var admissionPlugins: Set<String>?

    init(help: String) {
        for line in help.split(separator: "\n") {
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("-"), text.count < line.count else { continue }
            let words = text.split(separator: " ", maxSplits: 2)
            guard let flag = words.prefix(2).first(where: { $0.hasPrefix("--") }) else { continue }
            flags.insert(String(flag.prefix { $0 != "=" && $0 != "[" }))
            if flag == "--enable-admission-plugins" { admissionPlugins = Self.plugins(text) }
        }
    }

    private static func plugins(_ text: Substring) -> Set<String>? {
        let mark = "Comma-delimited list of admission plugins: "
        guard let start = text.firstRange(of: mark)?.upperBound else { return nil }
        return Set(text[start...].prefix { $0 != "." }.split(separator: ",").map { String($0.filter { $0 != " " }) })
    }
}

/// Names of what a unit passes to its program.
struct PassedOptions: Hashable {
    var flags: [String]
    /// Name to value, as it is passed.
    var gates: [String: String]
    var admissionPlugins: [String]

    init(_ arguments: [String]) {
        var values: [String: [String]] = [:]
        for argument in arguments where argument.hasPrefix("--") {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0]), default: []] += parts.count == 2 ? [String(parts[1])] : []
        }
        func names(_ flag: String) -> [String] {
            (values[flag] ?? []).flatMap { $0.split(separator: ",") }
                .compactMap { $0.split(separator: "=").first.map(String.init) }
        }
        flags = values.keys.filter { $0 != "--" }.sorted()
        gates = Self.gates(values["--feature-gates"] ?? [])
        admissionPlugins = names("--enable-admission-plugins") + names("--disable-admission-plugins")
    }
    /// `A=true,B=false`; from 1.31 on also `kube:A=true`.
    private static func gates(_ values: [String]) -> [String: String] {
        values.flatMap { $0.split(separator: ",") }.reduce(into: [:]) { gates, word in
            let parts = word.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            if let name = parts.first { gates[name] = parts.count == 2 ? parts[1] : "true" }
        }
    }
}
