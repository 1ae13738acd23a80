import Testing

@testable import UpgradePlanning

@Suite("removed options")
struct RemovedOptionsTests {
    private func minor(_ minor: Int) -> MinorRelease { MinorRelease(major: 1, minor: minor) }

    private func removed(_ component: Component, _ arguments: [String], in minor: Int) -> [String] {
        let line = CommandLineFacts(executable: "/bin/x", arguments: arguments, environment: [:])
        return RemovedOptions.removed(from: component, passing: line, in: self.minor(minor)).map(\.name)
    }

    @Test("every minor from 1.21 on has removed gates, each of them once")
    func gates() {
        #expect(RemovedOptionTables.gates.map(\.minor) == Array(21...37))
        let names = RemovedOptionTables.gates.flatMap(\.list)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.first?.isUppercase == true || $0 == "csiMigrationRBD" })
    }

    @Test("a flag is removed from a component once")
    func flags() {
        for component in Component.allCases {
            let names = RemovedOptionTables.flags.filter { $0.concerns(component, in: minor(99)) }.flatMap(\.list)
            #expect(Set(names).count == names.count, "\(component)")
            #expect(names.allSatisfy { $0.hasPrefix("--") })
        }
    }

    @Test(
        "what the changelogs say: gone from this minor on, there in the one before",
        arguments: [
            (Component.apiServer, "--insecure-port=0", 24), (.apiServer, "--master-service-namespace=default", 27),
            (.apiServer, "--logtostderr=true", 26), (.kubelet, "--log_dir=/var/log", 26),
            (.kubelet, "--network-plugin=cni", 24), (.kubelet, "--container-runtime=remote", 27),
            (.kubelet, "--pod-infra-container-image=pause", 35), (.scheduler, "--policy-config-file=/x", 23),
            (.controllerManager, "--pod-eviction-timeout=1m", 27), (.proxy, "--cleanup-ipvs=true", 21),
            (.kubelet, "--feature-gates=TopologyManager=true", 29),
            (.kubelet, "--feature-gates=SeccompDefault=true", 29),
            (.apiServer, "--feature-gates=kube:ServerSideApply=true", 32),
            (.proxy, "--feature-gates=ExperimentalHostUserNamespaceDefaulting=true", 30),
            (.apiServer, "--enable-admission-plugins=PodSecurityPolicy", 25),
        ])
    func known(component: Component, argument: String, gone: Int) {
        #expect(removed(component, [argument], in: gone).count == 1)
        #expect(removed(component, [argument], in: gone - 1).isEmpty)
    }
}
