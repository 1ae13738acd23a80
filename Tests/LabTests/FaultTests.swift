import Foundation
import Testing

/// Something that is made wrong on a node, the finding that must name it, and how it is made right again.
struct Fault {
    let code: String
    let node: String
    let breaks: String
    let mends: String
}

/// Faults that the lab can make; the finding of each is there while it is, and gone afterwards.
extension ClusterTests.SingleMaster {
    private static let secrets = "/var/lib/kubernetes/secrets"

    private static let faults: [Fault] = [
        Fault(
            code: "KUP-P103", node: "limiting-factor", breaks: "systemd-run -q --unit=broken false; sleep 1",
            mends: "systemctl reset-failed broken"),
        Fault(
            code: "KUP-P077", node: "limiting-factor", breaks: "mkdir -p /opt/cni/bin; touch /opt/cni/bin/cilium-cni",
            mends: "rm /opt/cni/bin/cilium-cni"),
        Fault(
            code: "KUP-P043", node: "limiting-factor",
            breaks: "cd \(secrets); cp kubelet-key.pem /root/kept; cp kube-proxy-client-key.pem kubelet-key.pem",
            mends: "cp /root/kept \(secrets)/kubelet-key.pem; rm /root/kept"),
        Fault(
            code: "KUP-P044", node: "limiting-factor", breaks: "chmod 644 \(secrets)/flannel-client-key.pem",
            mends: "chmod 600 \(secrets)/flannel-client-key.pem"),
        Fault(
            code: "KUP-P102", node: "limiting-factor",
            breaks: "sed -i s/generation-2/generation-1/ /boot/loader/loader.conf",
            mends: "/nix/var/nix/profiles/system/bin/switch-to-configuration boot"),
        Fault(
            code: "KUP-P101", node: "congenital-optimist",
            breaks: "systemd-run -q --on-active=1h --unit=nixos-upgrade true",
            mends: "systemctl stop nixos-upgrade.timer"),
        Fault(
            code: "KUP-P093", node: "congenital-optimist", breaks: "systemd-run -q --on-active=1h --unit=nix-gc true",
            mends: "systemctl stop nix-gc.timer"),
        Fault(
            code: "KUP-P033", node: "congenital-optimist",
            breaks: "cp $(command -v sleep) /run/nixos-rebuild; systemd-run -q --unit=rebuilder /run/nixos-rebuild 600",
            mends: "systemctl stop rebuilder; rm /run/nixos-rebuild"),
        Fault(
            code: "KUP-P045", node: "grey-area",
            breaks: "mv \(secrets)/service-account-key.pem /root/kept",
            mends: "mv /root/kept \(secrets)/service-account-key.pem"),
        Fault(
            code: "KUP-P036", node: "limiting-factor",
            breaks: """
                mkdir -p /run/booted /run/linux-9; touch /run/linux-9/bzImage; ln -sfn /run/linux-9/bzImage /run/booted/kernel
                for l in kernel-modules initrd systemd; do ln -sfn "$(readlink -f /run/booted-system/$l)" /run/booted/$l; done
                readlink /run/booted-system >/run/booted.was; ln -sfn /run/booted /run/booted-system
                """,
            mends:
                "ln -sfn \"$(cat /run/booted.was)\" /run/booted-system; rm -r /run/booted /run/linux-9 /run/booted.was"),
        Fault(
            code: "KUP-P062", node: "limiting-factor",
            breaks: """
                printf '#!/bin/sh\\nexit 0\\n' >/run/kube-proxy; chmod 755 /run/kube-proxy
                \(UnitChange.put("kube-proxy", "s|=/nix[^ ]*|=/run/kube-proxy|"))
                systemctl daemon-reload
                """,
            mends: "rm -r /run/kube-proxy \(UnitChange.folder("kube-proxy")); systemctl daemon-reload"),
        Fault(
            code: "KUP-P097", node: "limiting-factor",
            breaks: "mkdir -p /var/lib/nixos; mount -t tmpfs none /var/lib/nixos", mends: "umount /var/lib/nixos"),
        // A root that each boot makes anew: its folders are of this boot, and the host's first generation is not.
        Fault(
            code: "KUP-P097", node: "congenital-optimist",
            breaks: "touch -h -d 2020-01-01 /nix/var/nix/profiles/system-1-link",
            mends: "touch -h /nix/var/nix/profiles/system-1-link"),
        Fault(
            code: "KUP-P076", node: "limiting-factor",
            breaks: """
                sed 's|docker.io/lab/pause:1|pause:latest|' /nix/store/*-containerd.toml >/run/containerd.toml
                \(UnitChange.put("containerd", "s|--config [^ ]*|--config /run/containerd.toml|"))
                systemctl daemon-reload
                """,
            mends: "rm -r /run/containerd.toml \(UnitChange.folder("containerd")); systemctl daemon-reload"),
    ]

    private func failing() throws -> [JSON] {
        try JSON(text: try Kupgrade.run("doctor", "--output", "json").output)["checks"].array
            .filter { $0["state"].text != "ok" }
    }

    private func isNamed(_ fault: Fault, in checks: [JSON]) -> Bool {
        checks.contains { $0["code"].text == fault.code && $0["node"].text == fault.node }
    }

    @Test func everyFaultOfAHostIsNamedWhileItIsThere() throws {
        let before = try failing()
        for fault in Self.faults { #expect(!isNamed(fault, in: before), "\(fault.code)") }
        for fault in Self.faults { _ = try Lab.on(fault.node, "sh", "-c", fault.breaks) }
        let during = try failing()
        for fault in Self.faults { _ = try? Lab.on(fault.node, "sh", "-c", fault.mends) }
        for fault in Self.faults { #expect(isNamed(fault, in: during), "\(fault.code)") }
        let after = try failing()
        for fault in Self.faults { #expect(!isNamed(fault, in: after), "\(fault.code)") }
    }

    /// The apiserver really runs with the key; it writes Secrets in plain text all the same, so that all can be read after.
    @Test func anEncryptionKeyThatNoArchiveHasIsNamed() throws {
        func isNamed() throws -> Bool { try failing().contains { $0["code"].text == "KUP-P046" } }
        let restart = "systemctl daemon-reload; systemctl kill -s KILL kube-apiserver; systemctl start kube-apiserver"
        func server(_ script: String) throws {
            _ = try Lab.on("grey-area", "sh", "-c", script)
            Thread.sleep(forTimeInterval: 2)
            try Lab.waitUntilReady()
        }
        #expect(try !isNamed())
        try server(
            """
            cat >/run/encryption.yaml <<END
            apiVersion: apiserver.config.k8s.io/v1
            kind: EncryptionConfiguration
            resources:
              - resources: [secrets]
                providers:
                  - identity: {}
                  - aescbc: {keys: [{name: lab, secret: "$(head -c 32 /dev/urandom | base64)"}]}
            END
            \(UnitChange.put("kube-apiserver", "s|$| --encryption-provider-config=/run/encryption.yaml|"))
            \(restart)
            """)
        let during = try isNamed()
        try server("rm -r /run/encryption.yaml \(UnitChange.folder("kube-apiserver")); \(restart)")
        #expect(during)
        #expect(try !isNamed())
    }

    /// As with agenix or sops: the keys of what is sealed in etcd lie in /run, behind links.
    @Test func whatIsSealedByAKeyInRunIsProvenWithIt() throws {
        func configure(_ providers: String) throws {
            _ = try Lab.on(
                "grey-area", "sh", "-c",
                """
                mkdir -p /run/secrets.d/1; ln -sfn /run/secrets.d/1 /run/secrets
                [ -s /run/key ] || head -c 32 /dev/urandom | base64 >/run/key
                cat >/run/secrets/encryption <<END
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources: [{resources: [secrets], providers: [\(providers.replacing("KEY", with: "$(cat /run/key)"))]}]
                END
                \(UnitChange.put("kube-apiserver", "s|$| --encryption-provider-config=/run/secrets/encryption|"))
                systemctl daemon-reload; systemctl kill -s KILL kube-apiserver; systemctl start kube-apiserver
                """)
            Thread.sleep(forTimeInterval: 2)
            try Lab.waitUntilReady()
        }
        let sealing = "aescbc: {keys: [{name: lab, secret: \"KEY\"}]}"
        try configure("{\(sealing)}, {identity: {}}")
        _ = try Lab.kubectl("-n", "default", "create", "secret", "generic", "sealed", "--from-literal=a=b")
        // What was sealed stays in etcd's history until it is compacted: no later archive would be proven without the key.
        defer { _ = try? Lab.run("down") }
        try BackupBench.with { bench in
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 0 && entry["grade"].text == "proven", "\(entry)")
            #expect(entry["hasEncryptionKeys"].number == 1)
            #expect(try bench.verify().exitCode == 0)
            let held = try bench.shell(
                "age -d -i identity.txt archives/*.age | zstd -d | tar tv | grep run/secrets/encryption")
            #expect(held.output.contains("-rw-------"), "\(held.output)\(held.errors)")
        }
    }

    /// Puts what `make` writes into a file of a host, while `body` runs.
    private func with(
        _ node: String, _ path: String, _ make: (Scratch, _ file: String, _ new: String) throws -> Void,
        _ body: () throws -> Void
    ) throws {
        let file = "\(Lab.state)/hosts/\(node)/root\(path)"
        let kept = try Data(contentsOf: URL(filePath: file))
        defer { try? kept.write(to: URL(filePath: file)) }
        try Scratch.with { scratch in
            try make(scratch, file, scratch.path + "/new")
            try Data(contentsOf: URL(filePath: scratch.path + "/new")).write(to: URL(filePath: file))
        }
        Thread.sleep(forTimeInterval: 1.5)
        try body()
    }

    /// Issues a certificate anew for the key that is there, to end after so many days.
    private func certificate(_ days: Int) -> (Scratch, _ file: String, _ new: String) throws -> Void {
        { scratch, file, new in
            let pki = Lab.state + "/pki"
            let request = scratch.path + "/request"
            try scratch.openssl(
                "req", "-new", "-key", "\(file.dropLast(4))-key.pem", "-subj", "/CN=again", "-out", request)
            try scratch.openssl(
                "x509", "-req", "-in", request, "-CA", "\(pki)/ca.pem", "-CAkey", "\(pki)/ca-key.pem", "-days",
                "\(days)", "-set_serial", "9", "-out", new)
        }
    }

    @Test(arguments: [
        ("limiting-factor", "/var/lib/kubernetes/secrets/kubelet.pem", 0, "KUP-P040"),
        ("limiting-factor", "/var/lib/kubernetes/secrets/kube-proxy-client.pem", 0, "KUP-P040"),
        ("limiting-factor", "/var/lib/kubernetes/secrets/kubelet.pem", 2, "KUP-P041"),
        ("grey-area", "/var/lib/cfssl/cfssl.pem", 0, "KUP-P042"),
        ("grey-area", "/var/lib/cfssl/cfssl.pem", 5, "KUP-P042"),
    ])
    func aCertificateThatEndsIsNamed(node: String, path: String, days: Int, code: String) throws {
        try with(node, path, certificate(days)) {
            let found = try failing().first { $0["code"].text == code && $0["node"].text == node }
            let why = found?["finding"]["why"].array.compactMap(\.text) ?? []
            #expect(why.contains { $0.contains(path) }, "\(why)")
        }
        #expect(!(try failing().contains { $0["code"].text == code && $0["node"].text == node }))
    }

    /// The authority itself, for its own key, so that everything goes on while it is looked at.
    @Test func anAuthorityThatEndsIsNamed() throws {
        let (node, path) = ("limiting-factor", "/var/lib/kubernetes/secrets/ca.pem")
        let pki = Lab.state + "/pki"
        try with(node, path) { scratch, _, new in
            try scratch.openssl(
                "x509", "-in", "\(pki)/ca.pem", "-signkey", "\(pki)/ca-key.pem", "-days", "20", "-out", new)
        } _: {
            let found = try failing().first { $0["code"].text == "KUP-P041" && $0["node"].text == node }
            let said = ([found?["finding"]["what"]] + (found?["finding"]["why"].array ?? [])).compactMap { $0?.text }
            #expect(said.contains { $0.contains(path) }, "\(said)")
        }
    }

    /// Until controller-manager and scheduler lead anew: what they were stopped with has to run out first.
    private func waitForLeaders() throws {
        for name in ["kube-controller-manager", "kube-scheduler"] {
            func renewed() throws -> String {
                try Lab.kubectl("-n", "kube-system", "get", "lease", name, "-o", "jsonpath={.spec.renewTime}")
            }
            let before = try renewed()
            _ = try Lab.eventually(within: 60, "a leading \(name)") { try renewed() == before ? nil : true }
        }
    }

    /// Without a controller-manager nobody marks a node that is gone: the cluster goes on looking well.
    @Test func whatWasStoppedIsNamedThoughTheClusterLooksWell() throws {
        try Lab.waitUntilReady()
        _ = try Lab.on("grey-area", "systemctl", "stop", "kube-controller-manager", "kube-scheduler")
        _ = try Lab.on("congenital-optimist", "systemctl", "stop", "kube-proxy")
        _ = try Lab.on("limiting-factor", "mv", "/run/current-system", "/run/current-system.aside")
        defer {
            _ = try? Lab.on("limiting-factor", "mv", "/run/current-system.aside", "/run/current-system")
            _ = try? Lab.on("congenital-optimist", "systemctl", "start", "kube-proxy")
            _ = try? Lab.on("grey-area", "systemctl", "start", "kube-controller-manager", "kube-scheduler")
            try? waitForLeaders()
        }
        let result = try Kupgrade.run("doctor", "--output", "json")
        #expect(result.exitCode == 20)
        let checks = try JSON(text: result.output)["checks"].array
        func found(_ code: String, _ node: String) -> JSON {
            checks.first { $0["code"].text == code && $0["node"].text == node } ?? JSON(nil)
        }
        let stopped = found("KUP-P104", "grey-area")
        #expect(stopped["state"].text == "fail", "\(stopped)")
        #expect(stopped["finding"]["why"].array.compactMap(\.text).count == 2, "\(stopped)")
        #expect(found("KUP-P104", "congenital-optimist")["state"].text == "warn")
        #expect(found("KUP-P104", "limiting-factor")["state"].text == "ok")
        #expect(found("KUP-P105", "limiting-factor")["state"].text == "fail")
        let plan = try JSON(text: try Kupgrade.run("plan", "--to", "1.21.0", "--output", "json").output)
        #expect(plan["findings"].array.contains { $0["code"].text == "KUP-P104" && $0["severity"].text == "blocker" })
    }

    @Test(.enabled(if: RestoreBench.isTorture)) func aNodeWhoseKubeletStoppedIsNotReady() throws {
        _ = try Lab.on("limiting-factor", "systemctl", "stop", "kubelet")
        defer {
            _ = try? Lab.on("limiting-factor", "systemctl", "start", "kubelet")
            try? Lab.waitUntilReady()
        }
        try Lab.waitUntilReady(2)
        #expect(try failing().contains { $0["code"].text == "KUP-P031" && $0["node"].text == "limiting-factor" })
        let status = try JSON(text: try Kupgrade.run("status", "--output", "json").output)
        #expect(status["nodes"].first("name", "limiting-factor")["state"].text == "not ready")
    }

    @Test func aRunThatWasLeftOpenIsNamed() throws {
        _ = try Lab.kubectl("annotate", "node", "limiting-factor", "kupgrade/run=20261124-1")
        _ = try Lab.kubectl("cordon", "limiting-factor")
        defer {
            _ = try? Lab.kubectl("uncordon", "limiting-factor")
            _ = try? Lab.kubectl("annotate", "node", "limiting-factor", "kupgrade/run-")
        }
        #expect(try failing().contains { $0["code"].text == "KUP-P034" && $0["node"].text == "limiting-factor" })
        #expect(try Kupgrade.run("status").output.contains("20261124-1 left open"))
    }

    @Test func aPodUnderTwoBudgetsKeepsItsNode() throws {
        try Lab.run("workloads")
        _ = try Lab.kubectl("-n", "shop", "create", "pdb", "second", "--selector=app=web", "--min-available=0")
        defer { _ = try? Lab.kubectl("-n", "shop", "delete", "pdb", "second") }
        // As the API itself says of an eviction.
        let pod = try #require(
            try Lab.kubectl("-n", "shop", "get", "pods", "-l", "app=web", "-o", "name").split(separator: "\n").first)
        let name = pod.split(separator: "/").last.map(String.init) ?? ""
        try Scratch.with { scratch in
            let body = try scratch.write(
                "eviction.json",
                #"{"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": "\#(name)", "namespace": "shop"}}"#
            )
            let error = #expect(throws: Lab.Failure.self) {
                try Lab.kubectl("create", "--raw", "/api/v1/namespaces/shop/pods/\(name)/eviction", "-f", body)
            }
            #expect(error?.text.contains("more than one PodDisruptionBudget") == true, "\(error?.text ?? "")")
        }
        let found = try failing().filter { $0["code"].text == "KUP-P081" }.compactMap { $0["finding"]["what"].text }
        #expect(found.contains("shop/\(name) cannot be evicted"), "\(found)")
    }

    @Test func nodesThatAreNotInTheFileOrNotInTheClusterAreNamed() throws {
        try Scratch.with { scratch in
            var lines = try String(contentsOfFile: Lab.cluster, encoding: .utf8).components(separatedBy: "\n")
            let index = try #require(lines.firstIndex(of: "  limiting-factor:"))
            lines[index] = "  nobody-here:"
            let path = try scratch.write("cluster.yaml", lines.joined(separator: "\n"))
            let result = try Kupgrade.run("doctor", "--output", "json", cluster: path)
            let checks = try JSON(text: result.output)["checks"].array.filter { $0["state"].text != "ok" }
            #expect(checks.contains { $0["code"].text == "KUP-P038" })
            #expect(checks.contains { $0["code"].text == "KUP-P037" && $0["node"].text == "nobody-here" })
        }
    }

    /// What the workloads bring into a plan's way, each as kubectl knows it.
    @Test func workloadsAreInThePlansWay() throws {
        try Lab.waitUntilReady()
        try Lab.run("workloads")
        let plan = try JSON(text: try Kupgrade.run("plan", "--output", "json", "--offline").output)
        func why(_ code: String) -> String {
            plan["findings"].array.filter { $0["code"].text == code }
                .flatMap { ($0["why"].array + [$0["what"]]).compactMap(\.text) }.joined(separator: "\n")
        }
        let ingress = try Lab.kubectl("-n", "shop", "get", "ingresses.v1.networking.k8s.io", "-o", "name")
        #expect(ingress.contains("web") && why("KUP-P050").contains("shop/web"))
        #expect(why("KUP-P080").contains("shop/stuck"))
        #expect(why("KUP-P082").contains("shop/loner"))
        #expect(why("KUP-P083").contains("emptyDir"))
        #expect(why("KUP-P084").contains("shop/db-0"))
        #expect(why("KUP-P110").contains("no folder of archives"))
        for service in ["ollama", "forgejo", "nginx"] { #expect(why("KUP-P085").contains(service)) }
        let deprecated = try JSON(text: try Kupgrade.run("doctor", "--output", "json").output)["checks"].array
        #expect(deprecated.contains { $0["code"].text == "KUP-P051" && $0["state"].text == "note" })
    }

    @Test func aDowngradeAndAPinThatLiesAreBlockers() throws {
        func blockers(_ result: Program.Result) throws -> [String] {
            try JSON(text: result.output)["findings"].array.filter { $0["severity"].text == "blocker" }
                .compactMap { $0["code"].text }
        }
        #expect(try blockers(try Kupgrade.run("plan", "--to", "1.19.3", "-o", "json")).contains("KUP-P004"))
        try Scratch.with { scratch in
            let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
            let path = try scratch.write(
                "cluster.yaml", text.replacingOccurrences(of: "channels/bridge", with: "channels/next"))
            let result = try Program.run(
                "/usr/bin/env",
                [Lab.nix, Program.kupgrade, "plan", "--output", "json", "--offline", "--cluster", path])
            #expect(try blockers(result).contains("KUP-P006"), "\(result.errors)")
        }
    }
}
