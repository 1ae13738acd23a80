import Plans

struct DeprecatedAPIUsed: FindingRule {
    let code = "KUP-P051"
    let title = "an API that a later minor removes is in use"
    let severity = Finding.Severity.notice
    let sight = FindingSight.deprecatedAPIs
    let page = ExplanationText(
        meaning:
            "Somebody reads or writes through a version of an API that goes away after this plan's target. Nothing "
            + "breaks now; the run after the next may.",
        causes: ["manifests in Git, charts or controllers name an old version"],
        behaviour: "The plan can be applied. When a plan's way comes to the removal, it is KUP-P050.",
        remedies: ["write the new apiVersion in the manifest", "update the chart or controller"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        guard let end = draft.route.target ?? draft.route.lowest else { return [] }
        let objects = draft.facts.kubernetes.value?.deprecatedObjects.value ?? []
        let requests = draft.facts.apiServers.flatMap { $0.status.value?.deprecatedRequests.value ?? [] }
        return Removals.all.filter { $0.removedIn > end }.compactMap { removal in
            let written = objects.filter { $0.apiVersion == removal.apiVersion && $0.resource == removal.resource }
            let isAsked = requests.contains {
                $0.group == removal.group && $0.version == removal.version && $0.resource == removal.resource
            }
            guard !written.isEmpty || isAsked else { return nil }
            let managers = Set(written.map(\.manager))
            return finding(
                "\(removal.resource) of \(removal.apiVersion) are in use; \(removal.removedIn) removes them",
                why: (written.isEmpty ? [] : ["\(written.count) written through it, by \(managers.listed())"])
                    + (isAsked ? ["asked for since an apiserver started"] : [])
                    + (written.isEmpty ? [Self.onlyAsked] : []),
                remedy: Self.remedy(removal))
        }
    }

    static let onlyAsked =
        "nothing that is there was written through it: Kubernetes' own controllers may be who asked"

    /// Asking the API through the version would count as a use of it.
    static func remedy(_ removal: RemovedAPI) -> [String] {
        [
            "grep -rn -e \(Paste.word("apiVersion: " + removal.apiVersion)) .  # in your manifests",
            "kupgrade facts -o json  # deprecatedObjects: each, and who wrote it",
        ]
    }
}
