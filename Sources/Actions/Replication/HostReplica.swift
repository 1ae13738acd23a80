import Backups
import NodeAccess

/// A folder of another host, written over ssh by programs that every Linux has.
struct HostReplica: ReplicaTarget {
    let session: any NodeSession
    let folder: String
    /// Names this host's half-sent files, so that two makers never write one.
    let sender: String

    private static let piece = 8 << 20
    /// For one piece, or for the digest of a whole file over there.
    private static let pieceLimit = Duration.seconds(300)
    /// For 10,000 archives' files.
    private static let listLimit = 4 << 20
    private static let digestLimit = Duration.seconds(1_800)

    func enter(known: String?, new: String) async throws -> String {
        let found = try await run(["enter", known ?? "", new]).first ?? ""
        guard known == nil || known == found else {
            throw BackupError(
                .otherPlace, found.isEmpty ? "the mark that kupgrade left there is gone" : "it has another mark")
        }
        return found
    }

    func files(of prefix: String) async throws -> [String: Int64] {
        let lines = try await run(["list", prefix], limit: Self.pieceLimit, outputLimit: Self.listLimit)
        guard lines.contains("end") else { throw BackupError(.cannotRead, "the list breaks off") }
        return Self.listing(lines)
    }

    func send(_ file: ReplicaFile, progress: @escaping @Sendable (Int64) -> Void) async throws {
        let answer = try await run(["look", file.name, file.sha256, sender], limit: Self.digestLimit)
        guard let state = answer.first, let done = answer.dropFirst().first.flatMap({ Int64($0) }) else {
            throw BackupError(.cannotWrite, "the host answers what cannot be read")
        }
        if state == "same" { return }
        guard state == "none" || file.isReplaced else {
            throw BackupError(.cannotWrite, "\(file.name) is there with another content, and is left alone")
        }
        if let room = answer.dropFirst(2).first.map({ $0.split(separator: " ").compactMap { Int64($0) } }),
            room.count == 2,
            (room[0] << 10) - file.size < (room[1] << 10) / 10
        {
            throw BackupError(.cannotWrite, "less than a tenth of the disk over there would stay free")
        }
        try await append(file, from: done <= file.size ? done : 0, progress)
        let kept = try await run(
            ["keep", file.name, file.sha256, sender], limit: Self.digestLimit)
        guard kept.first == "kept" else {
            throw BackupError(.cannotWrite, "\(file.name) did not arrive as it is here; it is sent again next time")
        }
    }

    private func append(
        _ file: ReplicaFile, from start: Int64, _ progress: @escaping @Sendable (Int64) -> Void
    ) async throws {
        let reader = try FileReader(file.path)
        try reader.skip(start)
        var done = start
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        repeat {
            let count = try buffer.withUnsafeMutableBytes { try reader.fill($0) }
            try await run(
                ["append", file.name, "\(done)", sender], input: Array(buffer[..<count]), limit: Self.pieceLimit)
            done += Int64(count)
            progress(done)
            if count == 0 { break }
        } while done < file.size
    }

    @discardableResult
    private func run(
        _ arguments: [String], input: [UInt8] = [], limit: Duration = .seconds(60), outputLimit: Int = 64 << 10
    ) async throws -> [String] {
        let command = NodeCommand(
            Self.command([folder] + arguments), input: input, outputLimit: outputLimit, deadline: limit)
        let result = try await session.run(command)
        guard result.exitCode == 0 else {
            let said = result.errorOutput.split(separator: "\n").last.map(String.init) ?? "exit \(result.exitCode)"
            throw BackupError(.cannotWrite, said)
        }
        return result.outputText.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// - Parameter words: the folder, the verb, and what belongs to it.
    static func command(_ words: [String]) -> [String] { ["/bin/sh", "-c", script, "sh"] + words }

    /// Files that are written anew each night, as a pattern of `case`.
    private static let replaced = RecoveryFiles.names.joined(separator: "|")

    /// `NAME.sending` grows piece by piece and is renamed when its digest is right, and never onto an archive. Standard
    /// input of `append` is one piece.
    private static let script = #"""
        set -eu; umask 077; PATH=$PATH:/run/current-system/sw/bin:/usr/bin:/bin; export PATH LC_ALL=C
        folder=$1 verb=$2 name=$3
        digest() { sha256sum -- "$1" | cut -c 1-64; }
        flush() { sync -- "$1" 2>/dev/null || sync; }
        if [ "$verb" = enter ]; then
          mkdir -p -- "$folder"; cd -- "$folder"
          if [ ! -f .kupgrade-archives ] && [ -z "$name" ]; then
            echo "$4" >.kupgrade-archives.new; flush .kupgrade-archives.new; mv .kupgrade-archives.new .kupgrade-archives
          fi
          if [ -f .kupgrade-archives ]; then head -c 200 .kupgrade-archives; fi
          exit 0
        fi
        cd -- "$folder"
        if [ "$verb" = list ]; then
          ls >/dev/null
          set -- "$name"*
          # One that goes meanwhile (123) is not there.
          if [ -e "$1" ] || [ -L "$1" ]; then printf '%s\0' "$@" | xargs -0 stat -c '%s %n' -- || [ $? = 123 ]; fi
          echo end; exit 0
        fi
        part=$name.$5.sending
        size() { if [ -f "$part" ]; then stat -c %s -- "$part"; else echo 0; fi; }
        case $verb in
          look)
            if [ ! -f "$name" ]; then echo none; elif [ "$(digest "$name")" = "$4" ]; then echo same; else echo other; fi
            size
            df -P . | { read -r _; read -r _ total _ free _; echo "$free $total"; } ;;
          append)
            if [ "$4" = 0 ]; then rm -f -- "$part"; fi
            if [ "$(size)" != "$4" ]; then echo "somebody else writes $part" >&2; exit 1; fi
            cat >>"$part" ;;
          keep)
            if [ "$(digest "$part")" != "$4" ]; then rm -f -- "$part"; echo differs; exit 0; fi
            case $name in
              \#(replaced)) ;;
              *) if [ -e "$name" ] || [ -L "$name" ]; then
                   # Another maker was faster, with the same file.
                   if [ "$(digest "$name")" = "$4" ]; then rm -f -- "$part"; echo kept; exit 0; fi
                   echo "$name is there, and is left alone" >&2; exit 1
                 fi ;;
            esac
            flush "$part"; mv -f -- "$part" "$name"; flush .; echo kept ;;
        esac
        """#
}
