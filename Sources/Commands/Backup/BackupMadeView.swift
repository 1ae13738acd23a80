import Actions
import Backups
import Terminal
import UpgradePlanning

/// What a backup ends with.
struct BackupMadeView {
    let made: BackupMaker.Made
    let folder: String
    /// Its signer is one of the cluster file's.
    let isAccepted: Bool
    let signer: String
    let style: Style

    func text() -> String {
        let entry = made.entry
        let file = "\(folder)/\(entry.name)\(ArchiveNames.sealed)"
        var lines = ["\(GradeText.of(entry.grade, style))  \(file)"]
        lines += entry.reasons.map { "  \($0)" }
        lines.append("")
        lines += Table([], rows: rows).lines()
        lines += notCovered
        lines += ["", "open it without kupgrade:", "  age -d -i IDENTITY \(file) | zstd -d | tar x"]
        lines += ["check it:", "  kupgrade backup verify \(entry.name) --identity IDENTITY"]
        if !isAccepted {
            lines += ["", "put this host's key into the cluster file:", "  backup: { signers: [\(signer)] }"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var rows: [[String]] {
        let entry = made.entry
        let missing = made.manifest.nodes.flatMap { node in node.missing.map { "\(node.name): \($0)" } }
        let named = made.manifest.nodes.flatMap { node in node.named.map { "\(node.name): \($0)" } }
        var rows = [
            [
                "etcd",
                made.usedMember.map { "revision \(entry.revision), \(Amount.count(entry.keys, "key")), from \($0)" }
                    ?? "none",
            ],
            ["nodes", entry.nodes.isEmpty ? "none" : entry.nodes.joined(separator: ", ")],
            ["size", Amount.bytes(entry.size)],
            ["sealed to", Amount.count(entry.recipients.count, "recipient")],
            ["signed by", signer],
        ]
        if !missing.isEmpty { rows.append(["not there", missing.joined(separator: ", ")]) }
        if !named.isEmpty { rows.append(["only named", named.joined(separator: ", ")]) }
        return rows
    }

    private var notCovered: [String] {
        guard !made.manifest.volumes.isEmpty else { return [] }
        let rows = made.manifest.volumes.map { [$0.claim, $0.node, $0.path, style("NOT COVERED", .caution)] }
        return ["", "volumes are not in it:"] + Table([], rows: rows, indent: 2).lines()
    }
}

/// A grade in its colour.
enum GradeText {
    static func of(_ grade: ArchiveFacts.Grade, _ style: Style) -> String {
        switch grade {
        case .proven: style(grade.rawValue, .good)
        case .checked: style(grade.rawValue, .caution)
        case .suspect: style(grade.rawValue, .bad)
        }
    }
}
