import Actions
import Backups
import Terminal
import UpgradePlanning

/// What a backup ends with.
struct BackupMadeView {
    let outcome: BackupRun.Outcome
    let folder: String
    /// Its signer is one of the cluster file's.
    let isAccepted: Bool
    let signer: String
    let style: Style

    private var made: BackupMaker.Made { outcome.made }

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
        lines += ["restore it:", "  kupgrade restore \(entry.name) --identity IDENTITY"]
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
            ["checked", made.checks.isEmpty ? "nothing" : made.checks.joined(separator: ", ")],
            ["nodes", entry.nodes.isEmpty ? "none" : entry.nodes.joined(separator: ", ")],
            ["configuration", configuration],
            ["size", Amount.bytes(entry.size)],
            ["sealed to", recipients],
            ["signed by", signer],
        ]
        if let drill { rows.append(["drill", drill]) }
        if !missing.isEmpty { rows.append(["not there", missing.joined(separator: ", ")]) }
        rows += Replicas.lines(outcome.replicas).map { [$0[0], $0[1...].joined(separator: "  ")] }
        if !outcome.pruned.removed.isEmpty {
            let count = Amount.count(outcome.pruned.removed.count, "archive")
            rows.append(["removed", "\(count) that the retention no longer keeps"])
        }
        if let refusal = outcome.pruned.refusal { rows.append(["not pruned", refusal]) }
        if !named.isEmpty { rows.append(["only named", named.joined(separator: ", ")]) }
        return rows
    }

    private var drill: String? {
        switch made.drill {
        case nil: nil
        case .failure(let error): "FAILED: \(error.message)"
        case .success(let report):
            report.differences.isEmpty
                ? "restored into a throw-away etcd in \(Int(report.secondsToEtcd.rounded(.up))) s: it is all there"
                : "DIFFERS: \(report.differences.joined(separator: "; "))"
        }
    }

    private var recipients: String {
        let all = Amount.count(made.entry.recipients.count, "recipient")
        guard made.hostRecipients > 0 else { return all }
        let warning = "\(made.hostRecipients) of them a host of this cluster: whoever takes that host can open it"
        return "\(all), \(style(warning, .caution))"
    }

    private var configuration: String {
        guard let flake = made.manifest.flake else { return "none: the cluster file names no channel.flake" }
        if let absence = flake.absence { return "not in it: \(absence)" }
        let revision = flake.revision.map { " at \($0.prefix(12))" } ?? ""
        return "\(flake.reference)\(revision)" + (flake.isRunning == false ? ", which is not what the hosts run" : "")
    }

    private var notCovered: [String] {
        if let why = made.manifest.volumesUnknown { return ["", "which volumes there are is not known: \(why)"] }
        guard !made.manifest.volumes.isEmpty else { return [] }
        let rows = made.manifest.volumes.map { volume in
            [
                volume.claim, volume.node, volume.path, volume.bytes.map(Amount.bytes) ?? "",
                volume.coveredBy.map { "covered by \($0)" } ?? style("NOT COVERED", .caution),
            ]
        }
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
