import NodeAccess

/// Asks a component's own program whether it knows what its unit passes, before anything is started with it.
///
/// Every Kubernetes program reads its flags before it looks at `--help`: an unknown one is an error, a hidden or
/// deprecated one is not. Values are never passed on, so what the unit holds stays in the unit.
public enum ProgramProof {
    /// What `program` does not know of `arguments`, as `--flag`, `feature gate NAME` or `admission plugin NAME`.
    ///
    /// `nil` where it cannot be asked here: another architecture, or no such file. `gates`: further feature gates, of a
    /// configuration file.
    public static func refusals(
        of program: String, arguments: [String], gates: [String] = []
    ) async throws -> [String]? {
        guard let help = try await ask(program, []), help.exitCode == 0 else { return nil }
        let options = ProgramOptions(help: help.outputText + help.errorOutput)
        guard !options.flags.isEmpty else { return nil }
        let passed = PassedOptions(arguments)
        var refused: [String] = []
        for flag in passed.flags where !options.flags.contains(flag) {
            if try await ask(program, ["\(flag)="])?.refuses(flag: flag) == true { refused.append(flag) }
        }
        for gate in Set(passed.gates + gates).sorted() {
            if try await ask(program, ["--feature-gates=\(gate)=true"])?.refuses(gate: gate) == true {
                refused.append("feature gate \(gate)")
            }
        }
        if let plugins = options.admissionPlugins {
            refused += passed.admissionPlugins.filter { !plugins.contains($0) }.map { "admission plugin \($0)" }
        }
        return refused
    }

    /// The closure with ``Closure/Unit/refusals`` of its Kubernetes units filled in, as far as they can be asked here.
    public static func prove(_ closure: Closure) async throws -> Closure {
        try await withThrowingTaskGroup(of: (String, [String]?).self) { group in
            for (name, unit) in closure.units where components.contains(name) {
                guard let program = unit.program else { continue }
                group.addTask {
                    let gates = name == "kubelet.service" ? KubeletConfiguration.gates(of: unit.arguments) : []
                    return (name, try await refusals(of: program, arguments: unit.arguments, gates: gates))
                }
            }
            var proven = closure
            for try await (name, refusals) in group { proven.units[name]?.refusals = refusals }
            return proven
        }
    }

    private static let components: Set<String> = [
        "kube-apiserver.service", "kube-controller-manager.service", "kube-scheduler.service", "kubelet.service",
        "kube-proxy.service",
    ]

    private static func ask(_ program: String, _ arguments: [String]) async throws -> CommandResult? {
        do {
            return try await LocalProgram(program, ["--help"] + arguments).run(
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

    fileprivate func refuses(gate: String) -> Bool {
        exitCode != 0 && (outputText + errorOutput).contains("unrecognized feature gate: \(gate)\n")
    }
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
    var gates: [String]
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
        gates = names("--feature-gates")
        admissionPlugins = names("--enable-admission-plugins") + names("--disable-admission-plugins")
    }
}
