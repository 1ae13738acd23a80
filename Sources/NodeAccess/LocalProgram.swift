/// A program on the operator's own host, such as `nix`: with a limit on time and output, ended when the caller goes away.
public struct LocalProgram: Sendable {
    public var program: String
    public var arguments: [String]
    /// What it reads from its standard input, and then the end of it; where there is none, it stays open.
    public var input: [UInt8] = []

    public init(_ program: String, _ arguments: [String]) {
        self.program = program
        self.arguments = arguments
    }

    /// Runs it. Not an error: any exit code; 128 is reported for an end by a signal.
    ///
    /// Throws ``NodeAccessError``: `programMissing`, `timedOut`, `outputTooLarge`.
    public func run(deadline: Duration, outputLimit: Int) async throws -> CommandResult {
        let sink = OutputSink()
        do {
            let ending = try await ChildProcess(
                program: program, arguments: arguments, input: input, closesInput: !input.isEmpty
            )
            .run(
                deadline: deadline, outputLimit: outputLimit
            ) { await sink.append($0) }
            return CommandResult(
                exitCode: ending.exitCode ?? 128, output: await sink.bytes, errorOutput: ending.errorOutput)
        } catch let failure as ChildProcess.Failure {
            switch failure {
            case .cannotStart:
                throw NodeAccessError(.programMissing, node: "local", "this host has no program named \(program)")
            case .timedOut:
                throw NodeAccessError(
                    .timedOut, node: "local",
                    "\(program) took longer than \(deadline.components.seconds) s and was ended")
            case .outputTooLarge:
                throw NodeAccessError(
                    .outputTooLarge, node: "local", "\(program) printed more than \(outputLimit) bytes")
            }
        }
    }
}
