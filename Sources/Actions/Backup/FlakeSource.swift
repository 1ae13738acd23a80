import Archiving
import Backups
import FoundationEssentials
import NodeAccess
import Secrets
import UpgradePlanning

/// The source of the hosts' configuration with its lock, at the revision that runs: what rebuilds a host.
struct FlakeSource: Sendable {
    /// Of the cluster file.
    let reference: String
    /// `system.configurationRevision` of the running generations; `nil` where they do not record one.
    let running: String?

    private static let deadline = Duration.seconds(120)
    private static let limit = 128 << 20

    struct Source: Sendable {
        var manifest: Manifest.Flake
        var files: [NodeFiles.File]
    }

    private struct Metadata: Decodable {
        var path: String
        var revision: String?
        var dirtyRevision: String?
    }

    /// Throws `BackupError` `cannotRead` where Nix cannot find it.
    func read() async throws -> Source {
        let metadata = try await self.metadata()
        let revision = metadata.revision ?? metadata.dirtyRevision
        let flake = Manifest.Flake(
            reference: reference, revision: revision, isRunning: running.map { $0 == revision })
        return Source(manifest: flake, files: try await files(metadata.path))
    }

    private func metadata() async throws -> Metadata {
        var failure: (any Error)?
        for text in candidates {
            do { return try await metadata(of: text) } catch { failure = failure ?? error }
        }
        throw failure ?? BackupError(.cannotRead, "there is no flake")
    }

    /// The revision that runs first, where it is one of a repository; then the flake as it is.
    private var candidates: [String] {
        guard let running, running.allSatisfy(\.isHexDigit), !reference.contains("rev=") else { return [reference] }
        let base = reference.hasPrefix("/") ? "git+file://\(reference)" : reference
        return ["\(base)\(base.contains("?") ? "&" : "?")rev=\(running)", reference]
    }

    private func metadata(of text: String) async throws -> Metadata {
        let arguments = [
            "--extra-experimental-features", "nix-command flakes", "flake", "metadata", "--json",
            "--no-write-lock-file", text,
        ]
        let result = try await LocalProgram("nix", arguments).run(deadline: Self.deadline, outputLimit: 16 << 20)
        guard result.exitCode == 0, let metadata = try? JSONDecoder().decode(Metadata.self, from: Data(result.output))
        else {
            let said = result.errorOutput.split(separator: "\n").last.map(String.init) ?? "no reason given"
            throw BackupError(.cannotRead, "nix does not find \(text): \(said)")
        }
        return metadata
    }

    /// Names without a `./` before them.
    private static let pack = #"""
        cd -- "$1" && find . -mindepth 1 -printf '%P\0' | sort -z |
          tar --create --format=posix --owner=root --group=root --no-recursion --null --files-from=- --file=-
        """#

    private func files(_ path: String) async throws -> [NodeFiles.File] {
        let result = try await LocalProgram("/bin/sh", ["-c", Self.pack, "sh", path]).run(
            deadline: Self.deadline, outputLimit: Self.limit)
        guard result.exitCode == 0 else { throw BackupError(.cannotRead, "\(path) cannot be packed") }
        return try PackedFiles.read(result.output, limit: Self.limit) { ArchiveNames.flake + "/" + $0 }.files
    }
}
