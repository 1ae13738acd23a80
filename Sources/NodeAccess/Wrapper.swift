/// The few lines of shell that stand between a connection and the command, on the node.
///
/// They make three things true that ssh alone does not: when the connection or the command ends, all that it started is
/// ended; the command is in a session of its own, so that this reaches its children; and how far things got is told
/// apart by marks on standard error (``WrapperMark``), not by guessing at texts and exit codes.
enum Wrapper {
    /// On standard output the command's own begins behind a line with the nonce.
    ///
    /// `$1`: nonce, `$2`: bytes of input to pass on, rest: the command.
    /// What watches for the end of the connection reads the same stream as the command's input, so it starts when that is
    /// passed on (SIGUSR1), and not before: else it would take some of it. A `wait` that this interrupts returns 128 + 10.
    /// No backslashes: a login shell other than a POSIX one (fish) reads them inside single quotes.
    static let script = """
        n=$1; bytes=$2; shift 2
        echo "$n start" >&2
        command -v -- "$1" >/dev/null 2>&1 || { echo "$n missing" >&2; exit 127; }
        exec 3<&0
        p= w= fed=
        end() {
          kill -TERM -"$p" 2>/dev/null || kill -TERM "$p" 2>/dev/null
          i=0
          while [ $i -lt 20 ] && kill -0 -"$p" 2>/dev/null; do sleep 0.1; i=$((i+1)); done
          kill -KILL -"$p" 2>/dev/null
        }
        watch() {
          [ -z "$p" ] || [ -n "$w" ] && return
          ( while read -r x; do :; done; end ) <&3 >/dev/null 2>&1 &
          w=$!
        }
        trap "end; exit 143" TERM HUP INT
        trap "fed=1; watch" USR1
        echo "$n"
        if [ "$bytes" -gt 0 ]; then
          { head -c "$bytes"; kill -USR1 $$; } <&3 2>/dev/null | setsid "$@" 3<&- &
        else
          fed=1
          setsid "$@" </dev/null 3<&- &
        fi
        p=$!
        [ -z "$fed" ] || watch
        while s=$fed; wait "$p"; c=$?; [ "$c" = 138 ] && [ "$s" != "$fed" ]; do :; done
        [ -z "$w" ] || kill "$w" 2>/dev/null
        kill -0 -"$p" 2>/dev/null && end
        echo "
        $n exit $c" >&2
        exit $c
        """

    /// The one line that ssh hands to the login shell.
    static func line(for command: NodeCommand, become: NodeEndpoint.Become, nonce: String) -> String {
        arguments(for: command, become: become, nonce: nonce).map(quote).joined(separator: " ")
    }

    /// The same as arguments, for this host.
    static func arguments(for command: NodeCommand, become: NodeEndpoint.Become, nonce: String) -> [String] {
        let inner = inner(command.arguments, inputCount: command.input.count, nonce: nonce)
        let asRoot = command.privilege == .root ? become : .none
        let marked = marked(nonce)
        switch asRoot {
        case .none: return marked + inner
        case .sudo: return marked + ["sudo", "-n", "--"] + inner
        case .run0: return marked + ["run0", "--no-ask-password", "--pipe", "--"] + inner
        }
    }

    /// What a connection itself runs for as long as it stands.
    static func standing(_ mark: String) -> String { "exec /bin/sh -c '\(standingScript(mark))'" }

    static func standingScript(_ mark: String) -> String { "echo \(mark); exec cat >/dev/null" }

    /// Says that the login went well, before anything that may ask for more rights.
    static func marked(_ nonce: String) -> [String] { ["/bin/sh", "-c", #"echo "$0 login" >&2; exec "$@""#, nonce] }

    /// The command within the script.
    static func inner(_ arguments: [String], inputCount: Int, nonce: String) -> [String] {
        ["/bin/sh", "-c", script, name, nonce, "\(inputCount)"] + arguments
    }

    /// What the script calls itself.
    static let name = "kupgrade"

    /// Quotes a word for a POSIX shell.
    static func quote(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy(isPlain)
        return isPlain
            ? word
            : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    /// Needs no quotes.
    static func isPlain(_ byte: UInt8) -> Bool { plain.contains(byte) }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,@%+".utf8)
}

/// How far the wrapper got, read from its marks on standard error.
struct WrapperMarks: Equatable {
    var loggedIn = false
    var started = false
    var isMissing = false
    var exitCode: Int32?
    /// Standard error without the marks.
    var rest = ""

    init(errorOutput: String, nonce: String) {
        var kept: [Substring] = []
        // CR LF, with which ssh and banners end lines, is one Character.
        let lines = errorOutput.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for line in lines {
            guard let mark = Self.mark(in: line, nonce: nonce) else {
                kept.append(line)
                continue
            }
            switch mark.first {
            case "login": loggedIn = true
            case "start": started = true
            case "missing": isMissing = true
            case "exit":
                exitCode = mark.count == 2 ? Int32(mark[1]) : nil
                // The newline that the wrapper puts before this mark: the command's last line may have none.
                if kept.last?.isEmpty == true { kept.removeLast() }
            default: kept.append(line)
            }
        }
        rest = kept.joined(separator: "\n")
    }

    private static func mark(in line: Substring, nonce: String) -> [Substring]? {
        guard line.hasPrefix(nonce + " ") else { return nil }
        return line.dropFirst(nonce.count + 1).split(separator: " ")
    }
}
