/// What a host does beside Kubernetes, noted before its system is changed and looked for afterwards.
///
/// Services that ran must run again, unless the new system has no such unit or its own condition keeps it from starting.
/// Jobs, transient units, and what D-Bus, a socket, a timer or a person begins may have ended by themselves. Ollama must
/// answer where it did, and a model that was on the GPU is loaded again and must be there again (`/api/ps`, `size_vram`:
/// Ollama, docs/api.md). A kubelet whose unit says something else than before must have been started since.
enum HostServicesScript {
    static let text = #"""
        verb=$1 folder=$base/runs/$2 id=$3; noted=$folder/$id.services
        running() {
          units=$(systemctl list-units --type=service --state=running --plain --no-legend | awk '{print $1}' |
            grep -vE '^(kupgrade-|user@|getty@|serial-getty@|console-getty|session-|sshd@|systemd-|container-)' || true)
          [ -n "$units" ] || return 0
          # shellcheck disable=SC2086
          systemctl show -p Id -p Type -p Transient -p TriggeredBy -p WantedBy -p RequiredBy $units |
            awk 'BEGIN {RS = ""} !/Type=(oneshot|dbus)/ && !/Transient=yes/ && !/TriggeredBy=[^\n]/ && /(Wanted|Required)By=[^\n]/ {
              match($0, /Id=[^\n]*/); print "runs " substr($0, RSTART + 3, RLENGTH - 3)}'
        }
        # Where Ollama answers on this host, whatever it is bound to. $1: path, $2: seconds, $3: body
        ollama() {
          at=$(systemctl show -p Environment --value ollama.service 2>/dev/null | tr ' ' '\n' |
            sed -n 's#^"*OLLAMA_HOST=\([a-z]*://\)*\([^"/]*\).*#\2#p')
          case $at in *:*) ;; *) at=$at:11434 ;; esac
          case $at in :*|0.0.0.0:*|'[::]':*) at=127.0.0.1:${at##*:} ;; esac
          curl -sf --max-time "${2:-5}" ${3:+-d "$3"} "http://$at$1" 2>/dev/null
        }
        # Models of which a part is on a GPU.
        loaded() {
          { ollama /api/ps | tr -d ' \n'; echo; } | sed 's/{"name":/\n&/g' |
            sed -n 's/^{"name":"\([^"]*\)".*"size_vram":[1-9].*/\1/p' || true
        }
        # One that only embeds refuses to generate. What is refused altogether (HTTP error: 22) cannot be asked for.
        load() {
          code=0; ollama /api/generate 100 "{\"model\":\"$1\",\"stream\":false}" >/dev/null || code=$?
          [ $code = 22 ] || return 0
          code=0; ollama /api/embed 100 "{\"model\":\"$1\",\"input\":\"\"}" >/dev/null || code=$?
          [ $code != 22 ]
        }
        # The unit's own program is what runs, and not the one of before. NixOS links some (etcd) and wraps some: packages are
        # compared where the links end.
        stale() {
          wanted=$(systemctl show -p ExecStart --value "$1" | sed -n 's/.*path=\([^ ;]*\).*/\1/p')
          wanted=$(readlink -f "$wanted" || true)
          real=$(readlink "/proc/$(systemctl show -p MainPID --value "$1")/exe" 2>/dev/null || true)
          name=${wanted##*/}
          case ${real##*/} in "$name"|".$name-wrapped") [ "${real%/bin/*}" != "${wanted%/bin/*}" ] ;; *) false ;; esac
        }
        # What begins it with the host is there.
        wanted() {
          for w in $(systemctl show -p WantedBy -p RequiredBy --value "$1"); do
            if systemctl is-active --quiet "$w"; then return 0; fi
          done
          return 1
        }
        kubelet() { systemctl show -p InvocationID --value kubelet.service; }
        # What a system says that its kubelet is started with.
        order() { grep -hE '^(Exec|Environment)' "$1/etc/systemd/system/kubelet.service" 2>/dev/null | sort || true; }
        case $verb in
          note)
            if [ -e "$noted" ]; then exit 0; fi
            mkdir -p "$folder"
            {
              running
              echo "system $(readlink -f /run/current-system)"
              if systemctl is-active --quiet kubelet.service; then echo "kubelet $(kubelet)"; fi
              for d in /dev/nvidia0 /dev/kfd; do if [ -e "$d" ]; then echo "device $d"; fi; done
              if ollama /api/version >/dev/null; then echo "answers ollama"; loaded | sed 's/^/gpu /'; fi
              cat
            } >"$noted.new"
            flush "$noted.new"; mv "$noted.new" "$noted"; flush "$folder" ;;
          noted) if [ -e "$noted" ]; then echo yes; else echo no; fi ;;
          # Who reached it by which of its addresses.
          reached) sed -n 's/^reached //p' "$noted" 2>/dev/null || true ;;
          missing)
            [ -e "$noted" ] || exit 0
            bad=; system=
            while read -r kind what; do
              case $kind in
                system) system=$what ;;
                runs)
                  # In the order of systemd: what begins it, whether it is there, what it does, whether its conditions hold.
                  state=$(systemctl show -p LoadState -p ActiveState -p ConditionResult "$what" | sed 's/.*=//' | tr '\n' ' ')
                  asked=$(systemctl show -p ConditionTimestampMonotonic --value "$what")
                  begins=$(systemctl show -p TriggeredBy --value "$what")
                  case $state in
                    not-found*|masked*|*' active '*) ;;
                    *' no '*) if [ "${asked:-0}" = 0 ] && wanted "$what"; then echo "$what ran before, and was not started"; bad=1; fi ;;
                    *) [ -n "$begins" ] || { echo "$what ran before, and is $(systemctl show -p ActiveState --value "$what")"; bad=1; } ;;
                  esac ;;
                kubelet)
                  if [ "$what" = "$(kubelet)" ] && [ "$(order "$system")" != "$(order /run/current-system)" ]; then
                    echo "kubelet.service was not started since its unit changed"; bad=1
                  fi ;;
                device) [ -e "$what" ] || { echo "$what was there before, and is not"; bad=1; } ;;
                answers)
                  case $(systemctl show -p LoadState --value ollama.service) in not-found|masked) continue ;; esac
                  ollama /api/version >/dev/null || { echo "Ollama answered before, and does not"; bad=1; } ;;
                gpu)
                  if [ -n "$bad" ] || [ -e "$folder/$id.gpu" ]; then continue; fi
                  if load "$what"; then
                    loaded | grep -qxF "$what" || { echo "Ollama had $what on the GPU, and has not"; bad=1; }
                  fi ;;
              esac
            done <"$noted"
            if [ -z "$bad" ] && grep -q '^gpu ' "$noted"; then : >"$folder/$id.gpu"; fi
            for u in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy; do
              if stale "$u.service"; then echo "$u.service still runs the program of before"; fi
            done ;;
        esac
        """#
}
