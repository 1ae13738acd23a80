extension LabelSelectorFacts {
    /// Whether all of it holds for these labels. An empty selector holds for all.
    func matches(_ labels: [String: String]) -> Bool {
        matchLabels.allSatisfy { labels[$0.key] == $0.value }
            && matchExpressions.allSatisfy { $0.matches(labels[$0.key]) }
    }
}

extension LabelSelectorFacts.Expression {
    fileprivate func matches(_ value: String?) -> Bool {
        NodeTermFacts.Expression(key: key, operator: `operator`, values: values).matches(value)
    }
}

extension NodeTermFacts.Expression {
    /// `NotIn` and `DoesNotExist` hold for a key that is not there; `Gt` and `Lt` compare whole numbers.
    func matches(_ value: String?) -> Bool {
        switch `operator` {
        case "In": value.map(values.contains) ?? false
        case "NotIn": value.map { !values.contains($0) } ?? true
        case "Exists": value != nil
        case "DoesNotExist": value == nil
        case "Gt": Self.compare(value, values) { $0 > $1 }
        case "Lt": Self.compare(value, values) { $0 < $1 }
        default: false
        }
    }

    private static func compare(_ value: String?, _ values: [String], _ isTrue: (Int64, Int64) -> Bool) -> Bool {
        guard let value = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) else {
            return false
        }
        return isTrue(value, bound)
    }
}

extension NodeTermFacts {
    /// A term without any expression holds for no node.
    func matches(_ node: NodeObjectFacts) -> Bool {
        guard !labels.isEmpty || !fields.isEmpty else { return false }
        return labels.allSatisfy { $0.matches(node.labels[$0.key]) }
            && fields.allSatisfy { $0.matches($0.key == "metadata.name" ? node.name : nil) }
    }
}

extension PlacementFacts {
    /// The first taint of a node that keeps the pod from it.
    func hostileTaint(_ node: NodeObjectFacts) -> TaintFacts? {
        node.taints.first { taint in
            taint.effect != "PreferNoSchedule" && !tolerations.contains { $0.tolerates(taint) }
        }
    }
}

extension TolerationFacts {
    func tolerates(_ taint: TaintFacts) -> Bool {
        guard effect.isEmpty || effect == taint.effect, key.isEmpty || key == taint.key else { return false }
        return `operator` == "Exists" || (!key.isEmpty && value == taint.value)
    }
}
