/// The guard on a host: when nobody disarms it in time it asks the host itself whether it is still part of the cluster, and
/// brings the old system back where it is not.
///
/// What it asks is what held when it was armed: the default route, other nodes by each of their addresses, the kubelet's
/// own lease. An operator whose link died is no broken node: then the new system stays, uncommitted, and waits for
/// `resume`. Where the new apiserver was ever ready the old one must not start over what it wrote: etcd and what writes to
/// it are held first, so that the network comes back and no old program writes.
enum GuardScript {
    static let text = #"""
        verb=$1; g=$base/guard; PATH=$PATH:/run/wrappers/bin
        reach() { ping -c 1 -W 2 "$1" >/dev/null 2>&1 || timeout 3 bash -c ": </dev/tcp/$1/22" 2>/dev/null; }
        route() { ip route show default 2>/dev/null | grep -q .; }
        # $1: url, $2: authority, $3: certificate, $4: key
        lease() {
          at=$(curl -s --max-time 5 --cacert "$2" --cert "$3" --key "$4" "$1" 2>/dev/null |
            sed -n 's/.*"renewTime": *"\([^"]*\)".*/\1/p')
          [ -n "$at" ] && [ $(( $(date +%s) - $(date -d "$at" +%s) )) -lt 60 ]
        }
        # A path or URL of a kubeconfig, JSON or YAML. $1: file, $2: name
        field() { grep -oE "\"?$2\"? *: *\"?[^\",} ]+" "$1" | head -n 1 | sed 's/^[^:]*: *"*//'; }
        # Ready, by the apiserver's own word. $1: port, $2: authority, $3: certificate, $4: key
        ready() { [ "$(curl -s --max-time 3 --cacert "$2" --cert "$3" --key "$4" "https://127.0.0.1:$1/readyz" 2>/dev/null)" = ok ]; }
        unit=kupgrade-guard; control=/etc/systemd/system.control
        # Armed for a reboot: units that the next boot starts.
        settle() {
          for f in "$unit.service" "$unit.timer" "$unit-witness.service"; do rm -f "$control/$f"; done
          rm -f "$control/timers.target.wants/$unit.timer" "$control/multi-user.target.wants/$unit-witness.service"
          rmdir "$control/timers.target.wants" "$control/multi-user.target.wants" 2>/dev/null || true
          systemctl daemon-reload
        }
        case $verb in
          # $2: run, $3: seconds, $4: active system, $5: its generation or 0, $6: default system; lines: what to ask.
          arm)
            systemctl stop $unit.timer $unit-witness.service 2>/dev/null || true
            settle; rm -rf "$g"; mkdir -p "$g"
            printf 'run=%s\nold=%s\ngeneration=%s\nstandard=%s\n' "$2" "$4" "$5" "$6" >"$g/armed"
            cat >"$g/wanted"
            if route; then echo route >"$g/held"; else : >"$g/held"; fi
            while read -r kind a b c d; do
              case $kind in
                peer) if reach "$b"; then echo "peer $a $b" >>"$g/held"; fi ;;
                # $a: the kubelet's kubeconfig, $b: its node
                kubelet)
                  c="$(field "$a" server)/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/$b"
                  d="$(field "$a" certificate-authority) $(field "$a" client-certificate) $(field "$a" client-key)"
                  # shellcheck disable=SC2086
                  if lease "$c" $d; then echo "lease $c $d" >>"$g/held"; fi ;;
                server) echo "$a $b $c $d" >"$g/server" ;;
              esac
            done <"$g/wanted"
            printf '%s' "$7" >"$g/guard.sh"; flush "$g/guard.sh"; flush "$g"
            if [ "$8" = persistent ]; then
              echo boot >"$g/kind"
              mkdir -p "$control/timers.target.wants" "$control/multi-user.target.wants"
              printf '[Service]\nType=oneshot\nExecStart=/bin/sh %s/guard.sh fire\n' "$g" >"$control/$unit.service"
              # Counted from now, and anew from each boot.
              printf '[Timer]\nOnActiveSec=%s\nAccuracySec=1s\n' "$3" >"$control/$unit.timer"
              printf '[Service]\nExecStart=/bin/sh %s/guard.sh witness\n' "$g" >"$control/$unit-witness.service"
              ln -sfn "../$unit.timer" "$control/timers.target.wants/$unit.timer"
              [ ! -e "$g/server" ] || ln -sfn "../$unit-witness.service" "$control/multi-user.target.wants/$unit-witness.service"
              sync; systemctl daemon-reload
              systemctl start "$unit.timer"
              [ ! -e "$g/server" ] || systemctl start "$unit-witness.service"
            else
              systemd-run --quiet --collect --on-active="$3" --timer-property=AccuracySec=1s --unit=$unit -- \
                /bin/sh "$g/guard.sh" fire
              [ ! -e "$g/server" ] || systemd-run --quiet --collect --unit=$unit-witness -- /bin/sh "$g/guard.sh" witness
            fi
            wc -l <"$g/held" ;;
          armed) if [ -e "$g/armed" ] && systemctl -q is-active $unit.timer; then echo yes; else echo no; fi ;;
          # Notes that the apiserver of another program than the one of before was ready.
          witness)
            before=$(cat "$g/program" 2>/dev/null || true)
            while [ -e "$g/armed" ] && [ ! -e "$g/served" ]; do
              read -r port ca cert key <"$g/server"
              pid=$(systemctl show -p MainPID --value kube-apiserver.service)
              now=$(readlink "/proc/$pid/exe" 2>/dev/null || true)
              if [ -z "$before" ]; then before=$now; echo "$before" >"$g/program"; fi
              if [ -n "$now" ] && [ "$now" != "$before" ] && ready "$port" "$ca" "$cert" "$key"; then
                : >"$g/served"; flush "$g/served"; flush "$g"
              fi
              sleep 0.5
            done ;;
          fire)
            [ -e "$g/armed" ] && [ ! -e "$g/verdict" ] || exit 0
            . "$g/armed"
            bad=
            peers= good=
            while read -r kind a b c d; do
              case $kind in
                route) route || bad="$bad no default route;" ;;
                peer)
                  case " $peers " in *" $a "*) ;; *) peers="$peers $a" ;; esac
                  reach "$b" || good="$good !$a" ;;
                lease) lease "$a" "$b" "$c" "$d" || { sleep 15; lease "$a" "$b" "$c" "$d"; } || bad="$bad the kubelet does not report;" ;;
              esac
            done <"$g/held"
            if [ -n "$peers" ]; then
              any=
              for p in $peers; do case " $good " in *" !$p "*) ;; *) any=1 ;; esac; done
              [ -n "$any" ] || bad="$bad no other node answers by every address;"
            fi
            if [ -z "$bad" ]; then echo "stayed" >"$g/verdict.new"
            else
              if [ -e "$g/served" ]; then
                mkdir -p "$base/holds" /etc/systemd/system.control 2>/dev/null
                for u in etcd kube-apiserver kube-controller-manager kube-scheduler; do
                  : >"$base/holds/$u.service"
                  mkdir -p "/etc/systemd/system.control/$u.service.d"
                  printf '[Unit]\nConditionPathExists=!%s/holds/%s.service\n' "$base" "$u" \
                    >"/etc/systemd/system.control/$u.service.d/50-kupgrade-hold.conf"
                done
                sync; systemctl daemon-reload
                systemctl stop kube-apiserver.service kube-controller-manager.service kube-scheduler.service etcd.service || true
              fi
              if [ "$(readlink -f /nix/var/nix/profiles/system)" != "$standard" ]; then
                nix-env -p /nix/var/nix/profiles/system --set "$standard" && "$standard/bin/switch-to-configuration" boot
              fi
              echo "back:$bad$( [ ! -e "$g/served" ] || echo ' etcd is held;')" >"$g/verdict.new"
            fi
            mv "$g/verdict.new" "$g/verdict"; sync
            case $(cat "$g/verdict") in
              back*)
                if [ -e "$g/kind" ]; then
                  [ ! -d /boot/loader/entries ] || bootctl set-default "" || true
                  sync; systemctl reboot
                else "$old/bin/switch-to-configuration" test; fi ;;
            esac ;;
          # Whether the new apiserver was ever ready here.
          served) if [ -e "$g/served" ]; then echo yes; else echo no; fi ;;
          verdict) if [ -e "$g/verdict" ]; then cat "$g/verdict"; fi ;;
          disarm)
            systemctl stop $unit.timer $unit-witness.service 2>/dev/null || true
            # One that fires now is let end: it is about the system.
            i=0; while systemctl -q is-active $unit.service; do i=$((i + 1)); [ $i -lt 1200 ] || fail "the guard does not end"; sleep 0.5; done
            if [ -e "$g/verdict" ] && ! grep -q '^stayed' "$g/verdict"; then fail "the guard brought the old system $(cat "$g/verdict")"; fi
            settle; rm -f "$g/armed"; flush "$g" ;;
          # What it noted is not needed any more.
          forget)
            systemctl stop $unit.timer $unit-witness.service 2>/dev/null || true; settle; rm -rf "$g" ;;
        esac
        """#
}
