import Testing

@testable import NodeAccess

@Suite struct WrapperTests {
    @Test(arguments: [
        ("plain", "plain"), ("/nix/store/a-b_c.d:e,f@g%h+i=j", "/nix/store/a-b_c.d:e,f@g%h+i=j"), ("", "''"),
        ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("'", #"''\'''"#), ("$HOME", "'$HOME'"), ("*", "'*'"),
        ("~root", "'~root'"), ("a\nb", "'a\nb'"), ("ä", "'ä'"), ("!x", "'!x'"), (#"back\slash"#, #"'back\slash'"#),
    ])
    func quotesAWord(word: String, quoted: String) {
        #expect(Wrapper.quote(word) == quoted)
    }

    @Test func aShellReadsQuotedWordsAsTheyWere() async throws {
        let words = [
            "plain", "", " ", "a  b", "it's", "''", "\"", "$HOME `id` $(id)", "*", "~", "a\nb\n", "\t", #"\n \\"#,
            "ä€🙂",
            "-n", "--", "#", "&&", ";", "|", ">x", "!!", "{a,b}", "[a]", "\u{1B}[31m",
        ]
        let line = #"printf '%s\0' "# + words.map(Wrapper.quote).joined(separator: " ")
        let result = try await LocalProgram("/bin/sh", ["-c", line]).run(deadline: .seconds(10), outputLimit: 1 << 16)
        #expect(result.outputText == words.map { $0 + "\0" }.joined())
    }

    @Test func theLineSurvivesALoginShell() async throws {
        let command = NodeCommand(["printf", "%s|", "it's", "$HOME", "a\nb", ""], privilege: .login)
        let line = Wrapper.line(for: command, become: .none, nonce: "kup-1")
        let result = try await LocalProgram("/bin/sh", ["-c", line]).run(deadline: .seconds(10), outputLimit: 1 << 16)
        #expect(result.outputText == "kup-1\nit's|$HOME|a\nb||")
        #expect(result.errorOutput == "kup-1 login\nkup-1 start\n\nkup-1 exit 0\n")
    }

    @Test func becomesRootOnlyForACommandThatNeedsIt() {
        func words(_ privilege: NodeCommand.Privilege, _ become: NodeEndpoint.Become) -> [String] {
            let command = NodeCommand(["true"], privilege: privilege)
            return Array(Wrapper.arguments(for: command, become: become, nonce: "n").dropFirst(4).prefix(4))
        }
        #expect(words(.root, .sudo) == ["sudo", "-n", "--", "/bin/sh"])
        #expect(words(.root, .run0) == ["run0", "--no-ask-password", "--pipe", "--"])
        #expect(words(.root, .none).first == "/bin/sh")
        #expect(words(.login, .sudo).first == "/bin/sh")
    }

    @Test(
        arguments: [
            ("", "", [], nil),
            ("n login\n", "", ["login"], nil),
            ("banner\r\nn login\nn start\nn exit 0\n", "banner\n", ["login", "start"], 0),
            ("banner\nn login\nn start\n", "banner\n", ["login", "start"], nil),
            ("n login\nn start\nn missing\n", "", ["login", "start", "missing"], nil),
            ("n login\nn start\nwords\nn exit 3\n", "words\n", ["login", "start"], 3),
            ("n login\nn start\nno newline\nn exit 3\n", "no newline\n", ["login", "start"], 3),
            ("n login\nn start\n\nn exit 0\n", "", ["login", "start"], 0),
            ("n login\nn start\nlast\n\n\nn exit 1\n", "last\n\n", ["login", "start"], 1),
            ("n login\nn start\nn exit x\n", "", ["login", "start"], nil),
            ("other exit 0\nn-exit 0\nn wrong 1\n", "other exit 0\nn-exit 0\nn wrong 1\n", [], nil),
        ] as [(String, String, [String], Int32?)])
    func readsMarks(text: String, rest: String, seen: [String], code: Int32?) {
        let marks = WrapperMarks(errorOutput: text, nonce: "n")
        let isSeen = [
            marks.loggedIn ? "login" : nil, marks.started ? "start" : nil, marks.isMissing ? "missing" : nil,
        ].compactMap { $0 }
        #expect(isSeen == seen)
        #expect(marks.exitCode == code)
        #expect(marks.rest == rest)
    }

    @Test func findsTheMarkOfOutputWhereverItIsCut() async {
        let text = Array("Welcome!\nkup-xkup-7\nown\nkup-7\n".utf8)
        for size in 1...text.count {
            let watch = MarkWatch(mark: "kup-7")
            var own: [UInt8] = []
            for start in stride(from: 0, to: text.count, by: size) {
                own += await watch.feed(Array(text[start..<min(start + size, text.count)])) ?? []
            }
            #expect(String(decoding: own, as: UTF8.self) == "own\nkup-7\n", "in pieces of \(size)")
        }
    }

    @Test func keepsNoEndlessBanner() async {
        let watch = MarkWatch(mark: "kup-7")
        for _ in 0..<100 { #expect(await watch.feed([UInt8](repeating: 107, count: 10_000)) == nil) }
        #expect(await watch.feed(Array("\nkup-7\nown".utf8)) == Array("own".utf8))
    }
}
