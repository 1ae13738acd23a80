import Backups
import NodeAccess

/// A server that lives for as long as a body runs, and not longer, whatever becomes of this process.
struct DrillServer {
    let program: String
    let arguments: [String]
    /// Its folder: removed with it when this process is killed.
    let folder: String
    let log: String

    /// The shell reads its standard input, which ends with this process; then the server ends, too.
    private static let script = #"""
        folder=$1 log=$2; shift 2
        exec 3<&0
        "$@" >"$log" 2>&1 </dev/null 3<&- & pid=$!
        trap 'kill -KILL $pid $reader 2>/dev/null; exit 0' TERM INT HUP
        (
          # Marked before the server ends: the shell outside leaves this one alone then.
          cat <&3 >/dev/null; : >"$folder/orphaned" 2>/dev/null; kill -KILL $pid 2>/dev/null
          case $folder in
            */kupgrade-drill-*) for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; rm -rf "$folder" && break; done ;;
          esac
        ) & reader=$!
        exec 3<&-
        wait $pid
        [ -e "$folder/orphaned" ] || [ ! -d "$folder" ] || kill -KILL $reader 2>/dev/null
        """#

    func during<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let shell = LocalProgram("/bin/sh", ["-c", Self.script, "sh", folder, log, program] + arguments)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                _ = try await shell.run(deadline: .seconds(3_600), outputLimit: 1 << 16)
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let next { return next }
                let said = (try? FileReader.contents(log, limit: 8 << 20)).map {
                    String(decoding: $0, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
                }
                throw BackupError(.cannotRead, "\(program) ended by itself: \(said ?? "")")
            }
            throw CancellationError()
        }
    }
}
