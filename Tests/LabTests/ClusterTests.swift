import Foundation
import Testing

/// The built program against a real cluster; every number it prints is checked by other means.
@Suite(.serialized, .enabled(if: Lab.isWanted)) struct ClusterTests {
    @Suite(.serialized, .enabled(if: Lab.isWanted)) struct SingleMaster {
        init() throws { try Lab.need("single-master") }

        @Test func factsAreWhatTheHostsSay() throws {
            let (facts, exitCode) = try Kupgrade.facts()
            #expect(exitCode == 0)
            for node in ["grey-area", "congenital-optimist", "limiting-factor"] {
                let host = facts["nodes"].first("name", node)["host"]["value"]
                #expect(host["bootID"].text == (try Lab.on(node, "cat", "/proc/sys/kernel/random/boot_id")))
                let profile = try Lab.on(node, "readlink", "-f", "/nix/var/nix/profiles/system")
                #expect(host["generations"]["profile"].text == profile)
                #expect(
                    host["generations"]["current"].text == (try Lab.on(node, "readlink", "-f", "/run/current-system")))
                #expect(host["generations"]["profileNumber"].number == 2)
                for unit in host["units"].array {
                    let name = try #require(unit["name"].text)
                    let state = try Lab.on(node, "systemctl", "show", "-p", "ActiveState", "--value", name)
                    #expect(unit["activeState"].text == state, "\(name) on \(node)")
                }
            }
        }

        @Test func measuresOfAHostAreWhatItSays() throws {
            let (facts, _) = try Kupgrade.facts()
            for node in ["grey-area", "limiting-factor"] {
                let host = facts["nodes"].first("name", node)["host"]["value"]
                #expect(host["kernel"].text == (try Lab.on(node, "uname", "-r")))
                #expect(host["machineID"].text == (try Lab.on(node, "cat", "/etc/machine-id")))
                let memory = try Lab.on(node, "sh", "-c", "free -b | awk '/^Mem/ {print $2}'")
                #expect(host["memoryTotal"].number == Int(memory))
                #expect(abs(host["clockOffsetMilliseconds"].number ?? .max) < 1_000)
                let failed = try Lab.on(node, "systemctl", "--failed", "--plain", "--no-legend", "--no-pager")
                #expect(host["failedUnits"].array.count == failed.split(separator: "\n").count)
                for disk in host["disks"].array {
                    let path = try #require(disk["path"].text)
                    let said = try Lab.on(node, "df", "-B1", "--output=size,avail", path)
                    let numbers = said.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
                    #expect(disk["totalBytes"].number == numbers.first, "\(path)")
                    #expect(abs((disk["freeBytes"].number ?? 0) - (numbers.last ?? 0)) < 1 << 30, "\(path)")
                }
                let addresses = try JSON(text: try Lab.on(node, "ip", "-j", "addr")).array.flatMap { link in
                    link["ifname"].text == "lo"
                        ? []
                        : link["addr_info"].array.compactMap { address in
                            address["local"].text.map { "\($0)/\(address["prefixlen"].number ?? 0)" }
                        }
                }
                #expect(Set(host["interfaces"].array.compactMap { $0["address"].text }) == Set(addresses))
            }
        }

        @Test func leasesAreWhatKubernetesSays() throws {
            let (facts, _) = try Kupgrade.facts()
            let leases = facts["kubernetes"]["value"]["leases"].array
            for name in ["kube-controller-manager", "kube-scheduler"] {
                let said = try Lab.kubectl(
                    "-n", "kube-system", "get", "lease", name, "-o", "jsonpath={.spec.holderIdentity}")
                #expect(leases.first { $0["name"].text == name }?["holder"].text == said)
            }
        }

        @Test func aFrozenNodeIsSilentAndComesBack() throws {
            try Lab.run("freeze", "limiting-factor")
            let (facts, exitCode) = try Kupgrade.facts()
            try Lab.run("thaw", "limiting-factor")
            #expect(exitCode == 3)
            let absent = facts["nodes"].first("name", "limiting-factor")["host"]["absent"]
            #expect(absent["code"].text == "unreachable", "\(absent["reason"].text ?? "")")
            try Lab.waitUntilReady()
            let (after, code) = try Kupgrade.facts()
            #expect(code == 0)
            #expect(after["nodes"].first("name", "limiting-factor")["host"]["value"].isPresent)
        }

        @Test func versionsNodesAndPodsAreWhatKubernetesSays() throws {
            let (facts, _) = try Kupgrade.facts()
            let kubernetes = facts["kubernetes"]["value"]
            let nodes = try JSON(text: try Lab.kubectl("get", "nodes", "-o", "json"))
            #expect(kubernetes["nodes"].array.count == nodes["items"].array.count)
            for item in nodes["items"].array {
                let seen = kubernetes["nodes"].first("name", item["metadata"]["name"].text ?? "")
                #expect("v" + (seen["kubeletVersion"].text ?? "") == item["status"]["nodeInfo"]["kubeletVersion"].text)
                #expect(seen["uid"].text == item["metadata"]["uid"].text)
            }
            let pods = try JSON(text: try Lab.kubectl("get", "pods", "-A", "-o", "json"))
            #expect(kubernetes["pods"].array.count == pods["items"].array.count)
            let namespace = try JSON(text: try Lab.kubectl("get", "namespace", "kube-system", "-o", "json"))
            let server = facts["apiServers"].first("node", "grey-area")["status"]["value"]
            #expect(server["kubeSystemUID"]["value"].text == namespace["metadata"]["uid"].text)
            #expect(server["version"].text == "1.20.2")
        }

        @Test func etcdIsWhatEtcdctlSays() throws {
            let (facts, _) = try Kupgrade.facts()
            let secrets = "/var/lib/kubernetes/secrets"
            let etcdctl = try Lab.on(
                "grey-area", "sh", "-c",
                """
                ETCDCTL_API=3 /nix/store/*-etcd-3.4.23/bin/etcdctl --endpoints=https://etcd.local:2379 \
                --cacert \(secrets)/ca.pem --cert \(secrets)/kube-apiserver-etcd-client.pem \
                --key \(secrets)/kube-apiserver-etcd-client-key.pem endpoint status -w json
                """)
            let said = try JSON(text: etcdctl)[0]["Status"]
            let member = facts["etcd"].first("node", "grey-area")["status"]["value"]
            let header = try #require(said["header"].value as? [String: Any])
            let id = try #require(header["member_id"] as? NSNumber)
            #expect(member["memberID"].text == String(id.uint64Value, radix: 16))
            #expect(member["version"].text == said["version"].text)
            let revision = try #require((header["revision"] as? NSNumber)?.intValue)
            #expect(abs(revision - (member["revision"].number ?? 0)) < 500)
            let hash = try #require(member["hash"]["value"]["hash"].number)
            let at = try #require(member["hash"]["value"]["revision"].number)
            let again = try Lab.on(
                "grey-area", "sh", "-c",
                """
                ETCDCTL_API=3 /nix/store/*-etcd-3.4.23/bin/etcdctl --endpoints=https://etcd.local:2379 \
                --cacert \(secrets)/ca.pem --cert \(secrets)/kube-apiserver-etcd-client.pem \
                --key \(secrets)/kube-apiserver-etcd-client-key.pem endpoint hashkv --rev \(at) -w json
                """)
            #expect((try JSON(text: again)[0]["HashKV"]["hash"].value as? NSNumber)?.intValue == hash)
        }

        @Test func certificatesEndWhenOpenSSLSaysSo() throws {
            let (facts, _) = try Kupgrade.facts()
            let files = facts["nodes"].first("name", "grey-area")["host"]["value"]["pki"]
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.timeZone = TimeZone(identifier: "UTC")
            format.dateFormat = "MMM d HH:mm:ss yyyy 'GMT'"
            for name in ["kube-apiserver", "etcd", "ca", "service-account"] {
                let path = "/var/lib/kubernetes/secrets/\(name).pem"
                let line = try Lab.on("grey-area", "openssl", "x509", "-noout", "-enddate", "-in", path)
                let text = line.dropFirst("notAfter=".count).replacingOccurrences(of: "  ", with: " ")
                let date = try #require(format.date(from: text))
                let seen = try #require(files.first("path", path)["certificate"]["notAfter"].text)
                #expect(ISO8601DateFormatter().date(from: seen) == date)
            }
            let keys = files.array.filter { $0["kind"].text == "privateKey" }
            #expect(keys.count >= 14)
            #expect(keys.allSatisfy { $0["keyMatch"].text == "matches" && $0["mode"].text == "0600" })
        }

        @Test func noSecretIsInTheFacts() throws {
            let text = try Kupgrade.run("facts", "--output", "json").output
            #expect(text.contains("service-account-key.pem"))
            #expect(!text.contains("PRIVATE KEY"))
            let token = try Lab.on("grey-area", "cat", "/var/lib/cfssl/apitoken.secret")
            #expect(!text.contains(token))
            let key = try Lab.on("grey-area", "sed", "-n", "2p", "/var/lib/kubernetes/secrets/service-account-key.pem")
            #expect(key.count == 64 && !text.contains(key))
        }

        @Test func planBridgesTheSkippedMinor() throws {
            let result = try Kupgrade.run("plan", "--output", "json", "--offline", "--detailed-exitcode")
            let plan = try JSON(text: result.output)
            // Where the workloads run, two of them are in the way.
            let blockers = plan["findings"].array.filter { $0["severity"].text == "blocker" }.compactMap {
                $0["code"].text
            }
            #expect(Set(blockers).isSubset(of: ["KUP-P050", "KUP-P080"]), "\(blockers)")
            #expect(result.exitCode == (blockers.isEmpty ? 2 : 20), "\(result.errors)")
            let versions = plan["goal"]["hops"].array.flatMap { $0["versions"].array.compactMap(\.text) }
            #expect(versions == ["1.21.0+lab"])
            let nodes = plan["stages"].array.compactMap { $0["node"].text }
            #expect(nodes == ["grey-area", "congenital-optimist", "limiting-factor"])
            #expect(plan["findings"].array.contains { $0["code"].text == "KUP-P007" })
        }

        @Test func planIsReadableIn80Columns() throws {
            let text = try Kupgrade.run("plan", "--offline").output
            // What is to be pasted stays on one line.
            let plan = try JSON(text: try Kupgrade.run("plan", "--offline", "-o", "json").output)
            let remedies = plan["findings"].array.flatMap { $0["remedy"].array.compactMap(\.text) }
            for line in text.split(separator: "\n") where line.count > 80 && !line.hasPrefix("Next: kupgrade plan ") {
                #expect(
                    remedies.contains { line.hasSuffix($0.split(separator: " ").suffix(3).joined(separator: " ")) },
                    "\(line)")
            }
            #expect(text.contains("\nNext: kupgrade "))
        }

        @Test func theSameFactsGiveTheSamePlanAnywhere() throws {
            let folder = FileManager.default.temporaryDirectory.path + "/\(UUID())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let facts = try Kupgrade.run("facts", "--output", "json")
            try Data(facts.output.utf8).write(to: URL(filePath: folder + "/facts.json"))
            chmod(folder + "/facts.json", 0o600)
            let plans = try (0..<2).map { _ in
                try Program.run(
                    Program.kupgrade, ["plan", "--facts", folder + "/facts.json", "--to", "1.21.3", "-o", "json"]
                ).output
            }
            #expect(plans[0] == plans[1])
            #expect(plans[0].contains("\"1.21.3\""))
        }

        @Test func aMinorWithoutABridgeIsABlocker() throws {
            let result = try Kupgrade.run(
                "plan", "--to", "1.23.0", "--output", "json", "--detailed-exitcode", "--offline")
            #expect(result.exitCode == 20)
            let codes = try JSON(text: result.output)["findings"].array.compactMap { $0["code"].text }
            #expect(codes.contains("KUP-P005"))
        }

        @Test func aNodeWithoutPowerIsAFactAndABlocker() throws {
            try Lab.run("power-cut", "limiting-factor")
            defer {
                try? {
                    try Lab.run("start", "limiting-factor"); try Lab.waitUntilReady()
                }()
            }
            let (facts, exitCode) = try Kupgrade.facts()
            #expect(exitCode == 3)
            let node = facts["nodes"].first("name", "limiting-factor")
            #expect(node["host"]["absent"]["code"].text == "unreachable")
            #expect(node["addresses"].array.allSatisfy { $0["state"].text == "dead" })
            #expect(facts["nodes"].first("name", "grey-area")["host"]["value"].isPresent)
            let plan = try Kupgrade.run("plan", "--output", "json", "--offline", "--detailed-exitcode")
            #expect(plan.exitCode == 20)
            let findings = try JSON(text: plan.output)["findings"].array
            #expect(findings.contains { $0["code"].text == "KUP-P030" && $0["node"].text == "limiting-factor" })
        }

        @Test(arguments: [("tailnet", "congenital-optimist.lan"), ("lan", "congenital-optimist.tailnet")])
        func oneAddressIsEnough(cut: String, used: String) throws {
            try Lab.run("cut-link", "congenital-optimist", cut)
            defer {
                try? {
                    try Lab.run("restore-link", "congenital-optimist"); try Lab.waitUntilReady()
                }()
            }
            let (facts, _) = try Kupgrade.facts()
            let node = facts["nodes"].first("name", "congenital-optimist")
            #expect(node["host"]["value"]["hostname"].text == "congenital-optimist")
            let states = node["addresses"].array.map { "\($0["address"].text ?? "") \($0["state"].text ?? "")" }
            #expect(states.contains("\(used) used"))
            #expect(states.filter { $0.hasSuffix(" dead") } == ["congenital-optimist.\(cut) dead"])
            let checks = try JSON(text: try Kupgrade.run("doctor", "--output", "json").output)["checks"].array
            let only = checks.first { $0["code"].text == "KUP-P094" && $0["node"].text == "congenital-optimist" }
            #expect(only?["state"].text == "note")
        }

        @Test func withoutTheAPIServerTheRestIsSeen() throws {
            // It would wait a minute for its watchers.
            let stop = "systemctl stop --no-block kube-apiserver; systemctl kill --signal=KILL kube-apiserver; sleep 1"
            _ = try Lab.on("grey-area", "sh", "-c", stop)
            defer {
                _ = try? Lab.on("grey-area", "systemctl", "start", "kube-apiserver")
                try? Lab.waitUntilReady()
            }
            let (facts, exitCode) = try Kupgrade.facts()
            #expect(exitCode == 3)
            #expect(facts["kubernetes"]["absent"]["reason"].text?.isEmpty == false)
            #expect(facts["apiServers"].first("node", "grey-area")["status"]["absent"]["code"].text == "failed")
            #expect(facts["etcd"].first("node", "grey-area")["status"]["value"]["version"].text == "3.4.23")
            #expect(facts["nodes"].array.allSatisfy { $0["host"]["value"].isPresent })
            let checks = try Kupgrade.doctor(status: 20)
            func state(_ code: String) -> String? { checks.first { $0["code"].text == code }?["state"].text }
            #expect(state("KUP-P061") == "fail" && state("KUP-P060") == "fail")
            // Nobody can say whether a node is ready, or a budget in the way.
            #expect(state("KUP-P031") == "unknown" && state("KUP-P080") == "unknown")
        }

        @Test func loginsThatFailAreToldApart() throws {
            let folder = FileManager.default.temporaryDirectory.path + "/\(UUID())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let hosts = try String(contentsOfFile: Lab.state + "/known_hosts", encoding: .utf8).split(separator: "\n")
            let other = try #require(hosts.last?.split(separator: " ").suffix(2).joined(separator: " "))
            let changed = hosts.map { $0.hasPrefix("grey-area") ? "\($0.prefix { $0 != " " }) \(other)" : String($0) }
            try changed.joined(separator: "\n").write(
                toFile: folder + "/known_hosts", atomically: true, encoding: .utf8)
            let config = try String(contentsOfFile: Lab.state + "/ssh_config", encoding: .utf8)
            try config.replacingOccurrences(of: Lab.state + "/known_hosts", with: folder + "/known_hosts")
                .write(toFile: folder + "/ssh_config", atomically: true, encoding: .utf8)
            try """
            version: 1
            name: lab
            ssh: {config: ssh_config}
            nodes:
              grey-area: {addresses: [grey-area.tailnet]}
              congenital-optimist: {addresses: [congenital-optimist.tailnet], user: nobody-here}
              limiting-factor: {addresses: [limiting-factor.tailnet], user: ops, become: sudo}
            """.write(toFile: folder + "/cluster.yaml", atomically: true, encoding: .utf8)
            let (facts, exitCode) = try Kupgrade.facts(cluster: folder + "/cluster.yaml")
            #expect(exitCode == 10)
            func code(_ node: String) -> String? { facts["nodes"].first("name", node)["host"]["absent"]["code"].text }
            #expect(code("grey-area") == "hostKey")
            #expect(code("congenital-optimist") == "refused")
            #expect(code("limiting-factor") == "noPrivilege")
        }

        @Test func sudoWithoutAPasswordIsEnough() throws {
            let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
            let path = FileManager.default.temporaryDirectory.path + "/\(UUID()).yaml"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try text.replacingOccurrences(
                of: "[grey-area.tailnet, grey-area.lan]\n    user: root",
                with: "[grey-area.tailnet, grey-area.lan]\n    user: ops\n    become: sudo"
            ).write(toFile: path, atomically: true, encoding: .utf8)
            let (facts, exitCode) = try Kupgrade.facts(cluster: path)
            #expect(exitCode == 0)
            let pki = facts["nodes"].first("name", "grey-area")["host"]["value"]["pki"].array
            #expect(pki.contains { $0["path"].text == "/var/lib/cfssl/ca-key.pem" && $0["keyMatch"].text == "matches" })
        }

        @Test func interruptingLeavesNothingRunning() throws {
            let running = try Program.start(Program.kupgrade, ["facts", "--cluster", Lab.cluster])
            Thread.sleep(forTimeInterval: 0.7)
            kill(running.process.processIdentifier, SIGINT)
            let began = Date()
            let result = running.finish()
            #expect(result.exitCode == 130, "\(result.errors)")
            #expect(Date().timeIntervalSince(began) < 8)
            let here = try Program.run("/usr/bin/pgrep", ["-f", "ssh.*kupgrade-lab/ssh_config.*-M"]).output
            #expect(here.isEmpty)
            // The node's side ends when the connection has; SIGKILL would come after 2 s.
            let look = "for i in 1 2 3 4 5; do pgrep -f '[s]ection-[0-9a-z]' || exit 0; sleep 1; done"
            #expect(try Lab.on("grey-area", "sh", "-c", look).split(separator: "\n").count < 4)
        }
    }

    @Suite(.serialized, .enabled(if: Lab.isWanted)) struct ThreeMasters {
        init() throws { try Lab.need("three-masters") }

        @Test func threeMembersOfOneClusterAgree() throws {
            let (facts, exitCode) = try Kupgrade.facts()
            #expect(exitCode == 0)
            let members = facts["etcd"].array.map { $0["status"]["value"] }
            #expect(members.count == 3)
            #expect(Set(members.compactMap { $0["clusterID"].text }).count == 1)
            #expect(Set(members.compactMap { $0["leaderID"].text }).count == 1)
            #expect(members.allSatisfy { $0["hash"]["value"].isPresent })
            #expect(Set(members.compactMap { $0["hash"]["value"]["hash"].number }).count == 1)
            let uids = facts["apiServers"].array.compactMap { $0["status"]["value"]["kubeSystemUID"]["value"].text }
            #expect(uids.count == 3 && Set(uids).count == 1)
        }

        @Test func theLeaderMovesLast() throws {
            try Lab.waitUntilReady()
            let result = try Kupgrade.run("plan", "--output", "json", "--offline", "--detailed-exitcode")
            let plan = try JSON(text: result.output)
            let blockers = plan["findings"].array.filter { $0["severity"].text == "blocker" }
            #expect(result.exitCode == 2, "\(blockers.map { $0["what"].text ?? "" })")
            let (facts, _) = try Kupgrade.facts()
            let leader = facts["etcd"].array.first { member in
                let value = member["status"]["value"]
                return value["memberID"].text == value["leaderID"].text
            }
            #expect(plan["stages"].array.compactMap { $0["node"].text }.last == leader?["node"].text)
        }

        @Test func withAMemberDownNoOtherMayRestart() throws {
            try Lab.run("power-cut", "limiting-factor")
            defer {
                try? {
                    try Lab.run("start", "limiting-factor"); try Lab.waitUntilReady()
                }()
            }
            let (facts, exitCode) = try Kupgrade.facts()
            #expect(exitCode == 3)
            #expect(facts["etcd"].array.filter { $0["status"]["value"].isPresent }.count == 2)
            let plan = try Kupgrade.run("plan", "--output", "json", "--offline", "--detailed-exitcode")
            #expect(plan.exitCode == 20)
            let codes = try JSON(text: plan.output)["findings"].array.compactMap { $0["code"].text }
            #expect(codes.contains("KUP-P021") && codes.contains("KUP-P030"))
        }
    }
}
