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

    /// Takes it away again, where it was not begun.
    public func withdraw() async throws {
        try await script.run(["withdraw", run])
        try await HostScript(session, SystemScript.text).run(["unkeep", run])
    }

    public func start(_ options: [String]) async throws { try await script.run(["start", run] + options) }

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
            shift
            if said=$(alone kupgrade resume "$@" --check 2>&1 </dev/null); then echo ok; else echo no; echo "$said" | tail -n 20; fi ;;
          withdraw)
            [ ! -f "$base/run.lock" ] || [ "$(cut -d' ' -f1 <"$base/run.lock")" != "$run" ] || fail "$run was begun"
            rm -rf "$folder" ;;
          start)
            shift
            rm -f "$folder/ended"
            {
              printf 'run=%s; folder=%s; control=%s; unit=%s\n' "$run" "$folder" "$control" "$unit"
              cat <<'end'
        i=0
        # After a boot the others are waited for.
        if [ -e "$folder/begun" ]; then
          until kupgrade resume "$@" --check >/dev/null 2>&1 || [ $i -ge 60 ]; do i=$((i + 1)); sleep 10; done
        fi
        : >"$folder/begun"; code=0
        kupgrade resume "$@" --yes >>"$folder/output" 2>&1 </dev/null || code=$?
        echo "$code" >"$folder/ended.new"; sync "$folder/ended.new" 2>/dev/null || sync; mv "$folder/ended.new" "$folder/ended"
        rm -f "$control/$unit" "$control/multi-user.target.wants/$unit"; systemctl daemon-reload
        end
            } >"$folder/go.sh"
            words=; for w; do words="$words '$w'"; done
            mkdir -p "$control/multi-user.target.wants"
            {
              printf '[Unit]\nDescription=kupgrade: %s\nAfter=network-online.target sshd.service\n[Service]\n' "$run"
              printf 'Environment=HOME=/root "PATH=%s"\n' "$PATH"
              printf 'ExecStart=/bin/sh %s/go.sh%s\nKillSignal=SIGKILL\nTimeoutStopSec=10\n' "$folder" "$words"
            } >"$control/$unit"
            ln -sfn "../$unit" "$control/multi-user.target.wants/$unit"
            flush "$folder/go.sh"; flush "$control/$unit"; sync; systemctl daemon-reload; systemctl start "$unit" ;;
          # $3: the first line that is wanted
          standing)
            if [ -e "$folder/ended" ]; then cat "$folder/ended"
            elif busy || [ -e "$control/$unit" ]; then echo running
            else echo 1; fi
            tail -n "+$3" "$folder/output" 2>/dev/null | head -n 400 ;;
        esac
        """#
}
