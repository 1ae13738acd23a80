import NodeAccess
import RunEngine

/// A shell script on a host with verbs, as runs use them: it knows nothing, every value is an argument or an input.
struct HostScript: Sendable {
    let session: any NodeSession
    let text: String

    /// What every script begins with.
    static let head = #"""
        set -eu; umask 077; PATH=$PATH:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH LC_ALL=C
        base=/var/lib/kupgrade
        flush() { sync -- "$1" 2>/dev/null || sync; }
        fail() { echo "$*" >&2; exit 1; }
        # Where units of ours outlive a boot; where /etc cannot be written, until the next one.
        control=/etc/systemd/system.control
        # It is made by what writes there; who only looks leaves nothing behind.
        if [ -e "$control" ]; then [ -w "$control" ] || control=/run/systemd/system.control
        elif ! [ -w /etc/systemd ]; then control=/run/systemd/system.control; fi
        # A path or URL of a kubeconfig, JSON or YAML. $1: file, $2: name
        field() { grep -oE "\"?$2\"? *: *\"?[^\",} ]+" "$1" | head -n 1 | sed 's/^[^:]*: *"*//'; }
        # What a guard held is let go; nothing is started.
        # Units that a guard held in a run that was given up, a line each: nobody lets them go but whoever brings them other data
        # or another system.
        kept="$base/kept-holds"
        drop() { [ ! -e "$kept" ] || { for u; do sed -i "/^$u\$/d" "$kept"; done; [ -s "$kept" ] || rm -f "$kept"; flush "$base"; }; }
        # Those of a run that was given up, where a new system comes.
        liftkept() {
          [ -e "$kept" ] || return 0
          while read -r u; do
            rm -f "$base/holds/$u" "$control/$u.d/50-kupgrade-hold.conf"; rmdir "$control/$u.d" 2>/dev/null || true
          done <"$kept"
          rmdir "$base/holds" 2>/dev/null || true; rm -f "$kept"; systemctl daemon-reload
        }
        lift() {
          [ -e "$base/guard/heldunits" ] || return 0
          for u in $(cat "$base/guard/heldunits"); do
            # One that the run itself keeps stopped stays so.
            [ ! -e "$base/parked/$u" ] || continue
            rm -f "$base/holds/$u" "$control/$u.d/50-kupgrade-hold.conf"; rmdir "$control/$u.d" 2>/dev/null || true
          done
          rmdir "$base/holds" 2>/dev/null || true; rm -f "$base/guard/heldunits"; systemctl daemon-reload
        }

        """#

    init(_ session: any NodeSession, _ text: String) {
        self.session = session
        self.text = Self.head + text
    }

    /// The lines it printed. Throws ``RunError`` with its last words where it ended with another code than 0.
    @discardableResult
    func run(
        _ arguments: [String], input: [UInt8] = [], limit: Duration = .seconds(60)
    ) async throws -> [String] {
        let command = NodeCommand(
            ["/bin/sh", "-c", text, "sh"] + arguments, input: input, outputLimit: 1 << 20, deadline: limit)
        let result = try await session.run(command)
        guard result.exitCode == 0 else {
            let said = result.errorOutput.split(separator: "\n").last.map(String.init) ?? "exit \(result.exitCode)"
            throw RunError(.cannotWrite, "\(session.endpoint.name): \(said)")
        }
        return result.outputText.split(separator: "\n").map(String.init)
    }
}
