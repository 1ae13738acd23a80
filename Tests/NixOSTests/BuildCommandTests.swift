import Testing

@testable import NixOS

@Suite struct BuildCommandTests {
    private func built(_ text: String, override: String? = nil) async throws -> String {
        try await BuildCommand(text, folder: "/usr/bin").build(
            host: "grey-area", override: override, deadline: .seconds(10))
    }

    @Test func theLastLineIsThePath() async throws {
        let path = "/nix/store/0000-nixos-system-grey-area-26.05"
        #expect(try await built("echo building; echo warning >&2; echo \(path)") == path)
        #expect(try await built("[ \"$PWD\" = /usr/bin ] && echo \(path)") == path)
        #expect(
            try await built(
                "[ \"$KUPGRADE_NODE$KUPGRADE_NIXPKGS\" = grey-areagithub:x ] && echo \(path)", override: "github:x")
                == path)
    }

    @Test(arguments: [
        "true", "echo no path", "echo /nix/store/a-b/c", "echo '/nix/store/a-b /nix/store/a-c'", "exit 3",
    ])
    func anythingElseIsAnError(text: String) async {
        await #expect(throws: NixError.self) { try await built(text) }
    }
}
