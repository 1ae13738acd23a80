import Foundation
import Testing
import UpgradePlanning

@testable import Commands

@Suite struct ClusterFileReaderTests {
    private let reader = ClusterFileReader(path: "/etc/kup/cluster.yaml")

    private static let good = """
        version: 1
        name: home
        ssh:
          config: ssh_config
        kubeconfig: /root/.kube/config
        nodes:
          grey-area:
            addresses: [grey-area.tailnet, 10.0.0.1]
            user: root
          worker-1:
            addresses: 10.0.0.2
            become: sudo
          worker-2: {}
        channel:
          flake: ./nixos
          input: stable
          build: colmena build --on "$KUPGRADE_NODE"
          bridges:
            "1.21": github:NixOS/nixpkgs/nixos-21.05
        """

    @Test func readsAGoodFile() throws {
        let file = try reader.read(Self.good)
        #expect(file.name == "home")
        #expect(file.nodes.map(\.name.text) == ["grey-area", "worker-1", "worker-2"])
        #expect(file.nodes.map(\.addresses) == [["grey-area.tailnet", "10.0.0.1"], ["10.0.0.2"], ["worker-2"]])
        #expect(file.nodes.map(\.user) == ["root", nil, nil])
        #expect(file.nodes.map(\.become) == [.none, .sudo, .none])
        #expect(file.sshConfig == "/etc/kup/ssh_config")
        #expect(file.kubeconfig == "/root/.kube/config")
        #expect(file.channel.flake == "/etc/kup/./nixos")
        #expect(file.channel.input == "stable")
        #expect(file.channel.build == "colmena build --on \"$KUPGRADE_NODE\"")
        #expect(file.channel.bridges == [MinorRelease(major: 1, minor: 21): "github:NixOS/nixpkgs/nixos-21.05"])
        #expect(file.endpoints.map(\.name) == ["grey-area", "worker-1", "worker-2"])
    }

    @Test func readsJSON() throws {
        let file = try reader.read(
            #"{"version": 1, "name": "a", "nodes": {"b": {}}, "channel": {"nixpkgs": "nixos-26.05"}}"#)
        #expect(file.nodes.map(\.addresses) == [["b"]])
        #expect(file.channel.nixpkgs == "nixos-26.05")
        #expect(file.channel.input == "nixpkgs")
    }

    @Test(arguments: [
        (
            "version: 1\nname: a\nnode:\n  b: {}\n",
            "cluster.yaml:3: the cluster file has no key node; did you mean nodes?"
        ),
        (
            "version: 1\nname: a\nnodes:\n  b:\n    addreses: [c]\n",
            ":5: node b has no key addreses; did you mean addresses?"
        ),
        ("version: 1\nname: a\nnodes:\n  b: {}\nzzzzzzzz: 1\n", ":5: the cluster file has no key zzzzzzzz"),
        ("version: 1\nname: a\n", "nodes is missing"), ("version: 1\nnodes:\n  b: {}\n", "name is missing"),
        ("name: a\nnodes:\n  b: {}\n", "version is missing"),
        ("version: 2\nname: a\nnodes:\n  b: {}\n", "version is 2, and this kupgrade reads version 1"),
        ("version: 1\nname: a\nnodes: []\n", "nodes must map each node's name to how it is reached"),
        ("version: 1\nname: a\nnodes: {}\n", "nodes must map each node's name to how it is reached"),
        ("version: 1\nname: a\nnodes:\n  B_d: {}\n", "B_d is no node name"),
        ("version: 1\nname: a\nnodes:\n  b: c\n", ":4: node b must be a mapping of names to values"),
        ("version: 1\nname: a\nnodes:\n  b:\n    become: doas\n", ":5: become is doas; it can be none, sudo or run0"),
        ("version: 1\nname: a\nnodes:\n  b:\n    addresses: [-oProxyCommand=x]\n", ":5: addresses of b must be"),
        ("version: 1\nname: a\nnodes:\n  b:\n    addresses: []\n", ":5: addresses of b must be"),
        ("version: 1\nname: a\nnodes:\n  b:\n    addresses: [[a]]\n", ":5: addresses of b must be"),
        ("version: 1\nname: [a]\nnodes:\n  b: {}\n", ":2: name must be a text"),
        ("version: 1\nname: ../../etc\nnodes:\n  b: {}\n", ":2: name must be letters, digits"),
        (
            "version: 1\nname: a\nnodes:\n  b: {}\nchannel:\n  bridges:\n    x: y\n",
            ":7: a bridge is named by its minor"
        ),
        ("version: 1\nname: a\nnodes:\n  b: {}\nchannel:\n  bridges: [x]\n", ":6: bridges must map"),
        ("- a\n", "the cluster file must be a mapping"),
    ])
    func namesWhatIsWrong(text: String, words: String) {
        let found = problem { _ = try reader.read(text) }
        #expect(found?.code == "KUP-E011")
        #expect(found?.status == .usage)
        #expect(found?.sentence.contains(words) == true, "\(found?.sentence ?? "no problem")")
    }

    @Test(arguments: ["", "a: [", "\t", "a: 1\nb: 2\na: 3\n", "a: 'b\nc: d\n", "\u{1}"])
    func whatIsNoYAMLIsSaid(text: String) {
        let found = problem { _ = try reader.read(text) }
        #expect(found?.code == "KUP-E010" && found?.next.isEmpty == false)
        // One sentence each, never the file.
        #expect(found?.because.allSatisfy { !$0.isEmpty && !$0.contains("\n") && $0.count < 200 } == true, "\(found)")
    }

    @Test(
        arguments: [
            ("node", "nodes"), ("chanel", "channel"), ("nodes", "nodes"), ("nam", "name"), ("xyz", nil),
        ] as [(String, String?)])
    func spells(word: String, known: String?) {
        #expect(Spelling.nearest(to: word, in: ["version", "name", "nodes", "channel"]) == known)
    }
}

@Suite struct ClusterFileLocationTests {
    @Test func takesTheFirstThatIsThere() throws {
        try TestFolder.with { folder in
            let world = folder.world(["XDG_CONFIG_HOME": folder.path + "/config"])
            #expect(try ClusterFileLocation.find(option: "a.yaml", world: world) == folder.path + "/a.yaml")
            #expect(try ClusterFileLocation.find(option: "/a.yaml", world: world) == "/a.yaml")
            try folder.write("config/kupgrade/cluster.yaml", "")
            #expect(
                try ClusterFileLocation.find(option: nil, world: world) == folder.path + "/config/kupgrade/cluster.yaml"
            )
            try folder.write("kupgrade.yaml", "")
            #expect(try ClusterFileLocation.find(option: nil, world: world) == folder.path + "/kupgrade.yaml")
            let named = folder.world(["KUPGRADE_CLUSTER": "b.yaml"])
            #expect(try ClusterFileLocation.find(option: nil, world: named) == folder.path + "/b.yaml")
            #expect(try ClusterFileLocation.find(option: "c.yaml", world: named) == folder.path + "/c.yaml")
        }
    }

    @Test(.enabled(if: !FileManager.default.fileExists(atPath: "/etc/kupgrade/cluster.yaml")))
    func noneIsAProblem() throws {
        try TestFolder.with { folder in
            let found = problem { _ = try ClusterFileLocation.load(option: nil, world: folder.world()) }
            #expect(found?.code == "KUP-E001")
            let none = try ClusterFileLocation.load(option: nil, world: folder.world(), isOptional: true)
            #expect(none == nil)
        }
    }
}

@Suite struct OwnedFileTests {
    @Test func refusesWhatOthersCanChange() throws {
        try TestFolder.with { folder in
            let world = folder.world()
            func code(_ path: String, limit: Int = 10) -> Problem? {
                problem { _ = try OwnedFile.read(path, caller: world.userID, limit: limit, what: "file") }
            }
            let good = try folder.write("good", "0123456789", mode: 0o644)
            #expect(code(good) == nil)
            #expect(code(good, limit: 9)?.code == "KUP-E005")
            for mode in [0o666, 0o620, 0o602] {
                let found = code(try folder.write("m\(mode)", "", mode: mode))
                #expect(found?.code == "KUP-E004")
                #expect(found?.status == .refused)
            }
            #expect(code(folder.path)?.code == "KUP-E003")
            #expect(code(folder.path + "/gone")?.code == "KUP-E002")
            #expect(code(folder.path + "/gone")?.status == .usage)
        }
    }
}
