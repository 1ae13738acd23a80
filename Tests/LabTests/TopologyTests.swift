import Foundation
import Testing

extension ClusterTests {
    /// What people write first, and what it becomes.
    @Suite(.serialized, .enabled(if: Lab.isWanted)) struct HomeLab {
        @Test func aSecondMasterWithoutCertificatesIsNamed() throws {
            try Lab.need("home-lab-before-join")
            let checks = try Kupgrade.doctor(status: 20)
            let codes = checks.filter { $0["node"].text == "congenital-optimist" && $0["state"].text == "fail" }
                .compactMap { $0["code"].text }
            #expect(Set(codes) == ["KUP-P017", "KUP-P037", "KUP-P045", "KUP-P060", "KUP-P104"])
            let finding = checks.first { $0["code"].text == "KUP-P017" && $0["state"].text == "fail" }?["finding"]
            let paths = finding?["why"].array.compactMap(\.text).filter { $0.hasSuffix("is not there") } ?? []
            #expect(!paths.isEmpty)
            for path in paths {
                let file = String(path.prefix { $0 != " " })
                #expect(throws: Lab.Failure.self, "\(file)") {
                    try Lab.on("congenital-optimist", "test", "-e", file)
                }
            }
            #expect(checks.filter { $0["node"].text == "limiting-factor" && $0["state"].text == "fail" }.isEmpty)
        }

        @Test func anOrphanControlPlaneIsNamedWithWhatLivesOnlyThere() throws {
            try Lab.need("home-lab-after-join")
            let kubectl =
                "/nix/store/*-kubernetes-1.20.2/bin/kubectl --kubeconfig /etc/kubernetes/cluster-admin.kubeconfig"
            _ = try Lab.on(
                "congenital-optimist", "sh", "-c",
                "\(kubectl) --server https://congenital-optimist:6443 get namespace stray "
                    + "|| \(kubectl) --server https://congenital-optimist:6443 create namespace stray")
            #expect(throws: Lab.Failure.self) { try Lab.kubectl("get", "namespace", "stray") }
            let checks = try Kupgrade.doctor(status: 20)
            let orphan = checks.first { $0["code"].text == "KUP-P016" && $0["state"].text == "fail" }
            #expect(orphan?["node"].text == "congenital-optimist")
            #expect(checks.contains { $0["code"].text == "KUP-P015" && $0["state"].text == "fail" })
            let why = orphan?["finding"]["why"].array.compactMap(\.text) ?? []
            #expect(why.contains("only there: namespaces stray"), "\(why)")
            #expect(why.contains("nothing uses its apiserver"), "\(why)")
            // Both make the same ids out of the same names; neither is damaged.
            #expect(checks.allSatisfy { $0["code"].text != "KUP-P026" || $0["state"].text == "ok" })
            let (facts, _) = try Kupgrade.facts()
            #expect(facts["kubernetes"]["value"]["askedNode"].text == "grey-area")
            #expect(facts["kubernetes"]["value"]["nodes"].array.count == 3)
        }

        @Test func withTheMasterOffTheOrphanDoesNotSpeakForTheCluster() throws {
            try Lab.need("home-lab-after-join")
            try Lab.run("power-cut", "grey-area")
            defer {
                try? {
                    try Lab.run("start", "grey-area"); try Lab.waitUntilReady()
                }()
            }
            let (facts, _) = try Kupgrade.facts()
            let reason = facts["kubernetes"]["absent"]["reason"].text ?? "none"
            #expect(
                reason.hasPrefix("grey-area, whose apiserver the nodes use, was not seen"), "\(facts["kubernetes"])")
            let failed = try Kupgrade.doctor(status: 20).filter { $0["state"].text == "fail" }
            #expect(failed.contains { $0["code"].text == "KUP-P030" && $0["node"].text == "grey-area" })
            #expect(!failed.contains { $0["code"].text == "KUP-P037" }, "\(failed)")
        }

        @Test func withAWorkerDownTheRestIsSaidAllTheSame() throws {
            try Lab.need("home-lab-after-join")
            try Lab.run("power-cut", "limiting-factor")
            defer {
                try? {
                    try Lab.run("start", "limiting-factor"); try Lab.waitUntilReady()
                }()
            }
            let failed = try Kupgrade.doctor(status: 20).filter { $0["state"].text == "fail" }
            #expect(failed.contains { $0["code"].text == "KUP-P030" && $0["node"].text == "limiting-factor" })
            #expect(failed.contains { $0["code"].text == "KUP-P016" && $0["node"].text == "congenital-optimist" })
        }
    }

    @Suite(.serialized, .enabled(if: Lab.isWanted)) struct TwoMasters {
        @Test func twoMembersAreNamedAndNeverRestarted() throws {
            try Lab.need("two-masters")
            let checks = try Kupgrade.doctor(status: 0)
            #expect(checks.contains { $0["code"].text == "KUP-P027" && $0["state"].text == "warn" })
            let plan = try JSON(text: try Kupgrade.run("plan", "--output", "json").output)
            let blockers = plan["findings"].array.filter { $0["severity"].text == "blocker" }
            #expect(blockers.contains { $0["code"].text == "KUP-P021" })
        }

        /// As with keepalived: both kubelets are told an address that belongs to no node.
        @Test func oneAddressForAllMastersHasNoLegalOrder() throws {
            try Lab.need("two-masters")
            try Lab.waitUntilReady()
            let masters = ["grey-area", "congenital-optimist"]
            defer {
                for node in masters {
                    _ = try? Lab.on(
                        node, "sh", "-c",
                        "rm -rf /etc/shared.kubeconfig \(UnitChange.folder("kubelet")); systemctl daemon-reload")
                }
            }
            for node in masters {
                // Nothing is restarted: what a unit says is what its next start does.
                _ = try Lab.on(
                    node, "sh", "-c",
                    """
                    file=$(sed -nE 's/.*--kubeconfig=([^ ]+).*/\\1/p' /etc/systemd/system/kubelet.service | head -n 1)
                    sed -E 's|https://[^",]*|https://10.77.0.100:6443|' "$file" >/etc/shared.kubeconfig
                    \(UnitChange.put("kubelet", "s|--kubeconfig=[^ ]*|--kubeconfig=/etc/shared.kubeconfig|"))
                    systemctl daemon-reload
                    """)
            }
            let plan = try PlanFindings(["--to", "1.21.0"])
            let finding = plan.all.first { $0["code"].text == "KUP-P013" }
            #expect(finding?["severity"].text == "blocker", "\(plan.said)")
        }

        @Test func withOneOfTwoDownThereIsNoQuorum() throws {
            try Lab.need("two-masters")
            try Lab.run("power-cut", "congenital-optimist")
            defer {
                try? {
                    try Lab.run("start", "congenital-optimist"); try Lab.waitUntilReady()
                }()
            }
            let codes = try Kupgrade.doctor(status: 20).filter { $0["state"].text == "fail" }.compactMap {
                $0["code"].text
            }
            #expect(Set(codes).isSuperset(of: ["KUP-P020", "KUP-P030"]), "\(codes)")
            let result = try Kupgrade.run("plan", "--to", "1.21.0")
            #expect(result.exitCode == 3)
            #expect(result.output.contains("KUP-P020"))
        }
    }
}

extension ClusterTests.ThreeMasters {
    private func etcdctl(_ words: String) throws -> String {
        let secrets = "/var/lib/kubernetes/secrets"
        return try Lab.on(
            "grey-area", "sh", "-c",
            """
            ETCDCTL_API=3 /nix/store/*-etcd-3.4.23/bin/etcdctl --endpoints=https://grey-area:2379 \\
            --cacert \(secrets)/ca.pem --cert \(secrets)/kube-apiserver-etcd-client.pem \\
            --key \(secrets)/kube-apiserver-etcd-client-key.pem \(words)
            """)
    }

    @Test func alarmsAndLearnersAreNamed() throws {
        let secrets = "/var/lib/kubernetes/secrets"
        let id = try JSON(text: try etcdctl("endpoint status -w json"))[0]["Status"]["header"]["member_id"]
        let member = try #require((id.value as? NSNumber)?.uint64Value)
        _ = try Lab.on(
            "grey-area", "sh", "-c",
            """
            curl -sf --cacert \(secrets)/ca.pem --cert \(secrets)/kube-apiserver-etcd-client.pem \\
            --key \(secrets)/kube-apiserver-etcd-client-key.pem https://grey-area:2379/v3/maintenance/alarm \\
            -d '{"action": "ACTIVATE", "memberID": "\(member)", "alarm": "NOSPACE"}'
            """)
        defer { _ = try? etcdctl("alarm disarm") }
        let codes = try Kupgrade.doctor(status: 20).filter { $0["state"].text == "fail" }.compactMap {
            $0["code"].text
        }
        #expect(codes.contains("KUP-P025"))
        _ = try etcdctl("alarm disarm")
        // etcd adds no member before it has seen all the others for five seconds.
        let added = try Lab.eventually(within: 40, "a learner") {
            try etcdctl("member add late --learner --peer-urls=https://limiting-factor:12380")
        }
        let learner = try #require(added.split(separator: " ").dropFirst().first)
        defer { _ = try? etcdctl("member remove \(learner)") }
        let finding = try Kupgrade.doctor(status: 20).first { $0["code"].text == "KUP-P024" }?["finding"]
        #expect(finding?["what"].text == "the etcd member \(learner) is a learner")
    }

    @Test(.enabled(if: RestoreBench.isTorture)) func withoutOneAddressAllMembersAreSeen() throws {
        try Lab.waitUntilReady()
        try Lab.run("cut-link", "congenital-optimist", "tailnet")
        defer {
            try? {
                try Lab.run("restore-link", "congenital-optimist"); try Lab.waitUntilReady()
            }()
        }
        let (facts, _) = try Kupgrade.facts()
        let addresses = facts["nodes"].first("name", "congenital-optimist")["addresses"].array
        #expect(addresses.first { $0["state"].text == "dead" }?["address"].text == "congenital-optimist.tailnet")
        #expect(facts["nodes"].array.allSatisfy { $0["host"]["value"].isPresent })
        #expect(facts["etcd"].array.filter { $0["status"]["value"].isPresent }.count == 3)
        #expect(
            try Kupgrade.run("plan", "--to", "1.21.0").output.contains("KUP-P094  only one way leads to congenital"))
    }

    @Test func withOneAPIServerDownAnotherIsAsked() throws {
        try Lab.waitUntilReady()
        let stop = "systemctl stop --no-block kube-apiserver; systemctl kill --signal=KILL kube-apiserver; sleep 1"
        _ = try Lab.on("limiting-factor", "sh", "-c", stop)
        defer {
            _ = try? Lab.on("limiting-factor", "systemctl", "start", "kube-apiserver")
            try? Lab.waitUntilReady()
        }
        let (facts, exitCode) = try Kupgrade.facts()
        #expect(exitCode == 3)
        #expect(facts["apiServers"].first("node", "limiting-factor")["status"]["absent"]["code"].text == "failed")
        #expect(facts["kubernetes"]["value"]["nodes"].array.count == 3)
        #expect(facts["kubernetes"]["value"]["askedNode"].text != "limiting-factor")
        let plan = try JSON(text: try Kupgrade.run("plan", "--to", "1.21.0", "-o", "json").output)
        let findings = plan["findings"].array.filter { $0["code"].text == "KUP-P060" }
        #expect(
            findings.contains { $0["node"].text == "limiting-factor" && $0["severity"].text == "blocker" },
            "\(findings)")
    }
}
