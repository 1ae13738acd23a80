/// What a host does beside Kubernetes, noted before its system is changed and looked for afterwards.
///
/// Services that ran must run again, unless the new system has no such unit or its own condition keeps it from starting.
/// Jobs, transient units and what a socket or a timer begins may have ended by themselves. Ollama must answer where it did,
/// and a model that was on the GPU is loaded again and must be there again (`/api/ps`, `size_vram`: Ollama, docs/api.md).
enum HostServicesScript {
    static let text = #"""
        verb=$1 folder=$base/runs/$2 id=$3; noted=$folder/$id.services
        running() {
          units=$(systemctl list-units --type=service --state=running --plain --no-legend | awk '{print $1}' |
            grep -vE '^(kupgrade-|user@|getty@|serial-getty@|console-getty|session-|sshd@|systemd-|container-)' || true)
          [ -n "$units" ] || return 0
          # shellcheck disable=SC2086
          systemctl show -p Id -p Type -p Transient -p TriggeredBy $units |
            awk 'BEGIN {RS = ""} !/Type=oneshot/ && !/Transient=yes/ && !/TriggeredBy=[^\n]/ {
              match($0, /Id=[^\n]*/); print "runs " substr($0, RSTART + 3, RLENGTH - 3)}'
        }
        # Where Ollama answers on this host, whatever it is bound to.
        ollama() {
          at=$(systemctl show -p Environment --value ollama.service 2>/dev/null | tr ' ' '\n' |
            sed -n 's#^"*OLLAMA_HOST=\([a-z]*://\)*\([^"/]*\).*#\2#p')
          case $at in *:*) ;; *) at=$at:11434 ;; esac
          case $at in :*|0.0.0.0:*|'[::]':*) at=127.0.0.1:${at##*:} ;; esac
          curl -sf --max-time "${2:-5}" ${3:+-d "$3"} "http://$at$1" 2>/dev/null
        }
        # Models of which a part is on a GPU.
        loaded() {
          ollama /api/ps | tr -d ' \n' | sed 's/{"name":/\n&/g' |
            sed -n 's/^{"name":"\([^"]*\)".*"size_vram":[1-9].*/\1/p' || true
        }
        # The unit's own program is what runs, and not the one of before. NixOS wraps some: only the package is compared.
        stale() {
          wanted=$(systemctl show -p ExecStart --value "$1" | sed -n 's/.*path=\([^ ;]*\).*/\1/p')
          real=$(readlink "/proc/$(systemctl show -p MainPID --value "$1")/exe" 2>/dev/null || true)
          name=${wanted##*/}
          case ${real##*/} in "$name"|".$name-wrapped") [ "${real%/bin/*}" != "${wanted%/bin/*}" ] ;; *) false ;; esac
        }
        case $verb in
          note)
            if [ -e "$noted" ]; then exit 0; fi
            mkdir -p "$folder"
            {
              running
              for d in /dev/nvidia0 /dev/kfd; do if [ -e "$d" ]; then echo "device $d"; fi; done
              if ollama /api/version >/dev/null; then echo "answers ollama"; loaded | sed 's/^/gpu /'; fi
            } >"$noted.new"
            flush "$noted.new"; mv "$noted.new" "$noted"; flush "$folder" ;;
          noted) if [ -e "$noted" ]; then echo yes; else echo no; fi ;;
          missing)
            [ -e "$noted" ] || exit 0
            bad=
            while read -r kind what; do
              case $kind in
                runs)
                  state=$(systemctl show -p LoadState -p ActiveState -p ConditionResult "$what" | sed 's/.*=//' | tr '\n' ' ')
                  # In the order of systemd: whether it is there, what it does, whether its conditions hold.
                  case $state in
                    not-found*|masked*|*' no '|*' active '*) ;;
                    *) echo "$what ran before, and is $(systemctl show -p ActiveState --value "$what")"; bad=1 ;;
                  esac ;;
                device) [ -e "$what" ] || { echo "$what was there before, and is not"; bad=1; } ;;
                answers)
                  case $(systemctl show -p LoadState --value ollama.service) in not-found|masked) continue ;; esac
                  ollama /api/version >/dev/null || { echo "Ollama answered before, and does not"; bad=1; } ;;
                gpu)
                  if [ -n "$bad" ] || [ -e "$folder/$id.gpu" ]; then continue; fi
                  ollama /api/generate 100 "{\"model\":\"$what\",\"stream\":false}" >/dev/null || true
                  loaded | grep -qxF "$what" || { echo "Ollama had $what on the GPU, and has not"; bad=1; } ;;
              esac
            done <"$noted"
            if [ -z "$bad" ] && grep -q '^gpu ' "$noted"; then : >"$folder/$id.gpu"; fi
            for u in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy; do
              if stale "$u.service"; then echo "$u.service still runs the program of before"; fi
            done ;;
        esac
        """#
}
