public import Backups
import NodeAccess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What stands beside the archives of a replica for whom has nothing else left: the recovery book, the signers, and this
/// very program with all that it was loaded with.
public struct RecoveryFiles: Sendable {
    let folder: ArchiveFolder

    public init(folder: ArchiveFolder) { self.folder = folder }

    /// Packs the program into the folder where it is not there as it is now. Returns its SHA-256 in hex. Throws `BackupError`.
    public func packed() async throws -> String {
        try await pack()
        return try FileReader.digest(of: "\(folder.path)/\(RecoveryBook.program)").sha256
    }

    static let names = [
        RecoveryBook.file, RecoveryBook.file + ArchiveNames.signature, RecoveryBook.signers, RecoveryBook.program,
    ]

    /// Throws `BackupError` `cannotRead`.
    func files() async throws -> [ReplicaFile] {
        // Beside the archives it is a convenience: without it, they still go.
        try? await pack()
        return try Self.names.compactMap { name in
            let path = "\(folder.path)/\(name)"
            return access(path, R_OK) == 0 ? try ReplicaFile.of(path, name: name, isReplaced: true) : nil
        }
    }

    /// Packs the program into the folder, unless it is there as it is now.
    private func pack() async throws {
        let files = try LoadedFiles.all()
        let key = files.map { "\($0.name) \($0.path) \(Self.stamp($0.path))\n" }.joined()
        guard folder.programKey != key || access("\(folder.path)/\(RecoveryBook.program)", F_OK) != 0 else { return }
        var program = LocalProgram("/bin/sh", ["-c", Self.script, "sh", "\(folder.path)/\(RecoveryBook.program)"])
        program.input = Array(files.map { "\($0.name) \($0.path)\n" }.joined().utf8)
        let result = try await program.run(deadline: .seconds(120), outputLimit: 64 << 10)
        if result.exitCode == 0 { try folder.keepProgramKey(key) }
    }

    /// Standard input: a name and a path a line. Links with the names that the loader wants, packed as what they point to.
    private static let script = #"""
        set -eu; umask 077
        links=$(mktemp -d)
        # A name that nobody can guess; the next sweep takes one that is left.
        new=$(mktemp "$1.XXXXXX")
        trap 'rm -rf "$links" "$new"' EXIT
        while read -r name path; do ln -s -- "$path" "$links/$name"; done
        tar --create --file="$new" --dereference --mtime=@0 --owner=root:0 --group=root:0 --sort=name \
          --transform='s,^\.,kupgrade,' --directory="$links" .
        sync -- "$new"
        mv -f -- "$new" "$1"
        """#

    private static func stamp(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "-" }
        return "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec)"
    }
}
