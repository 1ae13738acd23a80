import Actions
import Backups
import NodeAccess
import Terminal
import UpgradePlanning

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the user wants to happen at certain points: programs in a folder, `POINT` or `POINT.d/*`, with JSON on their
/// standard input.
struct Hooks {
    enum Point: String, CaseIterable {
        case beforeBackup = "before-backup"
        case backupSuccess = "on-backup-success"
        case backupFailure = "on-backup-failure"
        case backupStale = "on-backup-stale"
    }

    /// Of the cluster file; `nil`: there are none.
    let folder: String?
    let world: World

    /// What runs before a backup may be one itself.
    private static func limit(_ point: Point) -> Duration {
        point == .beforeBackup ? .seconds(4 * 3_600) : .seconds(60)
    }
    private static let outputLimit = 64 << 10

    /// Runs them in the order of their names. One that fails, hangs or may not be run is said, and hinders nothing.
    func run(_ point: Point, _ event: some Encodable) async {
        let paths = self.paths(point.rawValue)
        guard !paths.isEmpty, let text = try? JSONText.encode(event) else { return }
        for path in paths {
            guard isOurs(path), access(path, X_OK) == 0 else {
                world.messages(
                    "hook \(path) is left out: it is not executable, or others than its owner or root can write it or its folder"
                )
                continue
            }
            var program = LocalProgram(path, [])
            program.input = Array(text.utf8)
            do {
                let result = try await program.run(deadline: Self.limit(point), outputLimit: Self.outputLimit)
                guard result.exitCode != 0 else { continue }
                let said = result.errorOutput.split(separator: "\n").last.map { ": \($0)" } ?? ""
                world.messages("hook \(path) ended with \(result.exitCode)\(said)")
            } catch {
                world.messages("hook \(path): \(error)")
            }
        }
    }

    /// Asks them in the order of their names, until one does not say go on. One that hangs or may not be run says stop.
    func ask(_ hook: RunHook) async -> RunHook.Answer {
        guard let text = try? JSONText.encode(hook) else { return .stop("the event cannot be written") }
        var words: [String] = []
        for path in paths(hook.point.rawValue) {
            guard isOurs(path) else {
                return .stop("\(path): others than its owner or root can write it or its folder")
            }
            guard access(path, X_OK) == 0 else { return .stop("\(path) is not executable") }
            var program = LocalProgram(path, [])
            program.input = Array(text.utf8)
            do {
                let result = try await program.run(deadline: Self.decisionLimit, outputLimit: Self.outputLimit)
                let said = result.errorOutput.split(separator: "\n").last.map(String.init) ?? "it does not say why"
                switch result.exitCode {
                case 0: words += Self.lastLine(result.output)
                case 75: return .later("\(path): \(said)")
                default: return .stop("\(path) ended with \(result.exitCode): \(said)")
                }
            } catch {
                return .stop("\(path): \(error)")
            }
        }
        return .goOn(said: words.isEmpty ? nil : words.joined(separator: ", "))
    }

    /// What a program that goes on wants to have in the report: the last line of its standard output that says anything, 200
    /// bytes of it.
    static func lastLine(_ output: [UInt8]) -> [String] {
        for line in output.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).reversed() {
            let words = PlainText.line(String(decoding: line.prefix(200), as: UTF8.self)).split(separator: " ")
            if !words.isEmpty { return [words.joined(separator: " ")] }
        }
        return []
    }

    /// Whether anything would be asked there.
    func has(_ point: RunHook.Point) -> Bool { !paths(point.rawValue).isEmpty }

    private static let decisionLimit = Duration.seconds(120)

    /// How names end of what only lies beside the programs.
    private static let leftovers = ["~", ".bak", ".orig", ".rej", ".swp", ".md", ".txt", "/README"]

    private func paths(_ point: String) -> [String] {
        guard let folder else { return [] }
        let single = "\(folder)/\(point)"
        let many = FolderListing.names(single + ".d").filter { !$0.hasPrefix(".") }.sorted()
        return ([single] + many.map { "\(single).d/\($0)" }).filter { path in
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
            // One that lost its mode is still meant to be asked; what only lies beside the programs is not.
            return access(path, X_OK) == 0 || !Self.leftovers.contains { path.hasSuffix($0) }
        }
    }

    /// It runs as we do, so nobody else may have written it, or may put another one in its place.
    private func isOurs(_ path: String) -> Bool {
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        return isOurs(path, S_IFREG) && isOurs(parent, S_IFDIR)
            && (parent == folder || folder.map { isOurs($0, S_IFDIR) } ?? false)
    }

    private func isOurs(_ path: String, _ kind: mode_t) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == kind else { return false }
        return (status.st_uid == world.userID || status.st_uid == 0) && status.st_mode & 0o022 == 0
    }
}
