import KubernetesClient
import UpgradePlanning

extension PlacementFacts {
    init(_ placement: Placement) {
        self.init()
        nodeSelector = placement.nodeSelector
        nodeTerms = placement.nodeTerms.map(NodeTermFacts.init)
        tolerations = placement.tolerations.map {
            TolerationFacts(
                key: $0.key ?? "", operator: $0.operator ?? "Equal", value: $0.value ?? "", effect: $0.effect ?? "")
        }
        repels = placement.repels.map(PodTermFacts.init)
        attracts = placement.attracts.map(PodTermFacts.init)
        hostPorts = placement.hostPorts
        spreads = placement.spreads.isEmpty ? nil : placement.spreads.map(SpreadFacts.init)
    }
}

extension SpreadFacts {
    init(_ spread: Placement.Spread) {
        self.init(
            selector: LabelSelectorFacts(spread.selector), topologyKey: spread.topologyKey, maxSkew: spread.maxSkew)
        minDomains = spread.minDomains
        countsOtherNodes = spread.honorsAffinity ? nil : true
        honorsTaints = spread.honorsTaints ? true : nil
    }
}

extension NodeTermFacts {
    init(_ term: NodeTerm) {
        func expressions(_ list: [NodeTerm.Expression]?) -> [Expression] {
            (list ?? []).map { Expression(key: $0.key, operator: $0.operator, values: $0.values ?? []) }
        }
        self.init(labels: expressions(term.matchExpressions), fields: expressions(term.matchFields))
    }
}

extension PodTermFacts {
    init(_ term: Placement.PodTerm) {
        self.init(
            selector: LabelSelectorFacts(term.selector), namespaces: term.namespaces, topologyKey: term.topologyKey)
        namespaceSelector = term.namespaceSelector.map { LabelSelectorFacts($0) }
    }
}

extension ClaimFacts {
    init(_ claim: VolumeClaim, _ volume: VolumeObject) {
        self.init(
            namespace: claim.namespace, name: claim.name, volume: volume.name, kind: volume.kind, path: volume.path,
            nodeTerms: volume.nodeTerms.map(NodeTermFacts.init))
    }
}
