import Foundation
import Testing

extension ClusterTests.HomeLab {
    /// The easy one of the two ways out of KUP-P016, walked to its end by what the finding says: its etcd is archived and kept,
    /// the host becomes a node of the other master, and nothing of the cluster that people use is touched.
    @Test(.enabled(if: RestoreBench.isTorture)) func anOrphanBecomesANode() throws {
        try Lab.need("home-lab-after-join")
        // It is no home-lab any more afterwards.
        defer { _ = try? Lab.run("down") }
        let orphan = "congenital-optimist"
        let uid = try Lab.kubectl("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}")
        let finding = try Kupgrade.doctor(status: 20).first {
            $0["code"].text == "KUP-P016" && $0["state"].text == "fail"
        }?["finding"]
        let remedy = finding?["remedy"].array.compactMap(\.text) ?? []
        #expect(remedy.count == 5, "\(remedy)")
        func paste(_ text: String) throws {
            let line = try #require(remedy.first { $0.contains(text) })
            // As typed on the operator's machine, whose ssh knows the hosts.
            let result = try Program.run(
                "/bin/bash", ["-c", "ssh() { command ssh -F \(Lab.state)/ssh_config \"$@\"; }; \(line)"], limit: 120)
            #expect(result.exitCode == 0, "\(line): \(result)")
        }
        try paste("snapshot save")
        // What its configuration says from now on.
        try "single-master\n".write(toFile: Lab.state + "/flake/topology", atomically: true, encoding: .utf8)
        try paste("mv /var/lib/etcd")
        try rebuild(orphan)
        try Lab.waitUntilReady()

        let nodes = try Lab.kubectl("get", "nodes", "--output=jsonpath={.items[*].metadata.name}")
        #expect(Set(nodes.split(separator: " ").map(String.init)).count == 3, "\(nodes)")
        #expect(try Lab.kubectl("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}") == uid)
        let checks = try JSON(text: Kupgrade.run("doctor", "--output", "json").output)["checks"].array
        let failed = checks.filter { $0["state"].text == "fail" }.compactMap { $0["code"].text }
        #expect(Set(failed).isDisjoint(with: ["KUP-P015", "KUP-P016", "KUP-P104"]), "\(failed)")
        _ = try Lab.on(orphan, "test", "-s", "/var/lib/etcd.orphan/member/snap/db")
        let etcdutl = NSHomeDirectory() + "/.cache/kupgrade-lab/etcd/3.5.16/bin/etcdutl"
        let archive = "\(Lab.state)/hosts/\(orphan)/root/var/lib/orphan-\(orphan).db"
        let archived = try Program.run(etcdutl, ["snapshot", "status", archive])
        #expect(archived.exitCode == 0, "\(archived.errors)")
        for unit in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
            #expect(throws: Lab.Failure.self, "\(unit)") { try Lab.on(orphan, "systemctl", "is-active", unit) }
        }
    }

    /// `nixos-rebuild switch`, which the lab's hosts lack, by its parts.
    private func rebuild(_ node: String) throws {
        let top = try Lab.bring(node)
        _ = try Lab.on(
            node, "sh", "-c",
            "nix-env --profile /nix/var/nix/profiles/system --set \(top) && \(top)/bin/switch-to-configuration switch 2>&1"
        )
    }
}
