import NodeAccess
import RunEngine

/// Lets a cordoned node take pods again when nobody drives the run any more, as long as it was not activated.
///
/// The node does it by itself, with its kubelet's own credentials: a kubelet may change its own Node object (admission
/// plugin NodeRestriction, which keeps it from labels and taints only).
struct CordonWatch: Sendable {
    let run: String
    let sessions: [String: any NodeSession]

    /// Seconds without a sign of whoever drives the run.
    static let silence = 1_800

    private func script(_ node: String) throws -> HostScript {
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        return HostScript(session, CordonWatchScript.text)
    }

    /// Does nothing where the kubelet's kubeconfig is not known. `object`: the name of its Node object; `activation`: as
    /// ``HostServices`` notes it.
    func arm(_ node: String, object: String, kubeconfig: String?, activation: String?) async throws {
        guard let kubeconfig, let activation else { return }
        let words = [run, object, kubeconfig, activation, "\(Self.silence)", HostScript.head + CordonWatchScript.text]
        guard words.dropLast().allSatisfy({ !$0.contains { $0.isWhitespace || $0 == "'" } }) else { return }
        try await script(node).run(["arm"] + words)
    }

    /// When it let the node take pods again; `nil` where it did not, or where it was armed anew since.
    func lapsed(_ node: String) async throws -> String? { try await script(node).run(["lapsed"]).first }

    func disarm(_ node: String) async throws { try await script(node).run(["disarm"]) }

    /// Nothing of it is left.
    func forget(_ node: String) async throws { try await script(node).run(["forget"]) }
}

enum CordonWatchScript {
    static let text = #"""
        verb=$1 c=$base/cordon unit=kupgrade-cordon.service
        settle() {
          rm -f "$control/$unit" "$control/multi-user.target.wants/$unit"
          rmdir "$control/multi-user.target.wants" 2>/dev/null || true
          systemctl daemon-reload
        }
        object() {
          server=$(field "$kubeconfig" server)
          curl -sf --max-time 10 --cacert "$(field "$kubeconfig" certificate-authority)" \
            --cert "$(field "$kubeconfig" client-certificate)" --key "$(field "$kubeconfig" client-key)" \
            "$server/api/v1/nodes/$node" "$@" 2>/dev/null
        }
        # Whoever drives the run leaves a sign of it here again and again.
        silent() {
          [ -f "$base/run.lock" ] && [ $(( $(date +%s) - $(stat -c %Y "$base/run.lock") )) -gt "$silence" ] &&
            [ "$(cut -d . -f 1 /proc/uptime)" -gt 120 ]
        }
        case $verb in
          # $2: run, $3: Node object, $4: kubeconfig, $5: activation that ends it, $6: seconds, $7: this script
          arm)
            mkdir -p "$c" "$control/multi-user.target.wants"
            rm -f "$c/said"; printf '%s' "$7" >"$c/watch.sh"
            printf 'run=%s\nnode=%s\nkubeconfig=%s\nactivation=%s\nsilence=%s\n' "$2" "$3" "$4" "$5" "$6" >"$c/armed"
            flush "$c/armed"
            printf '[Service]\nExecStart=/bin/sh %s/watch.sh watch\nRestart=on-failure\nRestartSec=10\n' "$c" >"$control/$unit"
            ln -sfn "../$unit" "$control/multi-user.target.wants/$unit"
            flush "$control/$unit"; systemctl daemon-reload; systemctl restart $unit ;;
          watch)
            passes=0
            while [ -e "$c/armed" ]; do
              . "$c/armed"
              [ ! -e "$base/runs/$run/$activation.services" ] || exit 0
              # Three times: a clock that was set, or a host that slept, is silent until the next sign.
              if silent; then passes=$((passes + 1)); else passes=0; fi
              if [ $passes -ge 3 ]; then
                seen=$(object | tr -d ' \n') || seen=
                version=$(printf '%s' "$seen" | grep -o '"resourceVersion":"[0-9]*"' | head -n 1 || true)
                case $seen in
                  *"\"kupgrade/run\":\"$run\""*)
                    # Of this very version of it: whoever changes it meanwhile is heard.
                    if silent && [ -n "$version" ] && object -o /dev/null -X PATCH \
                      -H 'Content-Type: application/merge-patch+json' \
                      -d "{\"spec\":{\"unschedulable\":null},\"metadata\":{$version,\"annotations\":{\"kupgrade/run\":null}}}"; then
                      date -u +%Y-%m-%dT%H:%M:%SZ >"$c/said"; rm -f "$c/armed"; flush "$c"
                      echo "nobody has driven $run for $silence s: $node takes pods again"
                    fi ;;
                esac
              fi
              sleep 20
            done ;;
          lapsed) if [ -e "$c/said" ]; then cat "$c/said"; fi ;;
          disarm)
            [ -d "$c" ] || exit 0
            rm -f "$c/armed"; systemctl stop $unit 2>/dev/null || true; settle ;;
          forget)
            rm -f "$c/armed"; systemctl stop $unit 2>/dev/null || true; settle; rm -rf "$c" ;;
        esac
        """#
}
