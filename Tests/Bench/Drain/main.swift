// Drains one node as `kupgrade apply` does, with an admin's kubeconfig: `drain-bench KUBECONFIG NODE`.
import Actions
import Foundation
import KubernetesClient
import Observation
import UpgradePlanning

guard CommandLine.arguments.count == 3, let data = FileManager.default.contents(atPath: CommandLine.arguments[1])
else {
    FileHandle.standardError.write(Data("usage: drain-bench KUBECONFIG NODE\n".utf8))
    exit(64)
}
let node = CommandLine.arguments[2]
let kubeconfig = LocalKubeconfig(
    read: { Array(data) }, folder: "/", now: Instant(secondsSince1970: Int64(Date().timeIntervalSince1970)))
let access = try await kubeconfig.access()
let facts = ClusterFacts(
    cluster: "bench", observedAt: Instant(secondsSince1970: 0), nodes: [], etcd: [], apiServers: [],
    kubernetes: .absent(Absence(.notAsked, "")))
let cluster = ClusterAccess { (facts, ClusterObserver.Ways(sessions: [:], etcd: [:], apiServer: access)) }
try await APIServerConnection.with(access) { connection in
    _ = try await connection.setUnschedulable(node, true, annotation: "kupgrade/run", value: "bench")
}
print(try await Drain(access: cluster, node: node, limitSeconds: 300, report: { _ in }, isStopping: { false }).run())
