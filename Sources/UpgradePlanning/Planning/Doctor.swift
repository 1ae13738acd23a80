public import Plans

/// The same findings as a plan's, of the cluster as it is today: a pure function of facts.
public enum Doctor {
    /// Looks for everything that can be wrong without a change.
    public static func examine(_ facts: ClusterFacts, policy: PlanPolicy = PlanPolicy()) -> Diagnosis {
        let nothing = ChannelFacts(source: .channel("nothing"), offers: [:], bridges: [])
        let draft = PlanDraft(PlanRequest(facts: facts, channel: nothing, policy: policy))
        let checks = FindingRules.all.filter(\.isAboutToday).flatMap { rule in
            self.checks(rule, rule.examine(draft).addressed(in: facts), draft)
        }
        return Diagnosis(
            cluster: facts.cluster, observedAt: facts.observedAt.description, nodes: facts.nodes.map(\.name.text),
            checks: checks)
    }

    /// A rule that looks at hosts is a check of each; any other one of the cluster.
    private static func checks(
        _ rule: any FindingRule, _ findings: [Finding], _ draft: PlanDraft
    ) -> [Diagnosis.Check] {
        let found = findings.map { finding in
            Diagnosis.Check(code: rule.code, title: rule.title, node: finding.node, finding: finding)
        }
        let named = Set(findings.map(\.node))
        if rule.isPerNode {
            return found
                + draft.topology.names.filter { !named.contains($0.text) }.map { node in
                    Diagnosis.Check(
                        code: rule.code, title: rule.title, node: node.text, finding: nil,
                        isKnown: draft.topology.hosts[node] != nil)
                }
        }
        return findings.isEmpty
            ? [
                Diagnosis.Check(
                    code: rule.code, title: rule.title, node: nil, finding: nil,
                    isKnown: rule.sight.isOpen(draft.facts))
            ] : found
    }
}
