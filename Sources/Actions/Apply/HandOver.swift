public import NodeAccess
public import Plans
import RunEngine

/// Gives a run to a node, which performs it from there under systemd: the machine that planned it may go.
///
/// The unit's files are in `/etc/systemd/system.control`, so that the run goes on by itself after a boot of that node, and
/// no activation stops it: switch-to-configuration looks at units of `/etc/systemd/system` only. It is killed rather than
/// asked to stop, since every step of a run may be cut off.
public struct HandOver: Sendable {
    let run: String
    let node: String
    let session: any NodeSession
    let nix: NixWork

    public init(run: String, node: String, session: any NodeSession, nix: NixWork) {
        self.run = run
        self.node = node
        self.session = session
        self.nix = nix
    }

    private var script: HostScript { HostScript(session, HandOverScript.text) }

    /// The kupgrade that the node has, by its own word; `nil` where it has none.
    public func version() async throws -> String? { try await script.run(["version"]).first }

    /// Copies every system of the plan there, and keeps it from being collected. Throws ``RunError``.
    public func copy(_ plan: Plan) async throws {
        var paths: [String] = []
        for case .build(let target) in plan.steps.map(\.action) {
            let path = try Systems.path(target)
            if !paths.contains(path) { paths.append(path) }
        }
        let systems = HostScript(session, SystemScript.text)
        for path in paths where try await systems.run(["valid", run, path]).first != "yes" {
            try await nix.copy(path, to: session)
        }
        try await systems.run(["keep", run] + paths)
    }

    /// Puts the run's files there. Throws ``RunError``.
    public func put(_ files: [(name: String, bytes: [UInt8])]) async throws {
        for file in files {
            try await script.run(
                ["put", run, file.name, "\(file.bytes.count)"], input: file.bytes, limit: .seconds(120))
        }
    }

    /// Why the run cannot be performed from there, asked of kupgrade itself in a unit of its own, without anybody's agent;
    /// `nil` where it can.
    public func trouble(_ options: [String]) async throws -> String? {
        let lines = try await script.run(["check", run] + options, limit: .seconds(180))
        return lines.first == "ok" ? nil : lines.dropFirst().joined(separator: "\n")
    }

    /// Takes it away again. Throws ``RunError`` where it was begun.
    public func withdraw() async throws {
        try await script.run(["withdraw", run])
        try await HostScript(session, SystemScript.text).run(["unkeep", run])
    }

    /// It could not go on after a boot of the node: /etc cannot be written there, and what is in /run is gone then.
    public func isVolatile() async throws -> Bool { try await script.run(["volatile"]).first == "yes" }

    /// Whether it was begun there.
    public func isBegun() async throws -> Bool { try await script.run(["begun", run]).first == "yes" }

    public func start(_ options: [String]) async throws {
        try await script.run(["start", run] + options, limit: .seconds(120))
    }

    /// Options go into a unit's command line as they are.
    public static func isPlain(_ option: String) -> Bool {
        !option.isEmpty
            && option.utf8.allSatisfy { byte in
                let isWord = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                return isWord || "/._:=@+-".utf8.contains(byte)
            }
    }

    /// How it stands there, and what it has said since the given line.
    public struct Standing: Sendable, Hashable {
        public var lines: [String]
        /// `nil` while it is under way.
        public var exitCode: Int32?
    }

    /// Throws ``RunError``, `NodeAccessError` where the node does not answer now.
    public func standing(after line: Int) async throws -> Standing {
        let said = try await script.run(["standing", run, "\(line + 1)"], limit: .seconds(20))
        return Standing(lines: Array(said.dropFirst()), exitCode: said.first.flatMap { Int32($0) })
    }
}

enum HandOverScript {
    static let text = #"""
        verb=$1; run=${2:-}; folder=$base/runs/$run; unit=kupgrade-$run.service
        PATH=/run/wrappers/bin:/run/current-system/sw/bin:/usr/local/bin:$PATH; export PATH
        busy() { case $(systemctl show -p ActiveState --value "$unit" 2>/dev/null) in
          active|activating|deactivating|reloading) true ;; *) false ;; esac; }
        settle() {
          rm -f "$control/$unit" "$control/multi-user.target.wants/$unit"
          rmdir "$control/multi-user.target.wants" 2>/dev/null || true
          systemctl daemon-reload
        }
        # No agent, no terminal, no shell's environment: as a unit has it.
        alone() { systemd-run --quiet --wait --pipe --collect -E HOME=/root -E "PATH=$PATH" -- "$@"; }
        case $verb in
          version) kupgrade --version 2>/dev/null || true ;;
          # $3: name, $4: bytes
          put)
            mkdir -p "$folder"; cat >"$folder/$3.new"
            [ "$(stat -c %s "$folder/$3.new")" = "$4" ] || fail "$3 was cut off"
            flush "$folder/$3.new"; mv -f "$folder/$3.new" "$folder/$3"; flush "$folder" ;;
          check)
            shift 2
            if said=$(alone kupgrade resume "$@" --check 2>&1 </dev/null); then echo ok; else echo no; echo "$said" | tail -n 20; fi ;;
          withdraw)
            [ ! -e "$folder/begun" ] || fail "$run was begun"
            settle; rm -rf "$folder" ;;
          volatile) case $control in /run/*) echo yes ;; *) echo no ;; esac ;;
          start)
            shift 2
            mkdir -p "$folder" "$control"; rm -f "$folder/ended"
            {
              printf 'kupgrade=%s; folder=%s; control=%s; unit=%s\n' "$(readlink -f "$(command -v kupgrade)")" "$folder" "$control" "$unit"
              cat <<'end'
        # Only one that was begun goes on after a boot; nobody may be there who could stop one that was not.
        settle() {
          rm -f "$control/$unit" "$control/multi-user.target.wants/$unit"
          rmdir "$control/multi-user.target.wants" 2>/dev/null || true
          systemctl daemon-reload
        }
        if [ "$1" = after ]; then
          # Stopped by somebody, or killed: it is open, and whoever looks goes on with it. A host that goes down is none of that.
          case $(systemctl is-system-running) in stopping) exit 0 ;; esac
          [ -e "$folder/ended" ] || echo 1 >"$folder/ended"
          settle; exit 0
        fi
        shift; i=0
        # After a boot the others are waited for.
        if [ -e "$folder/begun" ]; then
          until "$kupgrade" resume "$@" --check >/dev/null 2>&1 || [ $i -ge 60 ]; do i=$((i + 1)); sleep 10; done
        fi
        : >"$folder/begun"; mkdir -p "$control/multi-user.target.wants"
        ln -sfn "../$unit" "$control/multi-user.target.wants/$unit"; sync
        code=0
        "$kupgrade" resume "$@" --yes >>"$folder/output" 2>&1 </dev/null || code=$?
        echo "$code" >"$folder/ended.new"; sync "$folder/ended.new" 2>/dev/null || sync; mv "$folder/ended.new" "$folder/ended"
        settle
        end
            } >"$folder/go.sh"
            words=; for w; do words="$words $w"; done
            {
              printf '[Unit]\nDescription=kupgrade: %s\nAfter=network-online.target sshd.service\n[Service]\n' "$run"
              printf 'Environment=HOME=/root "PATH=%s"\n' "$PATH"
              printf 'ExecStart=/bin/sh %s/go.sh go%s\nExecStopPost=/bin/sh %s/go.sh after\n' "$folder" "$words" "$folder"
              printf 'KillSignal=SIGKILL\nTimeoutStopSec=10\n'
            } >"$control/$unit"
            flush "$folder/go.sh"; flush "$control/$unit"; systemctl daemon-reload; systemctl start --no-block "$unit" ;;
          begun) if [ -e "$folder/begun" ]; then echo yes; else echo no; fi ;;
          # $3: the first line that is wanted
          standing)
            if [ -e "$folder/ended" ]; then cat "$folder/ended"
            # One that is to go on after a boot has not been started yet.
            elif busy || { [ -e "$control/multi-user.target.wants/$unit" ] && [ "$(cut -d. -f1 /proc/uptime)" -lt 300 ]; }; then
              echo running
            else echo 1; fi
            tail -n "+$3" "$folder/output" 2>/dev/null | head -n 400 | sed 's/^$/ /' ;;
        esac
        """#
}
