import Backups
import NodeAccess

/// Anything that rclone speaks, by the user's own rclone and its configuration.
struct RcloneReplica: ReplicaTarget {
    /// `REMOTE:PATH`.
    let remote: String

    private static let shortLimit = Duration.seconds(120)
    private static let missing: Set<Int32> = [3, 4]

    func enter(known: String?, new: String) async throws -> String {
        let found = try await run(["cat", "\(remote)/\(ArchiveFolder.mark)"], isMissingAllowed: true)
        let mark = found.split(separator: "\n").first.map(String.init)
        if let known {
            guard known == mark else {
                throw BackupError(
                    .otherPlace, mark == nil ? "the mark that kupgrade left there is gone" : "it has another mark")
            }
            return known
        }
        if let mark { return mark }
        try await run(["rcat", "\(remote)/\(ArchiveFolder.mark)"], input: Array((new + "\n").utf8))
        return new
    }

    func files(of prefix: String) async throws -> [String: Int64] {
        Self.listing(
            try await run(
                [
                    "lsf", "--files-only", "--max-depth", "1", "--format", "sp", "--separator", " ", "--include",
                    "/\(prefix)*", remote,
                ],
                limit: .seconds(300), isMissingAllowed: true, outputLimit: 4 << 20
            ).split(separator: "\n").map(String.init))
    }

    /// rclone uploads whole objects; where the remote can only be written in place, it renames itself.
    func send(_ file: ReplicaFile, progress: @escaping @Sendable (Int64) -> Void) async throws {
        let place = "\(remote)/\(file.name)"
        if let there = try await digest(of: place, file, isMissingAllowed: true) {
            if there == file.sha256 { return }
            guard file.isReplaced else {
                throw BackupError(.cannotWrite, "\(file.name) is there with another content, and is left alone")
            }
        }
        // Under its name only when it is whole: what has a name there is left alone ever after.
        let part = "\(place).sending"
        try await run(["copyto", "--no-traverse", file.path, part], limit: Self.limit(file))
        guard try await digest(of: part, file, isMissingAllowed: false) == file.sha256 else {
            throw BackupError(.cannotWrite, "\(file.name) did not arrive as it is here; it is sent again next time")
        }
        try await run(["moveto", "--no-traverse", part, place], limit: Self.limit(file))
        progress(file.size)
    }

    /// By the remote's own SHA-256 where it keeps one; else it is read back. `nil` where there is no such file.
    private func digest(of place: String, _ file: ReplicaFile, isMissingAllowed: Bool) async throws -> String? {
        for download in [[], ["--download"]] {
            let text = try await run(
                ["hashsum", "sha256"] + download + [place], limit: Self.limit(file), isMissingAllowed: isMissingAllowed,
                isFailureAllowed: download.isEmpty)
            let digest = text.prefix { $0.isHexDigit }
            if digest.utf8.count == 64 { return digest.lowercased() }
            if text.isEmpty, isMissingAllowed, download.isEmpty {
                // No such file, or a remote without SHA-256: the listing tells.
                let listed = try await run(["lsf", place], isMissingAllowed: true)
                if listed.isEmpty { return nil }
            }
        }
        throw BackupError(.cannotWrite, "rclone tells no digest of \(place)")
    }

    /// At least 64 KiB a second.
    private static func limit(_ file: ReplicaFile) -> Duration { .seconds(300 + file.size / (64 << 10)) }

    @discardableResult
    private func run(
        _ arguments: [String], input: [UInt8] = [], limit: Duration = Self.shortLimit, isMissingAllowed: Bool = false,
        isFailureAllowed: Bool = false, outputLimit: Int = 1 << 20
    ) async throws -> String {
        var program = LocalProgram("rclone", arguments)
        program.input = input
        let result = try await program.run(deadline: limit, outputLimit: outputLimit)
        if result.exitCode == 0 { return result.outputText }
        if isFailureAllowed || (isMissingAllowed && Self.missing.contains(result.exitCode)) { return "" }
        let said = result.errorOutput.split(separator: "\n").last.map(String.init) ?? "exit \(result.exitCode)"
        throw BackupError(.cannotWrite, "rclone: \(said)")
    }
}
