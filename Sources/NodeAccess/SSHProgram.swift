/// The arguments of the `ssh` calls that one connection is made of.
///
/// One connection per node: a master that only stays, and commands that ride on it. The user's own configuration
/// applies (hosts, jumps, keys, agent, known_hosts); what is set here is only what must hold whatever it says.
struct SSHProgram: Sendable {
    var settings: SSHSettings
    var endpoint: NodeEndpoint
    var address: String
    var socket: String

    /// The master: logs in, opens the socket, prints `mark`, then stays until its standard input ends. So it goes, and with
    /// it everything on the connection, also when this program is killed and cannot end it.
    func master(mark: String) -> [String] {
        common + [
            "-M", "-S", socket,
            "-o", "ControlPersist=no",
            "-o", "ConnectTimeout=\(max(1, settings.connectTimeout.components.seconds))",
            "-o", "ConnectionAttempts=1",
            "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3",
            // Never less than this, whatever the configuration says: an unknown or changed host key ends it.
            "-o", "StrictHostKeyChecking=yes",
            "--", address, Wrapper.standing(mark),
        ]
    }

    /// Exchanges keys and offers no way to log in: a server that answers refuses us, after we have checked its host key.
    ///
    /// `quickly`: with the key exchange that costs least. Nothing is told over this connection, so there is nothing that an
    /// exchange made against quantum computers, with ten times the work at both ends, would keep.
    func check(quickly: Bool) -> [String] {
        common + (quickly ? ["-o", "KexAlgorithms=^curve25519-sha256"] : []) + [
            "-N", "-o", "ControlPath=none", "-o", "PreferredAuthentications=none",
            "-o", "ConnectTimeout=\(max(1, settings.connectTimeout.components.seconds))", "-o", "ConnectionAttempts=1",
            "-o", "StrictHostKeyChecking=yes", "--", address,
        ]
    }

    /// A login that runs what the key's owner over there decided.
    func once(keyFile: String) -> [String] {
        common + [
            "-i", keyFile, "-o", "IdentitiesOnly=yes", "-o", "ControlPath=none",
            "-o", "ConnectTimeout=\(max(1, settings.connectTimeout.components.seconds))", "-o", "ConnectionAttempts=1",
            "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3",
            "-o", "StrictHostKeyChecking=yes", "--", address,
        ]
    }

    /// A login of its own that does nothing: whether a new one works.
    func login() -> [String] {
        common + [
            "-o", "ControlPath=none", "-o", "ConnectTimeout=\(max(1, settings.connectTimeout.components.seconds))",
            "-o", "ConnectionAttempts=1", "-o", "StrictHostKeyChecking=yes", "--", address, "true",
        ]
    }

    /// A command on the master's connection. Without the master it fails at once: it must not log in by itself.
    func command(_ line: String) -> [String] {
        common + ["-S", socket, "-o", "ControlMaster=no", "-o", "ProxyCommand=false", "--", address, line]
    }

    func forward(localPort: Int, host: String, port: Int) -> [String] {
        base + ["-S", socket, "-O", "forward", "-L", "127.0.0.1:\(localPort):\(host):\(port)", "--", address]
    }

    private var base: [String] { settings.configFile.map { ["-F", $0] } ?? [] }

    private var common: [String] {
        base + (endpoint.user.map { ["-l", $0] } ?? []) + [
            "-T", "-a", "-x",
            "-o", "BatchMode=yes",
            "-o", "RemoteCommand=none", "-o", "RequestTTY=no",
            "-o", "ClearAllForwardings=yes", "-o", "EscapeChar=none",
            "-o", "LogLevel=INFO",
        ]
    }
}

/// What OpenSSH's last words mean. It has one exit code (255) for all of this, so its texts, which are not translated and
/// have been the same since 2002 (`sshconnect.c`, `sshconnect2.c`), are the only source.
enum SSHFailure {
    static func code(for text: String) -> NodeAccessError.Code {
        if text.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") { return .hostKeyChanged }
        if text.contains("host key is known for") || text.contains("Host key verification failed") {
            return .hostKeyUnknown
        }
        if text.contains("Permission denied") || text.contains("Too many authentication failures")
            || text.contains("No supported authentication methods")
        {
            return .loginRefused
        }
        return .unreachable
    }

    /// The two ends agree on no key exchange, or this ssh does not know the one that it was told to prefer.
    static func isAboutKeyExchange(_ text: String) -> Bool {
        text.contains("no matching key exchange method") || text.contains("Unsupported KEX algorithm")
            || text.contains("Bad SSH2 KexAlgorithms")
    }

    /// The line that tells most, without ssh's own prefix.
    static func reason(in text: String) -> String {
        // ssh ends its own lines with CR LF, which is one Character.
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimming { $0.isWhitespace } }.filter { line in
            !line.isEmpty && !line.hasPrefix("@") && !line.hasPrefix("Warning: Permanently added")
        }
        guard let last = lines.last else { return "ssh said nothing" }
        return last.hasPrefix("ssh: ") ? String(last.dropFirst(5)) : String(last)
    }
}

extension Substring {
    func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var rest = self
        while let first = rest.first, isTrimmed(first) { rest.removeFirst() }
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
