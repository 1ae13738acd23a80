import Testing

@testable import NixOS

@Suite struct NixWordsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var words: String
    }

    @Test(arguments: [
        Case(
            testDescription: "2.8, an attribute that is not there",
            text: """
                warning: the group 'nixbld' specified in 'build-users-group' does not exist
                error: attribute 'verion' missing

                       at «string»:1:6:

                            1| all: all.a.config.services.kubernetes.package.verion
                             |      ^
                       Did you mean version?
                (use '--show-trace' to show detailed location information)
                """,
            words: "attribute 'verion' missing Did you mean version?"),
        Case(
            testDescription: "2.8, a throw", text: "warning: x\nerror: services.foo is gone\n",
            words: "services.foo is gone"),
        Case(
            testDescription: "2.24, traces in colour",
            text: "\u{1B}[31;1merror:\u{1B}[0m\n"
                + "       … while calling the '\u{1B}[35;1mhead\u{1B}[0m' builtin\n"
                + "         \u{1B}[34;1mat \u{1B}[35;1m/nix/store/x-source/lib/attrsets.nix:1575:11\u{1B}[0m:\n"
                + "         1574|         || pred here (elemAt values 1) (head values) then\n"
                + "         1575|           head values\n             |           \u{1B}[31;1m^\u{1B}[0m\n\n"
                + "       … while evaluating the option `\u{1B}[35;1mservices.kubernetes.package\u{1B}[0m':\n\n"
                + "       \u{1B}[31;1merror:\u{1B}[0m attribute '\u{1B}[35;1mkubernetes_1_99\u{1B}[0m' missing\n"
                + "       \u{1B}[34;1mat \u{1B}[35;1m/nix/store/x-source/host.nix:3:40\u{1B}[0m:\n"
                + "            3|     package = pkgs.kubernetes_1_99;\n             |               \u{1B}[31;1m^\u{1B}[0m\n"
                + "       Did you mean one of \u{1B}[35;1mkubernetes\u{1B}[0m or \u{1B}[35;1mkubectl\u{1B}[0m?\n",
            words: "attribute 'kubernetes_1_99' missing Did you mean one of kubernetes or kubectl?"),
        Case(
            testDescription: "failed assertions",
            text: """
                error:
                       … while evaluating the attribute 'toplevel'

                       error:
                       Failed assertions:
                       - services.kubernetes.masterAddress must be set.
                       - another one
                       - a third one
                """,
            words: "Failed assertions: - services.kubernetes.masterAddress must be set."),
        Case(testDescription: "no error at all", text: "something else\n", words: "something else"),
        Case(testDescription: "nothing", text: "", words: "Nix said nothing"),
    ])
    func shortens(_ example: Case) {
        #expect(NixWords.shortened(example.text) == example.words)
    }

    @Test func isNeverLong() {
        let long = "error: " + String(repeating: "long ", count: 1_000)
        #expect(NixWords.shortened(long).count <= 400)
        #expect(NixWords.shortened(String(repeating: "x", count: 1_000)).count == 300)
    }
}

@Suite struct NixCommandTests {
    private static let start = [
        "--extra-experimental-features", "nix-command flakes", "eval", "--json", "--no-write-lock-file",
    ]

    @Test(
        arguments: [
            (nil, NixCommand.Network.online, []),
            (nil, .offline, ["--offline"]),
            ("path:/x", .online, ["--override-input", "nixpkgs", "path:/x"]),
            ("path:/x", .offline, ["--override-input", "nixpkgs", "path:/x", "--offline"]),
        ] as [(String?, NixCommand.Network, [String])])
    func asksForAHost(override: String?, network: NixCommand.Network, words: [String]) {
        let command = NixCommand.evaluateHost(
            flake: "path:/etc/nixos", host: "cp-1", override: override, input: "nixpkgs", network: network)
        #expect(command.program == "nix")
        #expect(
            command.arguments.dropLast() == Self.start + words + ["path:/etc/nixos#nixosConfigurations", "--apply"])
        #expect(command.arguments.last == NixCommand.hostExpression("cp-1"))
    }

    @Test func usesTheNamedInput() {
        let command = NixCommand.evaluateHost(
            flake: ".", host: "a", override: "github:NixOS/nixpkgs/x", input: "stable", network: .online)
        #expect(command.arguments.contains("stable"))
        #expect(command.arguments.contains("nixpkgs") == false)
    }

    @Test func asksForPackages() {
        let online = NixCommand.evaluatePackages(nixpkgs: "/x", network: .online)
        #expect(online.program == "nix-instantiate")
        let start = ["--extra-experimental-features", "nix-command flakes", "--eval", "--strict", "--json"]
        #expect(Array(online.arguments.prefix(6)) == start + ["-E"])
        let offline = NixCommand.evaluatePackages(nixpkgs: "/x", network: .offline)
        #expect(Array(offline.arguments.prefix(8)) == start + ["--option", "substitute", "false"])
    }

    @Test(arguments: [
        ("nixos-26.05", #"import (fetchTarball "https://channels.nixos.org/nixos-26.05/nixexprs.tar.xz") { }"#),
        ("/a b", #"import (/. + "/a b") { }"#), ("path:/x", #"import (/. + "/x") { }"#),
        ("github:NixOS/nixpkgs/x", #"import ((builtins.getFlake "github:NixOS/nixpkgs/x").outPath) { }"#),
        (#"/a"${b}\"#, #"import (/. + "/a\"\${b}\\") { }"#),
    ])
    func namesTheSource(nixpkgs: String, text: String) {
        #expect(NixCommand.packagesExpression(nixpkgs).contains(text))
    }

    @Test(arguments: [
        ("nixos-26.05", true), ("nixos-unstable", true), ("nixpkgs-unstable", true), ("nixos-26.05-small", true),
        ("/nix/store/x", false), ("nixos-26.05\"", false), ("nixos-../x", false), ("github:NixOS/nixpkgs", false),
        ("unstable", false), ("", false),
    ])
    func knowsChannelNames(text: String, isChannel: Bool) {
        #expect(NixCommand.isChannelName(text) == isChannel)
    }
}
