public import Secrets

/// A node that can be asked to do things: this host, or one behind ssh.
public protocol NodeSession: Sendable {
    var endpoint: NodeEndpoint { get }
    /// Which of the endpoint's addresses it is connected by.
    var address: String { get }

    /// Runs a command, handing over its standard output as it comes.
    ///
    /// Returns the result without the output. Not an error: any exit code. Throws ``NodeAccessError``. When the calling
    /// task is cancelled or the deadline passes, the command and everything it started on the node are ended.
    func stream(
        _ command: NodeCommand, receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> CommandResult

    /// A way to a TCP port that may listen on the node's loopback only: the port on this host's loopback that leads there.
    ///
    /// It lasts as long as the session. Throws ``NodeAccessError``. Whether something listens there shows when it is used.
    func tunnel(to host: String, port: Int) async throws -> Int
}

extension NodeSession {
    /// Runs a command and keeps its output. Throws and does not throw as ``stream(_:receive:)``.
    public func run(_ command: NodeCommand) async throws -> CommandResult {
        let sink = OutputSink()
        var result = try await stream(command) { await sink.append($0) }
        result.output = await sink.bytes
        return result
    }

    /// Reads files that must stay secret, in one round trip, into memory that is cleared afterwards; `nil` for a file that
    /// is not there or cannot be read.
    ///
    /// Throws ``NodeAccessError``; `outputTooLarge` when all of them together are greater than `limit` bytes.
    public func readSecrets(
        _ paths: [String], limit: Int = 1 << 20, deadline: Duration = .seconds(30)
    ) async throws -> [SecretBytes?] {
        guard !paths.isEmpty else { return [] }
        let script = #"for f; do if [ -r "$f" ]; then wc -c <"$f"; cat -- "$f"; else echo -1; fi; done"#
        var result = try await run(.script(script, arguments: paths, outputLimit: limit, deadline: deadline))
        defer { SecretBytes.overwrite(&result.output) }
        return SecretFrames.split(result.output, count: paths.count)
    }
}

/// Files one after the other, each behind a line with its size, -1 for one that is missing.
enum SecretFrames {
    static func split(_ bytes: [UInt8], count: Int) -> [SecretBytes?] {
        var rest = bytes[...]
        var files: [SecretBytes?] = []
        while files.count < count {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")),
                let size = Int(String(decoding: rest[..<end], as: UTF8.self).filter { $0 != " " })
            else { break }
            rest = rest[(end + 1)...]
            guard size >= 0, size <= rest.count else {
                files.append(nil)
                continue
            }
            files.append(SecretBytes(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return files + Array(repeating: nil, count: count - files.count)
    }
}

actor OutputSink {
    var bytes: [UInt8] = []

    func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }
}
