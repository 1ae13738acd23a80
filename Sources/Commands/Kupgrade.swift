import ArgumentParser
import Synchronization
import Terminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The program: its verbs, and how what they throw becomes an exit code.
public enum Kupgrade {
    /// The version of this build.
    public static let version = "0.1.0"

    /// Runs the verb that the arguments name and ends the process with its exit code. The words are read where it is called,
    /// on the main thread: what has nothing to wait for starts no other.
    @MainActor public static func run(_ arguments: [String]) async -> Never {
        // What it holds in memory would be on the disk for ever.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        let code: Int32
        switch words(Array(arguments.dropFirst())) {
        case .success(let verb): code = await Interruption.guarding { await verb.status() }
        case .failure(let error): code = usage(error)
        }
        ProcessEnd.exit(Self.unwritten() ?? code)
    }

    static func status(of arguments: [String]) async -> Int32 {
        switch words(arguments) {
        case .success(let verb): await verb.status()
        case .failure(let error): usage(error)
        }
    }

    private static func words(_ arguments: [String]) -> Result<Verb, any Error> {
        Result { Verb(try RootCommand.parseAsRoot(arguments)) }
    }

    /// What was asked for did not reach standard output, though all went well.
    private static func unwritten() -> Int32? {
        guard let code = StandardStream.failure.withLock({ $0 }) else { return nil }
        let problem = Problem(
            "KUP-E006", "standard output cannot be written", because: [String(cString: strerror(code))],
            state: ["what was printed is not whole"])
        report(problem)
        return problem.status.rawValue
    }

    /// Wrong words, `--help` and `--version`: the parser knows the text and whether it is an error.
    static func usage(_ error: any Error) -> Int32 {
        guard RootCommand.exitCode(for: error).rawValue != 0 else {
            let text = RootCommand.fullMessage(for: error)
            World.live().output(text.isEmpty ? "" : text + "\n")
            return ExitStatus.done.rawValue
        }
        let isAboutWords = RootCommand.exitCode(for: error) == .validationFailure
        let problem =
            isAboutWords
            ? Problem(wrongWords: RootCommand.fullMessage(for: error), verbs: RootCommand.verbs)
            : Problem("KUP-E009", "it failed in a way that has no code of its own", because: ["\(error)"])
        report(problem)
        return problem.status.rawValue
    }

    static func report(_ problem: Problem) {
        let world = World.live()
        for (index, line) in problem.lines().enumerated() {
            world.messages(index == 0 ? world.messageStyle(line, .bad) : line)
        }
    }
}

/// What the words ask for, on its way to the thread that does it.
private final class Verb: Sendable {
    private let command: Mutex<(any ParsableCommand)?>

    init(_ command: sending any ParsableCommand) { self.command = Mutex(command) }

    /// Runs it; its exit code.
    func status() async -> Int32 {
        guard let command = command.withLock({ $0.take() }) else { return ExitStatus.done.rawValue }
        do {
            try await Self.run(command)
            return ExitStatus.done.rawValue
        } catch let problem as Problem {
            Kupgrade.report(problem)
            return problem.status.rawValue
        } catch let status as VerbResult {
            return status.status.rawValue
        } catch is CancellationError {
            return ExitStatus.interrupted.rawValue
        } catch {
            return Kupgrade.usage(error)
        }
    }

    private static func run(_ command: any ParsableCommand) async throws {
        var command = command
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }
}

/// A verb that ran to its end and has more to say than "done".
struct VerbResult: Error {
    var status: ExitStatus
}

struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kupgrade",
        abstract:
            "Plans and performs upgrades of Kubernetes run by NixOS's services.kubernetes, and keeps archives of it.",
        discussion: """
            EXIT STATUS
              0   done, or nothing to do            1   failed
              2   changes pending (plan --detailed-exitcode)
              3   finished in part                  10  cluster or node unreachable
              11  locked by another run
              12  wrong key or passphrase
              20  refused by a check                21  the plan is stale
              64  wrong usage                       130 interrupted

            ENVIRONMENT
              KUPGRADE_CLUSTER  the cluster file, instead of ./kupgrade.yaml,
                                ~/.config/kupgrade/cluster.yaml, /etc/kupgrade/cluster.yaml
              NO_COLOR          no colours
            """,
        version: Kupgrade.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Look",
                subcommands: [StatusCommand.self, DoctorCommand.self, FactsCommand.self, ExplainCommand.self]),
            CommandGroup(
                name: "Change",
                subcommands: [
                    PlanCommand.self, ApplyCommand.self, RestoreCommand.self, ResumeCommand.self, UndoCommand.self,
                    RollbackCommand.self,
                    ReportCommand.self,
                ]),
            CommandGroup(name: "Keep", subcommands: [BackupCommand.self]),
            CommandGroup(
                name: "Set up",
                subcommands: [
                    InitCommand.self, KeyCommand.self, ConfigCommand.self, GuardCommand.self, CompletionCommand.self,
                ]),
        ])

    /// The words that may follow the program's name, and those that may follow them.
    static var verbs: [String] {
        let first = configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
        return (first + first.flatMap { $0.configuration.subcommands }).map { $0._commandName }
    }

    @OptionGroup var options: ClusterOptions

    func run() async throws {
        let world = options.world
        world.output(WhereAmI.head(world))
        world.output(try WhereAmI.text(option: options.cluster, world: world))
    }
}

/// What every verb that asks a cluster takes.
struct ClusterOptions: ParsableArguments {
    @Option(name: [.customShort("f"), .customLong("cluster")], help: "The cluster file.")
    var cluster: String?

    @Option(help: "When to use colours: auto, always or never.")
    var color: ColorChoice = .auto

    var world: World { World.live(color: color.style) }
}

/// When to use colours, as the flag says it. Every start reads it: in words, since what the parser derives from a list of raw
/// values is looked up in the tables of all types first, for a tenth of the time that a start takes.
enum ColorChoice: ExpressibleByArgument {
    case auto, always, never

    static var allValueStrings: [String] { ["auto", "always", "never"] }

    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

    var defaultValueDescription: String { "\(self)" }

    init?(argument: String) {
        switch argument {
        case "auto": self = .auto
        case "always": self = .always
        case "never": self = .never
        default: return nil
        }
    }

    var style: Style.Choice {
        switch self {
        case .auto: .auto
        case .always: .always
        case .never: .never
        }
    }
}

/// How a result is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
