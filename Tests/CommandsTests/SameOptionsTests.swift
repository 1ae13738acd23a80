import Testing

@testable import Commands

@Suite struct SameOptionsTests {
    private let same = SameOptions(
        cluster: "/etc/my lab.yaml", facts: "f.json", target: ["--channel", "path:/x", "--build"])

    @Test(
        arguments: [
            (
                "kupgrade plan --out upgrade.json",
                "kupgrade plan -f '/etc/my lab.yaml' --facts f.json --channel path:/x --build --out upgrade.json"
            ),
            ("kupgrade doctor", "kupgrade doctor -f '/etc/my lab.yaml' --facts f.json"),
            ("kupgrade facts -o json  # all", "kupgrade facts -f '/etc/my lab.yaml' -o json  # all"),
            ("kupgrade backup create", "kupgrade backup create -f '/etc/my lab.yaml'"),
            ("kupgrade backup create --drill", "kupgrade backup create -f '/etc/my lab.yaml' --drill"),
            ("kupgrade explain KUP-P001", "kupgrade explain KUP-P001"), ("kupgrade", "kupgrade"),
            ("nix flake update", "nix flake update"), ("", ""),
        ])
    func whatWasGivenIsRepeated(named: String, shown: String) {
        #expect(same.command(named) == shown)
        #expect(SameOptions().command(named) == named)
    }
}
