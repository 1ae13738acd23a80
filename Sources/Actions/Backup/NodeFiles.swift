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
            let (files, unlisted, encryption) = try await self.files(list, session)
            node.encryption = encryption
            node.pairs = list.pairs
            node.used = list.used
            node.missing = host.missingFiles.map(\.path).sorted() + unlisted
            return NodeFiles(node: node, files: files)
        } catch {
            node.absence = "\(error)"
            return NodeFiles(node: node)
        }
    }

    private func files(_ list: NodeFileList, _ session: any NodeSession) async throws -> (
        files: [NodeFiles.File], unlisted: [String], encryption: [String]
    ) {
        // Not those in the user's folders: one of them may be too large.
        let single = (list.files + NodeFileList.identity).filter { path in
            !NodeFileList.folders.contains { path.hasPrefix($0 + "/") }
        }
        let lines =
            NodeFileList.folders.map { "d \($0)\n" }
            + extra.filter { !NodeFileList.folders.contains($0) }.map { "e \($0)\n" } + single.map { "f \($0)\n" }
        var command = NodeCommand.script(Self.script, outputLimit: Self.outputLimit, deadline: .seconds(120))
        command.input = Array(lines.joined().utf8)
        var result = try await session.run(command)
        defer { SecretBytes.overwrite(&result.output) }
        // 1: a file changed while it was read, which is a file as of now.
        guard result.exitCode <= 1 else {
            throw BackupError(.cannotRead, "tar ended with \(result.exitCode): \(result.errorOutput.suffix(200))")
        }
        let place = Manifest.Node(name: name)
        let packed = try PackedFiles.read(result.output, limit: Self.outputLimit) { place.place(of: "/" + $0) }
        // A folder of the user's may hold them, too.
        let there = Set(packed.files.map(\.entry.path))
        let encryption = Self.ends(of: list.encryption, place, packed.files)
        let more = try await contents(
            Set(list.contents + encryption.filter(NodeFileList.isBrought)).sorted(), place, session
        )
        .filter { !there.contains($0.entry.path) }
        return (packed.files + more, packed.unlisted + Self.left(result.errorOutput), encryption)
    }

    /// A file of keys may be a link to what a secret store or a rebuild puts there: then that is the file.
    static func ends(of paths: [String], _ node: Manifest.Node, _ files: [NodeFiles.File]) -> [String] {
        let places = ArchivedPlaces(entries: files.map(\.entry))
        return paths.map { path in
            if case .brought(let end) = places.find(path, of: node) { end } else { path }
        }
    }

    /// Files that are of a secret store or of the store: as files of root's that nobody else reads.
    private func contents(
        _ paths: [String], _ place: Manifest.Node, _ session: any NodeSession
    ) async throws -> [NodeFiles.File] {
        let found = try await session.readSecrets(paths)
        return zip(paths, found).compactMap { path, content in
            content.map { content in
                let entry = ArchiveEntry(
                    path: place.place(of: path), kind: .file(size: Int64(content.count)), mode: 0o600, modifiedAt: 0)
                return NodeFiles.File(entry: entry, content: content)
            }
        }
    }

    /// What is said of a folder that the user named.
    static func isNotThere(_ folder: String) -> String { "\(folder) (it is not there)" }

    /// What the script and its `tar` say on standard error of paths that give nothing. One that goes meanwhile is none.
    static func left(_ said: String) -> [String] {
        said.split(separator: "\n").compactMap { line in
            if line.hasPrefix("left: ") { return String(line.dropFirst(6)) }
            let parts = line.split(separator: ": ", maxSplits: 10).map(String.init)
            guard let warning = parts.firstIndex(of: "Warning"), parts.first == "tar", warning > 1,
                warning + 1 < parts.count, parts.last != "No such file or directory"
            else { return nil }
            let path = parts[1..<warning].joined(separator: ": ")
            return "/\(path) (\(parts[(warning + 1)...].joined(separator: ": ")))"
        }
    }

    /// Standard input: `d FOLDER`, `e` for one that the user named, or `f FILE`. A link's own target comes too, unless it is
    /// of the store or of `/run`; what lies in it comes under the target's own path. Pipes, sockets and devices stay out, and
    /// files that nobody keeps such secrets in. A folder of the user's that is too large for an archive gives nothing, and takes
    /// nothing else with it.
    static let script = #"""
        PATH=$PATH:/run/current-system/sw/bin:/usr/bin:/bin; export PATH LC_ALL=C
        cd / || exit 2
        keep() { printf '%s\0' "${1#/}"; }
        # A folder's content by name: what is neither file, folder nor link is left out, and too large files are named.
        folder() {
          received=; [ "$2" != /var/lib/tailscale ] || received=$1/files
          find "$1" -xdev \( -type f -size +131072 -exec sh -c 'for f; do echo "left: $f (more than 64 MiB)" >&2; done' sh {} + \) \
            -o \( -path "${received:-/}" -prune \) -o \( -type f -o -type d -o -type l \) -print0 | sed -z 's|^/||'
        }
        total=0 files=0
        while IFS=' ' read -r kind path; do
          if [ -L "$path" ]; then
            keep "$path"; target=$(readlink -f "$path")
            case $target in /nix/store/*|/run/*|"") continue ;; esac
          else target=$path; fi
          if [ "$kind" = e ] && [ -d "$target" ]; then
            # As tar packs them: each by its length, however many names it has; those above 64 MiB stay out by themselves.
            count=$(find "$target" -xdev | head -n 10001 | wc -l); size=0
            [ $((files + count)) -gt 10000 ] ||
              size=$(find "$target" -xdev -type f -size -131073 -printf '%s\n' | awk '{n += $1} END {printf "%.0f", n / 1024}')
            if [ $((files + count)) -gt 10000 ] || [ $((total + size)) -gt 163840 ]; then
              echo "left: $path (folders of more than 160 MiB or 10000 files in all are for hooks/restic)" >&2; continue
            fi
            files=$((files + count)) total=$((total + size))
          fi
          if [ -d "$target" ] && [ "$kind" != f ]; then folder "$target" "$path"
          elif [ -f "$target" ]; then keep "$target"
          elif [ "$kind" = e ]; then echo "left: $path (it is not there)" >&2; fi
        done | sort -zu | tar --create --format=posix --hard-dereference --no-recursion --ignore-failed-read \
          --warning=none --warning=failed-read --null --files-from=- --file=-
        """#
}
