import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One program on this host with limits on its time and output, ended when the caller goes away.
struct ChildProcess: Sendable {
    enum Failure: Error, Equatable {
        case cannotStart
        case timedOut
        case outputTooLarge
    }

    struct Ending: Sendable {
        /// `nil` when a signal ended it.
        var exitCode: Int32?
        var errorOutput: String
    }

    var program: String
    var arguments: [String]
    /// Written first; then standard input stays open until the program has closed its output.
    var input: [UInt8] = []
    /// It sees the end of its standard input when it has read it all.
    var closesInput = false
    /// The last bytes of standard error that are kept.
    static let errorLimit = 64 << 10

    /// Runs it, handing over standard output as it comes.
    ///
    /// Not an error: any exit code. When the task is cancelled, or the deadline passes, standard input is closed, then
    /// SIGTERM and, 4 s later, SIGKILL are sent; the call returns when the program is gone.
    func run(
        deadline: Duration, outputLimit: Int, receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> Ending {
        try await withDeadline(deadline) {
            try await spawn(outputLimit: outputLimit, receive: receive)
        }
    }

    private func spawn(
        outputLimit: Int, receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> Ending {
        _ = Self.ignoresBrokenPipes
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(4))]
        guard let path = ProgramPath.find(program) else { throw Failure.cannotStart }
        let executable = Executable.path(FilePath(path))
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(arguments), environment: .inherit.updating(["LC_ALL": "C"]),
                platformOptions: options, input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                let output = execution.standardOutput
                let errors = execution.standardError
                let writer = execution.standardInputWriter
                let (text, closesInput) = (input, closesInput)
                return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                    group.addTask {
                        try await Self.forward(output, limit: outputLimit, to: receive)
                        return nil
                    }
                    group.addTask { try await Self.tail(of: errors) }
                    if !text.isEmpty {
                        // A program that ends without reading all of it has its own reasons; its exit code tells.
                        _ = try? await writer.write(text)
                    }
                    if closesInput { try? await writer.finish() }
                    var kept: [UInt8] = []
                    while let next = try await group.next() {
                        if let next { kept = next }
                    }
                    return kept
                }
            }
            let text = String(decoding: result.closureResult, as: UTF8.self)
            guard case .exited(let code) = result.terminationStatus else {
                return Ending(exitCode: nil, errorOutput: text)
            }
            return Ending(exitCode: code, errorOutput: text)
        } catch let error as SubprocessError where error.code == .executableNotFound || error.code == .spawnFailed {
            throw Failure.cannotStart
        }
    }

    /// A program that ends without reading its input must not end this one; children start with the default again.
    private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private static func forward(
        _ output: SubprocessOutputSequence, limit: Int, to receive: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        var total = 0
        for try await chunk in output {
            total += chunk.count
            guard total <= limit else { throw Failure.outputTooLarge }
            try await receive(chunk.withUnsafeBytes { Array($0) })
        }
    }

    private static func tail(of errors: SubprocessOutputSequence) async throws -> [UInt8] {
        var kept: [UInt8] = []
        for try await chunk in errors {
            kept.append(contentsOf: chunk.withUnsafeBytes { Array($0) })
            if kept.count > 2 * errorLimit { kept.removeFirst(kept.count - errorLimit) }
        }
        return Array(kept.suffix(errorLimit))
    }
}

/// Runs `work`, and cancels it when it takes longer; throws ``ChildProcess/Failure/timedOut`` then.
func withDeadline<Result: Sendable>(
    _ limit: Duration, _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        guard let result = first else {
            group.cancelAll()
            // The work is waited for: nothing may be left running when the caller hears of the deadline. What it returns
            // now is no result: it may be the ending that we gave it.
            while !group.isEmpty { _ = await group.nextResult() }
            throw ChildProcess.Failure.timedOut
        }
        return result
    }
}

/// Where a program is: looked up once in `PATH`, instead of one failed start for every folder before the right one.
enum ProgramPath {
    static func find(_ program: String) -> String? {
        if program.contains("/") { return program }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}
