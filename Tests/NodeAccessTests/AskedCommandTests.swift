import Testing

@testable import NodeAccess

@Suite struct AskedCommandTests {
    private static let odd = [
        "", "'", "it's", "a b", "two\nlines", "$(id)", "`id`", #"\"#, "*", "é", "''", "--", "a=b",
    ]

    @Test func wordsComeBackAsTheyWereQuoted() {
        for first in Self.odd {
            for second in Self.odd {
                let words = [first, "plain", second]
                #expect(AskedCommand.words(words.map(Wrapper.quote).joined(separator: " ")) == words)
            }
        }
        #expect(AskedCommand.words("") == [])
    }

    @Test(arguments: ["a; id", "a $HOME", "a 'b", #"a \b"#, "a\tb", "a > b", #"a "b""#, "a&", "a\\"])
    func whatNeedsAShellIsNoLineOfWords(line: String) { #expect(AskedCommand.words(line) == nil) }

    @Test(arguments: [NodeEndpoint.Become.none, .sudo, .run0])
    func whatASessionSendsIsRead(become: NodeEndpoint.Become) throws {
        for word in Self.odd {
            let command = NodeCommand(["/bin/sh", "-c", "x", "sh", word], input: [1, 2, 3])
            let line = Wrapper.line(for: command, become: become, nonce: Nonce.next())
            let asked = try #require(AskedCommand(line: line))
            #expect(asked.arguments == command.arguments && asked.inputCount == 3)
            let words = asked.words(running: ["true"])
            let own = NodeCommand(["true"], privilege: .login, input: [1, 2, 3])
            #expect(words == Wrapper.arguments(for: own, become: .none, nonce: asked.nonce))
        }
    }

    @Test func aConnectionMayStand() {
        let line = Wrapper.standing("kup-1")
        #expect(line == "exec /bin/sh -c 'echo kup-1; exec cat >/dev/null'")
        #expect(AskedCommand.standing(line: line) == ["/bin/sh", "-c", "echo kup-1; exec cat >/dev/null"])
        for other in [
            "", "exec /bin/sh -c id", line + "; id", "id; " + line, Wrapper.standing("$(id)"), Wrapper.standing(""),
            Wrapper.standing("a;id"), Wrapper.standing("a' id '"), Wrapper.standing("-n"),
        ] {
            #expect(AskedCommand.standing(line: other) == nil, "\(other)")
        }
    }

    @Test func anythingElseIsNone() {
        let command = NodeCommand(["id"])
        let words = Wrapper.arguments(for: command, become: .none, nonce: "kup-1")
        for (index, other) in [
            (0, "/bin/bash"), (1, "-x"), (3, "kup 1"), (3, ""), (4, "sh"), (8, "kup-2"), (9, "-1"), (9, "x"),
        ] {
            var changed = words
            changed[index] = other
            #expect(AskedCommand(line: changed.map(Wrapper.quote).joined(separator: " ")) == nil, "\(index) \(other)")
        }
        #expect(AskedCommand(line: words.dropLast().map(Wrapper.quote).joined(separator: " ")) == nil)
    }
}
