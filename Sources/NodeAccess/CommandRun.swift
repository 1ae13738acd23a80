/// One run of a wrapped command: performs it and says what its marks mean.
struct CommandRun: Sendable {
    var node: String
    var command: NodeCommand
    var nonce: String
    var become: NodeEndpoint.Become

    func perform(
        _ child: ChildProcess, receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> CommandResult {
        let ending: ChildProcess.Ending
        let start = MarkWatch(mark: nonce)
        do {
            ending = try await child.run(
                deadline: command.deadline, outputLimit: command.outputLimit + Self.allowanceBeforeMark
            ) { bytes in
                if let own = await start.feed(bytes), !own.isEmpty { try await receive(own) }
            }
        } catch let failure as ChildProcess.Failure {
            throw error(for: failure, program: child.program)
        }
        return try result(of: ending)
    }

    /// What a login shell may print before the command, beside the command's own limit.
    private static let allowanceBeforeMark = 64 << 10

    private var name: String { command.arguments.first ?? "" }

    /// What the ending means; separate from running it, so that it can be tested by table.
    func result(of ending: ChildProcess.Ending) throws -> CommandResult {
        let marks = WrapperMarks(errorOutput: ending.errorOutput, nonce: nonce)
        if let code = marks.exitCode {
            return CommandResult(exitCode: code, output: [], errorOutput: marks.rest)
        }
        if marks.isMissing {
            throw NodeAccessError(.commandMissing, node: node, "\(node) has no program named \(name)")
        }
        if marks.started {
            throw NodeAccessError(.connectionLost, node: node, "the connection to \(node) ended while \(name) ran")
        }
        if marks.loggedIn && command.privilege == .root && become != .none {
            let said = marks.rest.split(separator: "\n").last.map { ": \($0)" } ?? ""
            throw NodeAccessError(
                .privilegeRefused, node: node, "\(become.rawValue) on \(node) does not work without a password\(said)")
        }
        let said = marks.rest.split(separator: "\n").last.map { ": \($0)" } ?? ""
        throw NodeAccessError(
            .connectionLost, node: node, "the connection to \(node) ended before \(name) started\(said)")
    }

    private func error(for failure: ChildProcess.Failure, program: String) -> NodeAccessError {
        switch failure {
        case .timedOut:
            let seconds = command.deadline.components.seconds
            return NodeAccessError(
                .timedOut, node: node, "\(name) on \(node) took longer than \(seconds) s and was ended")
        case .outputTooLarge:
            return NodeAccessError(
                .outputTooLarge, node: node,
                "\(name) on \(node) printed more than \(command.outputLimit) bytes and was ended")
        case .cannotStart:
            return NodeAccessError(.programMissing, node: node, "this host cannot start \(program)")
        }
    }
}

enum Nonce {
    /// A word that no program prints by chance.
    static func next() -> String {
        var generator = SystemRandomNumberGenerator()
        return "kup-" + String(generator.next(), radix: 36)
    }
}
