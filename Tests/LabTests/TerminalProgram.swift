import Foundation

/// A program at a terminal of its own, as a person has it: what it shows is read, what it asks is answered.
final class TerminalProgram {
    private let process = Process()
    private let master: Int32
    private(set) var shown = ""

    init(_ path: String, _ arguments: [String], in folder: String? = nil) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // Linux' own calls: unlock it, and ask for its number.
        var (locked, number): (Int32, Int32) = (0, 0)
        guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0,
            let slave = FileHandle(forUpdatingAtPath: "/dev/pts/\(number)")
        else { throw Lab.Failure(text: "no terminal can be made") }
        var size = winsize(ws_row: 40, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        _ = fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK)
        process.executableURL = URL(filePath: "/usr/bin/setsid")
        process.arguments = ["--ctty", "--wait", path] + arguments
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        process.standardInput = slave
        process.standardOutput = slave
        process.standardError = slave
        try process.run()
        try slave.close()
    }

    deinit { close(master) }

    private func read() {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Foundation.read(master, &bytes, bytes.count)
            guard count > 0 else { return }
            shown += String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    /// Waits until it shows a text, behind what was waited for before.
    func wait(for text: String, within seconds: Double = 60) throws {
        let end = Date(timeIntervalSinceNow: seconds)
        while true {
            read()
            if let range = shown[seen...].range(of: text) {
                seen = range.upperBound
                return
            }
            guard process.isRunning, Date() < end else {
                throw Lab.Failure(text: "it never showed \(text): \(shown.suffix(4_000))")
            }
            usleep(50_000)
        }
    }
    private lazy var seen = shown.startIndex

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Its exit code.
    func finish(within seconds: Double = 300) throws -> Int32 {
        let end = Date(timeIntervalSinceNow: seconds)
        while process.isRunning {
            read()
            guard Date() < end else {
                process.terminate()
                throw Lab.Failure(text: "it does not end: \(shown.suffix(4_000))")
            }
            usleep(50_000)
        }
        read()
        return process.terminationStatus
    }
}
