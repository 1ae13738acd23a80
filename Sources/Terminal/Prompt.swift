#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Asks the person at the terminal, whatever standard input and output are connected to.
public enum Prompt {
    /// Why nobody answered.
    public enum Failure: Error, Hashable, Sendable {
        /// The process has no terminal.
        case noTerminal
        /// The terminal was closed, or Ctrl-D was pressed.
        case noAnswer
        /// More than 4 KiB.
        case tooLong
        /// It was given up while nobody had answered yet.
        case givenUp
    }

    private static let longest = 4_096

    /// A line that is not shown while it is typed, without its line end. Throws ``Failure``.
    public static func secret(_ question: String) throws(Failure) -> [UInt8] {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { throw .noTerminal }
        defer { close(terminal) }
        var before = termios()
        guard tcgetattr(terminal, &before) == 0 else { throw .noTerminal }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else { throw .noTerminal }
        defer { tcsetattr(terminal, TCSAFLUSH, &before) }
        show(question, on: terminal)
        defer { show("\n", on: terminal) }
        return try line(from: terminal)
    }

    /// A line that is shown while it is typed, without its line end. Throws ``Failure``.
    public static func line(_ question: String) throws(Failure) -> String {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { throw .noTerminal }
        defer { close(terminal) }
        show(question, on: terminal)
        return String(decoding: try line(from: terminal), as: UTF8.self)
    }

    /// As ``line(_:)``, without a thread that waits; `isGivenUp` is asked ten times a second. Throws ``Failure``.
    public static func line(_ question: String, unless isGivenUp: @Sendable () -> Bool) async throws -> String {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { throw Failure.noTerminal }
        defer { close(terminal) }
        show(question, on: terminal)
        while true {
            var asked = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            let ready = poll(&asked, 1, 0)
            if isGivenUp() { throw Failure.givenUp }
            if ready > 0 { return String(decoding: try line(from: terminal), as: UTF8.self) }
            guard ready == 0 || errno == EINTR else { throw Failure.noAnswer }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func show(_ text: String, on terminal: Int32) {
        let bytes = Array(text.utf8)
        _ = write(terminal, bytes, bytes.count)
    }

    private static func line(from terminal: Int32) throws(Failure) -> [UInt8] {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { throw .noAnswer }
            if byte == UInt8(ascii: "\n") { return line }
            guard line.count < longest else { throw .tooLong }
            line.append(byte)
        }
    }
}
