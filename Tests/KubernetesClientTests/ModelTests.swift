import Foundation
import KubernetesClient
import Testing

@Suite struct ModelTests {
    private func pod(_ text: String) throws -> PodObject {
        try JSONDecoder().decode(PodObject.self, from: Data(text.utf8))
    }

    @Test("a spread rule is read with what it leaves out, and a wish is none")
    func spreads() throws {
        let rule = #""topologyKey":"zone","maxSkew":2,"labelSelector":{"matchLabels":{"app":"web"}}"#
        let pod = try pod(
            """
            {"metadata":{"namespace":"web","name":"a","uid":"u1","labels":{"app":"web","pod-template-hash":"1"}},
             "spec":{"containers":[{"name":"c"}],"topologySpreadConstraints":[
              {\(rule),"whenUnsatisfiable":"ScheduleAnyway"},
              {\(rule),"whenUnsatisfiable":"DoNotSchedule"},
              {\(rule),"minDomains":3,"nodeAffinityPolicy":"Ignore","nodeTaintsPolicy":"Honor",
               "matchLabelKeys":["pod-template-hash","absent"]}]}}
            """)
        let spreads = pod.placement.spreads
        #expect(spreads.map(\.topologyKey) == ["zone", "zone"] && spreads.map(\.maxSkew) == [2, 2])
        #expect(spreads.map(\.minDomains) == [nil, 3])
        #expect(spreads.map(\.honorsAffinity) == [true, false] && spreads.map(\.honorsTaints) == [false, true])
        #expect(spreads.map { $0.selector?.matchLabels.keys.sorted() } == [["app"], ["app", "pod-template-hash"]])
    }

    @Test func aPodIsReadAsFarAsMovingItNeeds() throws {
        let pod = try pod(
            """
            {"metadata":{"namespace":"web","name":"site-0","uid":"u1","labels":{"app":"site"},
             "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\\"env\\":\\"secret\\"}"},
             "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"c","uid":"u2"},
              {"apiVersion":"apps/v1","kind":"StatefulSet","name":"site","uid":"u3","controller":true}]},
             "spec":{"nodeName":"w1","terminationGracePeriodSeconds":60,"futureField":{"a":[1]},
              "volumes":[{"name":"tmp","emptyDir":{"sizeLimit":"1Gi"}},{"name":"shm","emptyDir":{"medium":"Memory"}},
               {"name":"host","hostPath":{"path":"/srv","type":""}},
               {"name":"data","persistentVolumeClaim":{"claimName":"data-site-0"}},
               {"name":"scratch","ephemeral":{"volumeClaimTemplate":{}}},{"name":"cfg","configMap":{"name":"c"}}],
              "containers":[{"name":"c","env":[{"name":"PASSWORD","value":"hunter2"}],"args":["--token=x"],
               "resources":{"requests":{"cpu":"250m","memory":"64Mi","nvidia.com/gpu":"1"}}},{"name":"d"}]},
             "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}
            """)
        #expect(pod.controller?.kind == "StatefulSet" && pod.controller?.name == "site")
        #expect(
            pod.volumes == [
                .emptyDirectory(name: "tmp", sizeLimit: 1 << 30), .emptyDirectory(name: "shm", sizeLimit: nil),
                .hostPath(name: "host", path: "/srv"), .claim(name: "data", claimName: "data-site-0"),
                .ephemeral(name: "scratch"),
            ])
        #expect(pod.requests == ResourceAmounts(milliCPU: 250, memoryBytes: 64 << 20, devices: ["nvidia.com/gpu": 1]))
        #expect(pod.isReady && !pod.isMirror && !pod.isFinished && pod.deletionTimestamp == nil)
        #expect(pod.terminationGracePeriodSeconds == 60)
        var dumped = ""
        dump(pod, to: &dumped)
        #expect(!dumped.contains("hunter2") && !dumped.contains("secret") && !dumped.contains("--token"))
    }

    @Test func aPodWithNextToNothingIsReadToo() throws {
        let pod = try pod(
            "{\"metadata\":{\"namespace\":\"n\",\"name\":\"p\",\"uid\":\"u\"},\"spec\":{\"volumes\":null}}")
        #expect(pod.nodeName.isEmpty && pod.phase.isEmpty && !pod.isReady && pod.controller == nil)
        #expect(pod.terminationGracePeriodSeconds == 30)
        #expect(pod.requests == .none)
    }

    @Test func aMirrorAndATerminatingPodAreSeen() throws {
        let pod = try pod(
            """
            {"metadata":{"namespace":"n","name":"p","uid":"u","deletionTimestamp":"2026-01-02T03:04:05Z",
             "annotations":{"kubernetes.io/config.mirror":"abc"}},"spec":{},"status":{"phase":"Succeeded"}}
            """)
        #expect(pod.isMirror && pod.isFinished)
        #expect(pod.deletionTimestamp == "2026-01-02T03:04:05Z")
    }

    @Test(
        arguments: [
            (#""containers":[{"resources":{"requests":{"cpu":"1"}}},{"resources":{"requests":{"cpu":"2"}}}]"#, 3_000),
            // An init container runs alone; the larger counts.
            (
                #""initContainers":[{"resources":{"requests":{"cpu":"5"}}}],"#
                    + #""containers":[{"resources":{"requests":{"cpu":"1"}}}]"#,
                5_000
            ),
            // A sidecar stays: with the containers, and with the init containers after it.
            (
                #""initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}},"#
                    + #"{"resources":{"requests":{"cpu":"4"}}}],"containers":[{"resources":{"requests":{"cpu":"2"}}}]"#,
                5_000
            ),
            (#""overhead":{"cpu":"250m"},"containers":[{"resources":{"requests":{"cpu":"1"}}}]"#, 1_250),
        ] as [(String, Int64)])
    func requestsAreWhatTheSchedulerReserves(_ spec: String, _ milliCPU: Int64) throws {
        let pod = try pod("{\"metadata\":{\"namespace\":\"n\",\"name\":\"p\",\"uid\":\"u\"},\"spec\":{\(spec)}}")
        #expect(pod.requests.milliCPU == milliCPU)
    }

    @Test func aBrokenQuantityIsAnErrorAndNotZero() {
        #expect(throws: DecodingError.self) {
            try pod(
                "{\"metadata\":{\"namespace\":\"n\",\"name\":\"p\",\"uid\":\"u\"},"
                    + "\"spec\":{\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"lots\"}}}]}}")
        }
    }

    @Test func aNodeIsRead() throws {
        let text = """
            {"metadata":{"name":"m1","uid":"u","labels":{"kubernetes.io/os":"linux"},
             "annotations":{"kupgrade/run":"7f3c","kubectl.kubernetes.io/last-applied-configuration":"x"}},
             "spec":{"podCIDR":"10.1.0.0/24","unschedulable":true,
              "taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule","timeAdded":"x"}]},
             "status":{"allocatable":{"cpu":"7910m","memory":"16384988Ki","pods":"110","ephemeral-storage":"1"},
              "conditions":[{"type":"Ready","status":"True","reason":"KubeletReady","message":"ok"},
               {"type":"DiskPressure","status":"False"}],
              "addresses":[{"type":"InternalIP","address":"100.64.0.1"},{"type":"Hostname","address":"m1"}],
              "nodeInfo":{"kubeletVersion":"v1.20.2","kubeProxyVersion":"v1.20.2","bootID":"b","osImage":"NixOS 20.09",
               "containerRuntimeVersion":"containerd://1.4.3"}}}
            """
        let node = try JSONDecoder().decode(NodeObject.self, from: Data(text.utf8))
        #expect(node.isReady && node.isUnschedulable)
        #expect(node.allocatable.milliCPU == 7_910 && node.allocatable.pods == 110)
        #expect(node.allocatable.memoryBytes == 16_778_227_712)
        #expect(node.taints.first?.value == "")
        #expect(node.annotations == ["kupgrade/run": "7f3c"])
        #expect(node.info.containerRuntimeVersion == "containerd://1.4.3" && node.info.machineID.isEmpty)
        #expect(node.addresses.first?.address == "100.64.0.1")
    }

    @Test func aNewNodeWithoutStatusIsNotReady() throws {
        let node = try JSONDecoder().decode(NodeObject.self, from: Data(#"{"metadata":{"name":"n","uid":"u"}}"#.utf8))
        #expect(!node.isReady && !node.isUnschedulable && node.allocatable.pods == 0)
    }

    @Test func aBudgetIsRead() throws {
        let text = """
            {"metadata":{"namespace":"web","name":"site","generation":2},"spec":{"minAvailable":1,"selector":{
             "matchLabels":{"app":"site"},"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]},
             {"key":"x","operator":"Exists"}]}},"status":{"observedGeneration":1,"currentHealthy":1,"desiredHealthy":1,
             "expectedPods":1,"disruptionsAllowed":0,"disruptedPods":{}}}
            """
        let budget = try JSONDecoder().decode(PodDisruptionBudget.self, from: Data(text.utf8))
        #expect(budget.minAvailable == "1" && budget.maxUnavailable == nil)
        #expect(budget.selector?.matchExpressions.map(\.values) == [["a", "b"], []])
        #expect(budget.currentHealthy == 1 && budget.disruptionsAllowed == 0 && !budget.isCurrent)
    }

    @Test func aBudgetWithoutASelectorCoversNothing() throws {
        let text = #"{"metadata":{"namespace":"n","name":"b"},"spec":{"maxUnavailable":"50%"}}"#
        let budget = try JSONDecoder().decode(PodDisruptionBudget.self, from: Data(text.utf8))
        #expect(budget.selector == nil && budget.maxUnavailable == "50%" && budget.isCurrent)
    }
}
