/// A program to run on a node, as its arguments: never a line for a shell to take apart.
public struct NodeCommand: Sendable {
    /// Who runs it.
    public enum Privilege: Sendable { case login, root }

    public var arguments: [String]
    public var privilege: Privilege
    /// What it reads from its standard input; then it sees the end of file.
    public var input: [UInt8]
    /// Bytes of standard output beyond which the command is stopped. Standard error keeps its last 64 KiB.
    public var outputLimit: Int
    public var deadline: Duration

    public init(
        _ arguments: [String], privilege: Privilege = .root, input: [UInt8] = [], outputLimit: Int = 1 << 20,
        deadline: Duration = .seconds(30)
    ) {
        self.arguments = arguments
        self.privilege = privilege
        self.input = input
        self.outputLimit = outputLimit
        self.deadline = deadline
    }

    /// A POSIX shell script: for what no single program says, such as many facts in one round trip.
    public static func script(
        _ text: String, arguments: [String] = [], outputLimit: Int = 8 << 20, deadline: Duration = .seconds(30)
    ) -> NodeCommand {
        NodeCommand(["/bin/sh", "-c", text, "sh"] + arguments, outputLimit: outputLimit, deadline: deadline)
    }
}

/// What a command that ran to its end left.
public struct CommandResult: Sendable, Hashable {
    /// 0 to 255; 128 + N when signal N ended it. Not 0 is a result for the caller to judge.
    public var exitCode: Int32
    public var output: [UInt8]
    /// At most the last 64 KiB of standard error.
    public var errorOutput: String

    public init(exitCode: Int32, output: [UInt8], errorOutput: String) {
        self.exitCode = exitCode
        self.output = output
        self.errorOutput = errorOutput
    }

    public var outputText: String { String(decoding: output, as: UTF8.self) }
}
