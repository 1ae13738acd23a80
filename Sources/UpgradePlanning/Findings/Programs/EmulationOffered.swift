import Plans

struct EmulationOffered: FindingRule {
    let code = "KUP-P074"
    let title = "emulation would keep the way back free"
    let severity = Finding.Severity.notice
    let isAboutToday = false
    let page = ExplanationText(
        meaning:
            "A new apiserver with --emulated-version of the minor before writes nothing that the old one could not "
            + "read (KEP-4330, from 1.31): while it emulates, the way back is to switch generations, no restore.",
        causes: ["the plan brings a new minor of the control plane"],
        behaviour: "kupgrade does not set it: it is an option of your configuration. A plan of a system that emulates "
            + "keeps the way back free until a later plan removes the option.",
        remedies: [
            "services.kubernetes.apiserver.extraOpts = \"--emulated-version=1.N\"; with the minor that runs now, the same "
                + "for controllerManager and scheduler; soak; then remove it and apply again"
        ])

    private static let first = MinorRelease(major: 1, minor: 31)

    func examine(_ draft: PlanDraft) -> [Finding] {
        guard let move = draft.route.moves.first(where: { $0.losesWayBack && Self.isOffered($0) }),
            let running = move.before.minor(.apiServer)
        else { return [] }
        return [
            finding(
                "apiserver \(move.offer.kubernetes.minorRelease) could emulate \(running) at first",
                why: [
                    "\(move.hop.minor) loses the free way back when the first new apiserver writes",
                    "kubelets of \(move.offer.kubernetes.minorRelease) would be newer than what it emulates, which the skew policy does not cover",
                ],
                remedy: [
                    "services.kubernetes.apiserver.extraOpts = \"--emulated-version=\(running)\";  # first run; remove it "
                        + "for the second"
                ])
        ]
    }

    private static func isOffered(_ move: Move) -> Bool {
        let target = move.offer.kubernetes.minorRelease
        let line = move.offer.closure?.units[Component.apiServer.unit]?.commandLine
        return target >= first && move.before.minor(.apiServer).map { $0 < target && $0 >= first } == true
            && line?.flags.keys.contains("--emulated-version") != true
    }
}
