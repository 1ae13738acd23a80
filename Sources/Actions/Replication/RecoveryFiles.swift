import Backups

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What stands beside the archives of a replica for whom has nothing else left: the recovery book, the signers, and this
/// very program with all that it was loaded with.
struct RecoveryFiles {
    let folder: ArchiveFolder

    /// Throws `BackupError` `cannotRead`.
    func files() throws -> [ReplicaFile] {
        let texts = [RecoveryBook.file, RecoveryBook.signers].filter { access("\(folder.path)/\($0)", R_OK) == 0 }
        // A program that was replaced since it was started is not sent; the next one is.
        let program = try self.program()
        return try texts.map { try ReplicaFile.of("\(folder.path)/\($0)", name: $0, isReplaced: true) } + program
    }

    private func program() throws -> [ReplicaFile] {
        try LoadedFiles.all().map { file in
            try ReplicaFile.of(
                file.path, name: "\(RecoveryBook.program)/\(file.name)", isReplaced: true, isProgram: true)
        }
    }
}
