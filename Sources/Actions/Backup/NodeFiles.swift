import Archiving
import Backups
import NodeAccess
import Secrets
import UpgradePlanning

/// What a node gave for an archive.
struct NodeFiles: Sendable {
    /// An entry as it goes into the archive, with the bytes of a file.
    struct File: Sendable {
        var entry: ArchiveEntry
        var content: SecretBytes?
    }

    var node: Manifest.Node
    var files: [File] = []
}

/// Reads a node's files in one round trip: packed there by `tar`, which NixOS always has, so that owners, modes and links
/// come as they are.
struct NodeFilesReader: Sendable {
    let name: NodeName
    let host: HostFacts
    let extra: [String]

    /// A PKI and a few small folders; more is no configuration any more.
    private static let outputLimit = 256 << 20

    func read(_ session: any NodeSession) async -> NodeFiles {
        var node = Manifest.Node(name: name)
        let list = NodeFileList(host)
        node.nixosVersion = host.nixosVersion
        node.generation = host.generations.current
        if let line = host.unit(Component.etcd.unit)?.commandLine {
            node.etcd = line.environment.merging(line.flags.compactMapValues { $0 }) { $1 }
        }
        node.needed = list.needed
        node.named = list.named
        node.encryption = list.encryption
        do {
            let (files, unlisted) = try await self.files(list, session)
            node.pairs = list.pairs
            node.missing = host.missingFiles.map(\.path).sorted() + unlisted
            return NodeFiles(node: node, files: files)
        } catch {
            node.absence = "\(error)"
            return NodeFiles(node: node)
        }
    }

    private func files(_ list: NodeFileList, _ session: any NodeSession) async throws -> (
        files: [NodeFiles.File], unlisted: [String]
    ) {
        let folders = NodeFileList.folders + extra
        let single = (list.files + NodeFileList.identity).filter { path in
            !folders.contains { path.hasPrefix($0 + "/") }
        }
        let lines = folders.map { "d \($0)\n" } + single.map { "f \($0)\n" }
        var command = NodeCommand.script(Self.script, outputLimit: Self.outputLimit, deadline: .seconds(120))
        command.input = Array(lines.joined().utf8)
        var result = try await session.run(command)
        defer { SecretBytes.overwrite(&result.output) }
        // 1: a file changed while it was read, which is a file as of now.
        guard result.exitCode <= 1 else {
            throw BackupError(.cannotRead, "tar ended with \(result.exitCode): \(result.errorOutput.suffix(200))")
        }
        let place = Manifest.Node(name: name)
        return try PackedFiles.read(result.output, limit: Self.outputLimit) { place.place(of: "/" + $0) }
    }

    /// Standard input: `d FOLDER` or `f FILE`. A link's own target comes too, unless it is of the store or of `/run`.
    private static let script = #"""
        PATH=$PATH:/run/current-system/sw/bin:/usr/bin:/bin; export PATH LC_ALL=C
        cd / || exit 2
        keep() { printf '%s\0' "${1#/}"; }
        while IFS=' ' read -r kind path; do
          case $kind in
            d) [ -d "$path" ] && keep "$path" ;;
            f) if [ -L "$path" ]; then
                 keep "$path"; target=$(readlink -f "$path")
                 case $target in /nix/store/*|/run/*|"") ;; *) [ -f "$target" ] && keep "$target" ;; esac
               elif [ -f "$path" ]; then keep "$path"; fi ;;
          esac
        done | sort -zu | tar --create --format=posix --hard-dereference --one-file-system --ignore-failed-read \
          --warning=none --exclude=var/lib/tailscale/files --null --files-from=- --file=-
        """#
}
