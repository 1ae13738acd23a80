import FoundationEssentials
import Synchronization
import Terminal
import UpgradePlanning

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a command may know of its surroundings. Tests make their own; ``live()`` is the real one.
struct World: Sendable {
    var environment: [String: String]
    var workingDirectory: String
    var userID: UInt32
    var now: @Sendable () -> Instant
    /// The payload.
    var output: @Sendable (String) -> Void
    /// Everything else.
    var messages: @Sendable (String) -> Void
    var outputStyle: Style
    var messageStyle: Style
    /// Asks for something that is not shown while it is typed; throws where nobody is there.
    var askSecret: @Sendable (String) throws -> [UInt8]
    /// Asks for a line; throws where nobody is there.
    var ask: @Sendable (String) throws -> String = { _ in throw Prompt.Failure.noTerminal }
    /// The same while a run is under way: given up when a person asks to stop.
    var askInRun: @Sendable (String) async throws -> String = { _ in throw Prompt.Failure.noTerminal }
    /// Messages go to a terminal.
    var isTerminal = false

    /// Writes over the line that was drawn before; an empty one clears it. Only on a terminal.
    func redraw(_ line: String) { StandardStream.write("\r\u{1B}[K" + line, to: STDERR_FILENO) }

    var home: String { environment["HOME"] ?? "/" }

    /// A home that is not there is not made: nothing is kept then.
    var keepsCaches: Bool { environment["XDG_CACHE_HOME"].map { !$0.isEmpty } ?? false || StandardFiles.exists(home) }

    /// `$XDG_CACHE_HOME/kupgrade`, for what can be found out again.
    var cacheFolder: String {
        "\(environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.cache")/kupgrade"
    }

    var configurationFolder: String {
        "\(environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config")/kupgrade"
    }

    /// `$XDG_STATE_HOME/kupgrade`, as root `/var/lib/kupgrade`: what must outlive a boot.
    var stateFolder: String {
        if let folder = environment["XDG_STATE_HOME"], !folder.isEmpty { return folder + "/kupgrade" }
        return userID == 0 ? "/var/lib/kupgrade" : home + "/.local/state/kupgrade"
    }

    static func live(color: Style.Choice = .auto) -> World {
        let environment = ProcessInfo.processInfo.environment
        func style(_ descriptor: Int32) -> Style {
            Style(
                choice: color, isTerminal: isatty(descriptor) == 1, noColor: environment["NO_COLOR"],
                term: environment["TERM"])
        }
        return World(
            environment: environment, workingDirectory: FileManager.default.currentDirectoryPath, userID: getuid(),
            now: { Instant(secondsSince1970: Int64(Date().timeIntervalSince1970)) },
            output: { StandardStream.write($0, to: STDOUT_FILENO) },
            messages: { StandardStream.write($0 + "\n", to: STDERR_FILENO) },
            outputStyle: style(STDOUT_FILENO), messageStyle: style(STDERR_FILENO),
            askSecret: { try Prompt.secret($0) }, ask: { try Prompt.line($0) },
            askInRun: { try await Prompt.line($0, unless: { StopSwitch.isRequested }) },
            isTerminal: isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb")
    }
}

/// Writing whole texts to a descriptor, through signals and short writes.
enum StandardStream {
    /// Why standard output could not be written, if it could not: what was asked for is not there, whatever was found.
    static let failure = Mutex<Int32?>(nil)

    /// Bytes to standard output. Throws where nobody reads them any more.
    static func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw Problem("KUP-E006", "standard output cannot be written")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                // The reader went away (`| head`): there is nobody to tell.
                if errno != EPIPE, descriptor == STDOUT_FILENO {
                    let code = errno; failure.withLock { $0 = $0 ?? code }
                }
                return
            }
            rest = rest.dropFirst(written)
        }
    }
}
