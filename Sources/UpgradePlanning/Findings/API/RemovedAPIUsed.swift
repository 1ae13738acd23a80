import Plans

struct RemovedAPIUsed: FindingRule {
    let code = "KUP-P050"
    let title = "an API that the way removes is in use"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "Some minor on the way no longer serves this version of the API. What is stored is converted and "
            + "stays; whoever reads or writes through the old version is refused: a sync fails, a controller "
            + "stops.",
        causes: [
            "manifests in Git or a Helm chart still name the old version",
            "a controller in the cluster was built against it",
            "Kubernetes' own controllers of the old minor use it: those stop with the upgrade",
        ],
        behaviour: "Objects written through it while it is also being asked for keep the plan from being applied. "
            + "Only one of the two is a warning: a field manager's entry stays until it writes again, and the "
            + "metric does not say who asks. So are both where the run ends before the minor that removes it.",
        remedies: ["write the new apiVersion in the manifest and apply it with the same manager", "update the chart"])

    /// Joins three sources by (group, version, resource) in one pass each.
    func examine(_ draft: PlanDraft) -> [Finding] {
        guard let lowest = draft.route.lowest, let target = draft.route.target else { return [] }
        let objects = Dictionary(grouping: draft.facts.kubernetes.value?.deprecatedObjects.value ?? []) {
            Key(apiVersion: $0.apiVersion, resource: $0.resource)
        }
        let requests = Self.requests(draft.facts)
        let removals = Removals.removed(after: lowest, upTo: target)
        let end = draft.topology.apiServerNodes.compactMap { draft.route.end[$0]?.minor(.apiServer) }.max() ?? lowest
        return unknown(removals, draft)
            + removals.compactMap { removal in
                let key = Key(apiVersion: removal.apiVersion, resource: removal.resource)
                guard objects[key] != nil || requests[key] != nil else { return nil }
                return finding(
                    removal, objects: objects[key] ?? [], askers: requests[key] ?? [],
                    isReached: removal.removedIn <= end)
            }
    }

    /// What could not be looked at is not unused.
    private func unknown(_ removals: [RemovedAPI], _ draft: PlanDraft) -> [Finding] {
        let why = draft.facts.deprecatedAPIsUnknown
        guard let first = removals.first, !why.isEmpty else { return [] }
        return [
            finding(
                "whether removed APIs are in use could not be looked at", severity: .warning,
                why: why + [
                    "\(Amount.count(removals.count, "resource")) go away on the way, as \(first.resource) of \(first.apiVersion)"
                ],
                remedy: ["kubectl get --raw /metrics | grep apiserver_requested_deprecated_apis", "kupgrade plan"])
        ]
    }

    private struct Key: Hashable {
        let apiVersion: String
        let resource: String
    }

    /// Which apiservers were asked for a deprecated API since they started.
    private static func requests(_ facts: ClusterFacts) -> [Key: Set<NodeName>] {
        facts.apiServers.reduce(into: [:]) { result, server in
            for request in server.status.value?.deprecatedRequests.value ?? [] {
                let apiVersion = request.group.isEmpty ? request.version : "\(request.group)/\(request.version)"
                result[Key(apiVersion: apiVersion, resource: request.resource), default: []].insert(server.node)
            }
        }
    }

    private func finding(
        _ removal: RemovedAPI, objects: [DeprecatedObject], askers: Set<NodeName>, isReached: Bool
    ) -> Finding {
        let named = Set(
            objects.map { object in
                let name = object.namespace.isEmpty ? object.name : "\(object.namespace)/\(object.name)"
                return "\(name) by \(object.manager)"
            })
        var why = ["\(removal.apiVersion) \(removal.resource) is gone from \(removal.removedIn) on"]
        if !named.isEmpty { why.append("\(named.count) written through it: \(named.listed())") }
        if !askers.isEmpty { why.append("asked for since its start: the apiserver of \(askers.map(\.text).listed())") }
        if named.isEmpty { why.append(DeprecatedAPIUsed.onlyAsked) }
        if !isReached { why.append("this run ends before \(removal.removedIn); the next one does not") }
        return finding(
            "\(removal.resource) of \(removal.apiVersion) are in use, and \(removal.removedIn) removes them",
            severity: named.isEmpty || askers.isEmpty || !isReached ? .warning : .blocker, why: why,
            remedy: DeprecatedAPIUsed.remedy(removal))
    }
}
