import Testing
import UpgradePlanning

@testable import Commands

@Suite struct SetupTests {
    private func found(flake: String? = "/etc/nixos", kubeconfig: String? = nil) throws -> FoundCluster {
        FoundCluster(
            name: "on",
            nodes: [
                FoundCluster.Node(
                    name: try #require(NodeName("grey-area")), addresses: ["grey-area", "10.0.0.1", "fd00::1"],
                    user: "ops", reason: nil),
                FoundCluster.Node(
                    name: try #require(NodeName("far")), addresses: ["far"], user: nil, reason: "no route\nto host"),
            ], sshConfig: "/home/me/my config", kubeconfig: kubeconfig, flake: flake)
    }

    @Test func whatInitWritesIsReadAsItWasMeant() throws {
        for (flake, kubeconfig) in [("/etc/nixos", nil), (nil, "/root/.kube/config"), (".", nil)]
            as [(String?, String?)]
        {
            let text = ClusterFileText(try found(flake: flake, kubeconfig: kubeconfig)).text()
            let file = try ClusterFileReader(path: "/x/kupgrade.yaml").read(text)
            #expect(file.name == "on")
            #expect(file.nodes.map(\.addresses).contains(["grey-area", "10.0.0.1", "fd00::1"]))
            #expect(file.nodes.first { $0.name.text == "grey-area" }?.user == "ops")
            #expect(file.sshConfig == "/home/me/my config")
            #expect(file.kubeconfig == kubeconfig)
            #expect(file.channel.flake == (flake == "." ? "/x/." : flake))
        }
    }

    @Test(arguments: ["a", "10.0.0.1", "fd00::1", "yes", "1.10", "a: b", "\"q\"", "back\\slash", "#x", "", "1e3", "~"])
    func aScalarIsTheTextThatItWas(text: String) throws {
        guard !text.isEmpty else { return }
        let yaml = "version: 1\nname: x\nnodes: {a: {user: \(ClusterFileText.scalar(text))}}\n"
        #expect(try ClusterFileReader(path: "/x").read(yaml).nodes.first?.user == text)
    }

    @Test func nothingIsOverwritten() async throws {
        let folder = TestFolder()
        try folder.write("kupgrade.yaml", "mine")
        var command = try InitCommand.parse(["--node", "nowhere.invalid"])
        do {
            try await command.run(in: folder.world())
            Issue.record("it should have refused")
        } catch let problem as Problem {
            #expect(problem.code == "KUP-E060")
        }
        command = try InitCommand.parse(["--out", "other.yaml"])
        do {
            try await command.run(in: folder.world())
            Issue.record("nothing says where the cluster is")
        } catch let problem as Problem {
            #expect(problem.code == "KUP-E061")
        }
    }

    @Test func eachValueSaysWhereItComesFrom() throws {
        try TestFolder.with { folder in
            let text = "version: 1\nname: home\nnodes:\n  a:\n    user: ops\nbackup:\n  directory: ./archives\n"
            let file = try ClusterFileReader(path: folder.path + "/kupgrade.yaml").read(text)
            let settings = SettingList(file, lines: ClusterFileLines(text)).settings
            func origin(_ name: String) -> String? { settings.first { $0.name == name }?.origin }
            #expect(origin("name") == "line 2")
            #expect(origin("nodes.a.user") == "line 5")
            #expect(origin("nodes.a.addresses") == "default")
            #expect(origin("backup.directory") == "line 7")
            #expect(settings.first { $0.name == "backup.directory" }?.value == folder.path + "/./archives")
        }
    }

    @Test func withoutAVerbItSaysWhereYouAre() throws {
        try TestFolder.with { folder in
            #expect(try WhereAmI.text(option: nil, world: folder.world()).contains("kupgrade init --node MASTER"))
            try folder.write("kupgrade.yaml", "version: 1\nname: home\nnodes: {a: {}, b: {}}\n")
            #expect(try WhereAmI.text(option: nil, world: folder.world()).contains("cluster home: 2 nodes"))
            try folder.write("kupgrade.yaml", "version: 1\nnaem: home\nnodes: {a: {}}\n")
            let problem = try #require(throws: Problem.self) {
                try WhereAmI.text(option: nil, world: folder.world())
            }
            let text = problem.lines().joined(separator: "\n")
            #expect(text.contains("kupgrade.yaml:2") && text.contains("did you mean name?"))
        }
    }
}
