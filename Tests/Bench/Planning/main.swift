// Times planning alone, without looking: `planning-bench NODES` prints the median of five plans; `planning-bench NODES
// facts FILE` writes the facts of such a cluster instead, for `kupgrade plan --facts FILE`.
import Foundation
import Plans
import UpgradePlanning

let arguments = CommandLine.arguments
guard arguments.count >= 2, let count = Int(arguments[1]), count >= 3 else {
    FileHandle.standardError.write(Data("usage: planning-bench NODES [facts FILE]\n".utf8))
    exit(64)
}
let facts = LargeCluster.facts(nodes: count)
if arguments.count == 4, arguments[2] == "facts" {
    let file = URL(fileURLWithPath: arguments[3])
    try JSONEncoder().encode(facts).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    exit(0)
}
let request = PlanRequest(facts: facts, channel: LargeCluster.channel(facts))
let clock = ContinuousClock()
var times: [Duration] = []
var steps = 0
for _ in 0..<5 {
    times.append(clock.measure { steps = Planner.plan(request).steps.count })
}
let median = times.sorted()[2]
let pods = facts.kubernetes.value?.pods.count ?? 0
print("\(median / .milliseconds(1)) ms for \(count) nodes, \(pods) pods: \(steps) steps")
