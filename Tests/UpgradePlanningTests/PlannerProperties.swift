import Plans
import Testing
import UpgradePlanning

/// Properties over generated clusters. A failure names the seed: `ClusterGenerator(seed: N).cluster()` is the
/// cluster.
@Suite("properties of plans")
struct PlannerProperties {
    struct Sample: Sendable {
        let seed: UInt64
        let cluster: TestCluster
        let plan: Plan

        var isApplicable: Bool { plan.blockers.isEmpty && !plan.stages.isEmpty }
    }

    static let samples: [Sample] = (UInt64(1)...2_000).map { seed in
        var generator = ClusterGenerator(seed: seed)
        let cluster = generator.cluster()
        return Sample(seed: seed, cluster: cluster, plan: cluster.plan())
    }

    @Test("a plan that can be applied skips nothing, breaks no rule, keeps quorum and takes one node down at a time")
    func legality() {
        for sample in Self.samples where sample.isApplicable {
            var model = RunModel(sample.cluster)
            for step in sample.plan.steps { model.perform(step) }
            #expect(model.problems.isEmpty, "seed \(sample.seed): \(model.problems)")
        }
    }

    @Test("the samples are of every kind, else the properties say nothing")
    func coverage() {
        let applicable = Self.samples.filter(\.isApplicable)
        #expect(applicable.count > Self.samples.count / 3)
        #expect(applicable.count { $0.plan.goal.hops.count > 2 } > 100)
        #expect(applicable.count { $0.cluster.facts.apiServers.count > 1 } > 100)
        let kinds = Set(applicable.flatMap { $0.plan.steps.map(\.action.kind) })
        #expect(kinds.isSuperset(of: [.park, .unpark, .moveLeader, .reboot, .activate, .drain]))
        let codes = Set(Self.samples.flatMap { $0.plan.findings.map(\.code) })
        #expect(codes.isSuperset(of: ["KUP-P005", "KUP-P007", "KUP-P013", "KUP-P014", "KUP-P021"]))
    }

    @Test("also a plan with blockers never goes back, never skips a minor and never takes two nodes down")
    func blockedPlans() {
        for sample in Self.samples where !sample.isApplicable {
            var model = RunModel(sample.cluster)
            for step in sample.plan.steps { model.perform(step) }
            let worst = model.problems.filter { $0.contains("goes back") || $0.contains("skips") || $0.contains("two") }
            #expect(worst.isEmpty, "seed \(sample.seed): \(worst)")
        }
    }

    @Test("the order of facts does not matter")
    func order() {
        for sample in Self.samples {
            var generator = ClusterGenerator(seed: sample.seed)
            #expect(generator.shuffled(sample.cluster).plan() == sample.plan, "seed \(sample.seed)")
        }
    }

    @Test("planning again from the end gives nothing to do, or the obstacle that was named before")
    func endState() {
        for sample in Self.samples where sample.isApplicable {
            var cluster = sample.cluster
            for stage in sample.plan.stages { cluster.advance(by: stage) }
            let again = cluster.plan()
            #expect(again.stages.isEmpty, "seed \(sample.seed): \(again.stages.map(\.id))")
            let codes = Set(again.findings.map(\.code))
            let expected = sample.plan.goal.later.isEmpty ? "KUP-P001" : "KUP-P007"
            #expect(codes.contains(expected), "seed \(sample.seed): \(codes)")
        }
    }

    @Test("planning from every state in between is legal, never goes back, and gives the rest of the way")
    func betweenStates() {
        for sample in Self.samples where sample.isApplicable && sample.seed % 10 == 0 {
            var cluster = sample.cluster
            for stage in sample.plan.stages {
                cluster.advance(by: stage)
                let again = cluster.plan()
                let place = "seed \(sample.seed) after \(stage.id)"
                #expect(again.blockers.allSatisfy { $0.code == "KUP-P007" }, "\(place): \(again.blockers)")
                var model = RunModel(cluster)
                for step in again.steps { model.perform(step) }
                #expect(model.problems.isEmpty, "\(place): \(model.problems)")
                #expect(again.stages.count <= sample.plan.stages.count, "\(place)")
            }
        }
    }

    @Test("a run that ended within a node's stage is planned on without a blocker")
    func betweenSteps() {
        for sample in Self.samples where sample.isApplicable && sample.seed % 20 == 0 {
            var cluster = sample.cluster
            for step in sample.plan.steps {
                cluster.advance(by: step)
                guard [.cordon, .activate, .reboot].contains(step.action.kind) else { continue }
                let blockers = cluster.plan().blockers.filter { $0.code != "KUP-P007" }
                #expect(blockers.isEmpty, "seed \(sample.seed) after \(step.id): \(blockers)")
            }
        }
    }

    @Test("ids of steps are unique, and what a run stops, parks, locks or cordons it gives back")
    func balanced() {
        let pairs: [(Action.Kind, Action.Kind)] = [
            (.lock, .unlock), (.stopTimers, .startTimers), (.park, .unpark), (.pauseGitOps, .resumeGitOps),
            (.cordon, .uncordon), (.armGuard, .disarmGuard),
        ]
        for sample in Self.samples {
            let steps = sample.plan.steps
            #expect(Set(steps.map(\.id)).count == steps.count, "seed \(sample.seed)")
            func count(_ kind: Action.Kind) -> Int { steps.count { $0.action.kind == kind } }
            for (first, second) in pairs { #expect(count(first) == count(second), "seed \(sample.seed): \(first)") }
            #expect(count(.activate) + count(.reboot) == count(.commit), "seed \(sample.seed)")
        }
    }

    @Test("the way back only ever gets harder, and is lost only by a step that changes a system")
    func wayBack() {
        for sample in Self.samples {
            var way = WayBack.free
            for step in sample.plan.steps {
                #expect(way.harder(step.wayBack) == step.wayBack, "seed \(sample.seed) at \(step.id)")
                let changes = step.action.kind == .activate || step.action.kind == .reboot
                #expect(changes || step.wayBack == way, "seed \(sample.seed) at \(step.id)")
                way = step.wayBack
            }
        }
    }
}
