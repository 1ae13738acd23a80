import Secrets
import Testing

@testable import NodeAccess

@Suite struct CommandRunTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var privilege = NodeCommand.Privilege.root
        var become = NodeEndpoint.Become.none
        var outcome: Outcome
        var testDescription: String { "\(text.debugDescription) \(become)" }
    }

    enum Outcome: Sendable, Equatable {
        case exit(Int32)
        case error(NodeAccessError.Code, String)
    }

    @Test(arguments: [
        Case(text: "n login\nn start\nn exit 0\n", outcome: .exit(0)),
        Case(text: "n login\nn start\nboom\nn exit 127\n", outcome: .exit(127)),
        Case(text: "n login\nn start\nn missing\n", outcome: .error(.commandMissing, "cp-1 has no program named nix")),
        Case(
            text: "n login\nn start\nhalf",
            outcome: .error(.connectionLost, "the connection to cp-1 ended while nix ran")),
        Case(
            text: "n login\nsudo: a password is required\n", become: .sudo,
            outcome: .error(
                .privilegeRefused, "sudo on cp-1 does not work without a password: sudo: a password is required")),
        Case(
            text: "n login\n", become: .run0,
            outcome: .error(.privilegeRefused, "run0 on cp-1 does not work without a password")),
        Case(
            text: "n login\nsh: gone\n", privilege: .login, become: .sudo,
            outcome: .error(.connectionLost, "the connection to cp-1 ended before nix started: sh: gone")),
        Case(
            text: "mux_client_request_session: session request failed\n",
            outcome: .error(
                .connectionLost,
                "the connection to cp-1 ended before nix started: mux_client_request_session: session request failed")),
        Case(text: "", outcome: .error(.connectionLost, "the connection to cp-1 ended before nix started")),
    ])
    func saysWhatAnEndingMeans(_ example: Case) {
        let run = CommandRun(
            node: "cp-1", command: NodeCommand(["nix"], privilege: example.privilege), nonce: "n",
            become: example.become)
        let outcome: Outcome
        do {
            outcome = .exit(try run.result(of: ChildProcess.Ending(exitCode: 255, errorOutput: example.text)).exitCode)
        } catch let error as NodeAccessError {
            outcome = .error(error.code, error.message)
        } catch {
            outcome = .error(.programMissing, "\(error)")
        }
        #expect(outcome == example.outcome)
    }

    @Test(
        arguments: [
            (
                "ssh: connect to host 10.0.0.9 port 22: Connection refused", .unreachable,
                "connect to host 10.0.0.9 port 22: Connection refused"
            ),
            (
                "ssh: connect to host cp-1 port 22: Connection timed out", .unreachable,
                "connect to host cp-1 port 22: Connection timed out"
            ),
            (
                "ssh: connect to host cp-1 port 22: No route to host", .unreachable,
                "connect to host cp-1 port 22: No route to host"
            ),
            (
                "ssh: Could not resolve hostname cp-9: Name or service not known", .unreachable,
                "Could not resolve hostname cp-9: Name or service not known"
            ),
            (
                "Connection timed out during banner exchange\nConnection to 127.0.0.1 port 2222 timed out",
                .unreachable,
                "Connection to 127.0.0.1 port 2222 timed out"
            ),
            (
                "kex_exchange_identification: read: Connection reset by peer", .unreachable,
                "kex_exchange_identification: read: Connection reset by peer"
            ),
            (
                "No ED25519 host key is known for cp-1 and you have requested strict checking.\r\n"
                    + "Host key verification failed.\r\n", .hostKeyUnknown, "Host key verification failed."
            ),
            (
                "@@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@@\n"
                    + "Offending ED25519 key in /root/.ssh/known_hosts:3\nHost key verification failed.",
                .hostKeyChanged,
                "Host key verification failed."
            ),
            (
                "root@cp-1: Permission denied (publickey,keyboard-interactive).", .loginRefused,
                "root@cp-1: Permission denied (publickey,keyboard-interactive)."
            ),
            (
                "Received disconnect from 10.0.0.9 port 22:2: Too many authentication failures\n"
                    + "Disconnected from 10.0.0.9 port 22", .loginRefused, "Disconnected from 10.0.0.9 port 22"
            ),
            (
                "Received disconnect from 10.0.0.9 port 22:14: No supported authentication methods available",
                .loginRefused,
                "Received disconnect from 10.0.0.9 port 22:14: No supported authentication methods available"
            ),
            (
                "Warning: Permanently added 'cp-1' (ED25519) to the list of known hosts.\n", .unreachable,
                "ssh said nothing"
            ),
            ("", .unreachable, "ssh said nothing"),
        ] as [(String, NodeAccessError.Code, String)])
    func readsOpenSSH(text: String, code: NodeAccessError.Code, reason: String) {
        #expect(SSHFailure.code(for: text) == code)
        #expect(SSHFailure.reason(in: text) == reason)
    }

    @Test(
        arguments: [
            ("", 2, [nil, nil]),
            ("3\nabc-1\n0\n", 3, ["abc", nil, ""]),
            ("   4\na\nb\n-1\n", 2, ["a\nb\n", nil]),
            ("2\n\0\n3\n1\n2", 2, ["\0\n", "1\n2"]),
            ("9\nshort", 2, [nil, nil]),
            ("rubbish\n1\na", 2, [nil, nil]),
            ("1\na", 3, ["a", nil, nil]),
            ("1\na1\nb", 1, ["a"]),
        ] as [(String, Int, [String?])])
    func splitsSecretFrames(text: String, count: Int, files: [String?]) {
        let split = SecretFrames.split(Array(text.utf8), count: count)
        #expect(split.map { $0.map { $0.withBytes { String(decoding: $0, as: UTF8.self) } } } == files)
    }
}
