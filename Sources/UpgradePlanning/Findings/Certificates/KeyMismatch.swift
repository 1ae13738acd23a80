import Plans

struct KeyMismatch: HostRule {
    let code = "KUP-P043"
    let title = "a key is not that of its certificate"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning:
            "The program that loads this pair refuses to start. It goes on running with what it loaded before, until "
            + "something restarts it, which a rebuild does.",
        causes: ["one of the two was restored or copied without the other", "a renewal was interrupted"],
        behaviour: "The plan is computed and cannot be applied where a unit uses the pair.",
        remedies: ["put both of one pair back, or remove both and restart certmgr, which makes a new pair"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        host.pki.filter { $0.keyMatch == .differs }.map { file in
            finding(
                "\(file.path) on \(node) is not the key of its certificate", node: node,
                severity: file.usedBy.isEmpty ? .warning : .blocker,
                why: file.usedBy.isEmpty ? ["no unit names it"] : ["used by \(file.usedBy.listed(limit: 3))"],
                remedy: [Paste.on(node, "ls -lt \(Paste.word(Self.folder(of: file.path)))")] + renewal(file, host, node)
            )
        }
    }

    /// certmgr makes a new pair where one is gone. Not for the keys that tokens and every other certificate hang on.
    private func renewal(_ file: PKIFileFacts, _ host: HostFacts, _ node: NodeName) -> [String] {
        let name = file.path.lowercased()
        let isRenewed =
            !name.contains("service-account") && !name.contains("/ca") && host.unit("certmgr.service") != nil
        guard isRenewed else { return [] }
        let path = Paste.word(file.path)
        return [Paste.on(node, "'mv \(path) \(path).differs && systemctl restart certmgr'")]
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
