import NodeAccess

/// A user's own way to build a host's system: any command that prints a store path last, on whatever host it builds.
///
/// It is run by `/bin/sh -c` on this host, in a given folder, and told what to build by `KUPGRADE_NODE` and `KUPGRADE_NIXPKGS`: what nixpkgs is
/// overridden with, empty where it is not. What it prints must be in this host's store.
public struct BuildCommand: Sendable, Hashable {
    public let text: String
    public let folder: String

    public init(_ text: String, folder: String) {
        self.text = text
        self.folder = folder
    }

    private static let outputLimit = 1 << 20

    /// The store path of a host's system. Throws ``NixError``.
    public func build(host: String, override: String?, deadline: Duration) async throws -> String {
        let program = LocalProgram(
            "env",
            [
                "KUPGRADE_NODE=\(host)", "KUPGRADE_NIXPKGS=\(override ?? "")", "/bin/sh", "-c",
                "cd -- \"$1\" || exit 1\nset -e\n\(text)", "sh", folder,
            ])
        let result: CommandResult
        do {
            result = try await program.run(deadline: deadline, outputLimit: Self.outputLimit)
        } catch let error as NodeAccessError {
            throw NixError(error.code == .timedOut ? .timedOut : .malformed, "\(text): \(error.message)")
        }
        guard result.exitCode == 0 else {
            throw NixError(
                .evaluation,
                "the build command ended with \(result.exitCode) for \(host): \(NixWords.shortened(result.errorOutput))"
            )
        }
        return try Self.path(in: result.outputText, host: host)
    }

    /// The last line, which must be a store path. Throws ``NixError``.
    static func path(in output: String, host: String) throws(NixError) -> String {
        let last = output.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        let words = last.split(separator: " ")
        guard words.count == 1, last.hasPrefix("/nix/store/"), last.dropFirst(11).contains("-"),
            !last.dropFirst(11).contains("/")
        else {
            throw NixError(
                .malformed, "the build command printed \"\(last.prefix(80))\" for \(host), and no store path")
        }
        return last
    }
}
