import Foundation
import Testing

/// What a plan found, each by its code and node.
struct PlanFindings {
    let all: [JSON]

    init(_ options: [String], cluster: String = Lab.cluster) throws {
        let arguments = [Lab.nix, Program.kupgrade, "plan", "--output", "json", "--cluster", cluster] + options
        let result = try Program.run("/usr/bin/env", arguments, limit: 300)
        guard let plan = try? JSON(text: result.output) else { throw Lab.Failure(text: result.errors) }
        all = plan["findings"].array
    }

    func first(_ code: String, _ node: String? = nil) -> JSON? {
        all.first { $0["code"].text == code && (node == nil || $0["node"].text == node) }
    }

    func has(_ code: String, _ node: String?) -> Bool {
        all.contains { $0["code"].text == code && $0["node"].text == node }
    }

    /// For a test's message.
    var said: String { all.map { "\($0["code"].text ?? "") \($0["node"].text ?? "")" }.joined(separator: ", ") }
}

extension ClusterTests.SingleMaster {
    /// What every plan of this cluster says.
    @Test func whatIsAlwaysTrueIsSaid() throws {
        let plan = try PlanFindings(["--to", "1.21.0"])
        for code in ["KUP-P022", "KUP-P047"] { #expect(plan.has(code, "grey-area"), "\(code)") }
        #expect(plan.has("KUP-P075", nil))
        for node in ["grey-area", "congenital-optimist", "limiting-factor"] { #expect(plan.has("KUP-P072", node)) }
    }

    /// A host made worse in many ways, none of which touches the cluster.
    @Test func whatAHostTellsIsFound() throws {
        let (host, master) = ("limiting-factor", "grey-area")
        let stand = """
            mkdir -p /usr/local/bin /var/lib/nixos /run/systemd/system
            mount -t tmpfs none /var/lib/nixos
            mv /boot/loader /boot/loader.away
            printf '%s\\n' '#!/bin/sh' 'exec /usr/bin/date --date="5 seconds" "$@"' >/usr/local/bin/date
            printf '%s\\n' '#!/bin/sh' 'date=$(/usr/bin/date -u -d "2 days" +%Y-%m-%dT%H:%M:%SZ)' \\
              'printf "\\"KeyExpiry\\": \\"%s\\",\\n" "$date"' >/usr/local/bin/tailscale
            chmod 755 /usr/local/bin/date /usr/local/bin/tailscale
            """
        let away = """
            umount /var/lib/nixos; [ ! -e /boot/loader.away ] || mv /boot/loader.away /boot/loader
            rm -f /usr/local/bin/date /usr/local/bin/tailscale
            """
        let addons = "/run/systemd/system/kube-addon-manager.service"
        try Lab.run("workloads")
        _ = try Lab.on(host, "sh", "-c", stand)
        _ = try Lab.on(
            master, "sh", "-c",
            "mkdir -p /run/systemd/system; printf '[Service]\\nExecStart=/bin/sleep 600\\n' >\(addons); "
                + "systemctl daemon-reload; systemctl start kube-addon-manager")
        _ = try Lab.kubectl("-n", "default", "apply", "-f", try slow())
        defer {
            _ = try? Lab.on(host, "sh", "-c", away)
            _ = try? Lab.on(
                master, "sh", "-c",
                "systemctl stop kube-addon-manager; rm -f \(addons); systemctl daemon-reload")
            _ = try? Lab.kubectl("-n", "default", "delete", "deployment", "slow", "--grace-period=0", "--force")
        }
        _ = try Lab.kubectl("-n", "default", "rollout", "status", "deployment/slow", "--timeout=60s")
        let plan = try PlanFindings(["--channel", "path:\(Lab.state)/channels/minor"])
        let said = plan.said
        for code in ["KUP-P035", "KUP-P097", "KUP-P099"] { #expect(plan.has(code, host), "\(code) of \(said)") }
        #expect(plan.has("KUP-P078", nil), "\(said)")
        #expect(plan.all.contains { $0["code"].text == "KUP-P086" }, "\(said)")
        #expect(!plan.has("KUP-P035", master) && !plan.has("KUP-P097", master) && !plan.has("KUP-P099", master))
        let kernel = try PlanFindings(["--channel", "path:\(Lab.state)/channels/kernel"])
        #expect(kernel.has("KUP-P098", host) && !kernel.has("KUP-P098", master))
        // The file system that a boot empties blocks the reboot.
        let empties = kernel.all.first { $0["code"].text == "KUP-P097" }
        #expect(empties?["severity"].text == "blocker")
    }

    private func slow() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/kup-slow-\(UUID()).yaml"
        try """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: slow}
        spec:
          selector: {matchLabels: {app: slow}}
          template:
            metadata: {labels: {app: slow}}
            spec:
              terminationGracePeriodSeconds: 1800
              containers:
                - {name: main, image: "docker.io/lab/probe:1", imagePullPolicy: Never, args: [listen, "8080", x]}
        """.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// A cluster file that leaves the master out, or calls a node what the flake does not.
    @Test func whatTheClusterFileHasWrongIsFound() throws {
        try Scratch.with { scratch in
            let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
            let renamed = try scratch.write(
                "renamed.yaml", text.replacing("  limiting-factor:\n", with: "  other:\n"))
            let other = try PlanFindings([], cluster: renamed)
            #expect(other.all.contains { $0["code"].text == "KUP-P002" && $0["node"].text == "other" })
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let start = try #require(lines.firstIndex(of: "  grey-area:"))
            let workers = try scratch.write(
                "workers.yaml", (lines[..<start] + lines[(start + 3)...]).joined(separator: "\n"))
            let without = try PlanFindings(["--to", "1.21.0"], cluster: workers)
            #expect(without.all.contains { $0["code"].text == "KUP-P063" && $0["severity"].text == "blocker" })
        }
    }

    /// Remedies are for pasting: those that only look are run as they stand.
    @Test func remediesCanBePasted() throws {
        let plan = try PlanFindings(["--to", "1.21.0"])
        let remedies = plan.all.flatMap { $0["remedy"].array.compactMap(\.text) }.filter { remedy in
            (remedy.hasPrefix("ssh ") || remedy.hasPrefix("kubectl get") || remedy.hasPrefix("kubectl describe"))
                && !["systemctl", "mv ", "chown", "rm "].contains { remedy.contains($0) }
        }
        #expect(remedies.contains { $0.hasPrefix("ssh ") } && remedies.contains { $0.hasPrefix("kubectl") })
        let kubectl = try Lab.kubernetes("1.20.2")
        // Some write a file where they are.
        try Scratch.with { scratch in
            for remedy in Set(remedies) {
                let script =
                    "cd \(scratch.path); export PATH=\(kubectl):$PATH KUBECONFIG=\(Lab.state)/kubeconfig; \(remedy)"
                let result = try Program.run("/bin/sh", ["-c", script], limit: 60)
                #expect(result.exitCode == 0, "\(remedy): \(result.errors)")
            }
        }
    }
}

extension ClusterTests.TwoMasters {
    /// What only Ollama's rebuild does is nothing to two members of etcd, of which none may be lost.
    @Test func ollamaOnAMasterIsRebuiltWithoutAWord() throws {
        try Lab.need("two-masters")
        try Lab.waitUntilReady()
        let arguments = [
            Lab.nix, Program.kupgrade, "plan", "--output", "json", "--channel", "path:\(Lab.state)/channels/ollama",
            "--cluster", Lab.cluster,
        ]
        let result = try Program.run("/usr/bin/env", arguments, limit: 300)
        let plan = try JSON(text: result.output)
        let nodes = plan["goal"]["nodes"].array
        #expect(nodes.map { $0["node"].text } == ["congenital-optimist"])
        #expect(nodes.allSatisfy { $0["impact"]["kind"].text == "untouched" })
        let blockers = plan["findings"].array.filter { $0["severity"].text == "blocker" }
        #expect(blockers.isEmpty, "\(blockers)")
        #expect(plan["stages"].array.isEmpty == false)
    }
}
