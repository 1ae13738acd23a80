import Plans
import Testing
import UpgradePlanning

/// Properties over generated clusters. A failure names the seed: `ClusterGenerator(seed: N).cluster()` is the cluster.
@Suite("properties of plans")
struct PlannerProperties {
    static let seeds: ClosedRange<UInt64> = 1...3_000

    @Test("a plan that can be applied skips nothing, breaks no rule, keeps quorum and takes one node down at a time")
    func legality() {
        var applicable = 0
        for seed in Self.seeds {
            var generator = ClusterGenerator(seed: seed)
            let cluster = generator.cluster()
            let plan = cluster.plan()
            guard plan.blockers.isEmpty, !plan.stages.isEmpty else { continue }
            applicable += 1
            var model = RunModel(cluster)
            for step in plan.steps { model.perform(step) }
            #expect(model.problems.isEmpty, "seed \(seed): \(model.problems)")
        }
        // Else the property says nothing.
        #expect(applicable > Self.seeds.count / 4, "only \(applicable) of \(Self.seeds.count) plans could be applied")
    }

    @Test("also a plan with blockers never goes back and never skips a minor")
    func blockedPlans() {
        for seed in Self.seeds {
            var generator = ClusterGenerator(seed: seed)
            let cluster = generator.cluster()
            var model = RunModel(cluster)
            for step in cluster.plan().steps { model.perform(step) }
            let worst = model.problems.filter { $0.contains("goes back") || $0.contains("skips") || $0.contains("two") }
            #expect(worst.isEmpty, "seed \(seed): \(worst)")
        }
    }

    @Test("the order of facts does not matter")
    func order() {
        for seed in Self.seeds {
            var generator = ClusterGenerator(seed: seed)
            let cluster = generator.cluster()
            #expect(generator.shuffled(cluster).plan() == cluster.plan(), "seed \(seed)")
        }
    }

    @Test("planning again from the end gives nothing to do, or the obstacle that was named before")
    func endState() {
        for seed in Self.seeds {
            var generator = ClusterGenerator(seed: seed)
            var cluster = generator.cluster()
            let plan = cluster.plan()
            guard plan.blockers.isEmpty, !plan.stages.isEmpty else { continue }
            for stage in plan.stages { cluster.advance(by: stage) }
            let again = cluster.plan()
            #expect(again.stages.isEmpty, "seed \(seed): \(again.stages.map(\.id))")
            let codes = Set(again.findings.map(\.code))
            #expect(codes.contains(plan.goal.later.isEmpty ? "KUP-P001" : "KUP-P007"), "seed \(seed): \(codes)")
        }
    }

    @Test("planning from every state in between is legal, never goes back, and gives the rest of the way")
    func betweenStates() {
        for seed in Self.seeds where seed % 3 == 0 {
            var generator = ClusterGenerator(seed: seed)
            var cluster = generator.cluster()
            let plan = cluster.plan()
            guard plan.blockers.isEmpty else { continue }
            for stage in plan.stages {
                cluster.advance(by: stage)
                let again = cluster.plan()
                #expect(again.blockers.allSatisfy { $0.code == "KUP-P007" }, "seed \(seed) after \(stage.id): \(again.blockers)")
                var model = RunModel(cluster)
                for step in again.steps { model.perform(step) }
                let serious = model.problems
                #expect(serious.isEmpty, "seed \(seed) after \(stage.id): \(serious)")
                #expect(again.stages.count <= plan.stages.count, "seed \(seed) after \(stage.id)")
            }
        }
    }

    @Test("ids of steps are unique, and what a run stops, parks, locks or cordons it gives back")
    func balanced() {
        for seed in Self.seeds {
            var generator = ClusterGenerator(seed: seed)
            let steps = generator.cluster().plan().steps
            #expect(Set(steps.map(\.id)).count == steps.count, "seed \(seed)")
            func count(_ kind: Action.Kind) -> Int { steps.count { $0.action.kind == kind } }
            let pairs: [(Action.Kind, Action.Kind)] = [
                (.lock, .unlock), (.stopTimers, .startTimers), (.park, .unpark), (.pauseGitOps, .resumeGitOps),
                (.cordon, .uncordon), (.armGuard, .disarmGuard),
            ]
            for (first, second) in pairs { #expect(count(first) == count(second), "seed \(seed): \(first)") }
            #expect(count(.activate) + count(.reboot) == count(.commit), "seed \(seed)")
        }
    }

    @Test("the way back only ever gets harder")
    func wayBack() {
        for seed in Self.seeds {
            var generator = ClusterGenerator(seed: seed)
            var way = WayBack.free
            for step in generator.cluster().plan().steps {
                #expect(way.harder(step.wayBack) == step.wayBack, "seed \(seed) at \(step.id)")
                way = step.wayBack
            }
        }
    }
}
