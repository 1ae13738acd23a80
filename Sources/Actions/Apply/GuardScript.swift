/// The guard on a host: when nobody disarms it in time and nobody who drives the run can reach the host, it asks the host
/// itself whether it is still part of the cluster, and brings the old system back where it is not.
///
/// What it asks is what held when it was armed: the default route, other nodes by each of their addresses, the kubelet's
/// own lease. An operator whose link died is no broken node: then the new system stays, uncommitted, and waits for
/// `resume`. Where the new apiserver was ever ready the old one must not start over what it wrote: etcd and what writes to
/// it are held first, so that the network comes back and no old program writes.
///
/// Whether it was ever ready is noted by a witness that is there from before the activation, through boots, until the guard
/// is forgotten; in doubt it was.
enum GuardScript {
    static let text = #"""
        verb=$1; g=$base/guard; PATH=$PATH:/run/wrappers/bin; unit=kupgrade-guard
        profile=/nix/var/nix/profiles/system
        busy() { case $(systemctl show -p ActiveState --value "$1" 2>/dev/null || true) in
          active|activating|deactivating|reloading) true ;; *) false ;; esac; }
        reach() { ping -c 1 -W 2 "$1" >/dev/null 2>&1 || timeout 3 bash -c ": </dev/tcp/$1/22" 2>/dev/null; }
        route() { ip route show default 2>/dev/null | grep -q .; }
        # $1: url, $2: authority, $3: certificate, $4: key
        lease() {
          at=$(curl -s --max-time 5 --cacert "$2" --cert "$3" --key "$4" "$1" 2>/dev/null |
            sed -n 's/.*"renewTime": *"\([^"]*\)".*/\1/p' || true)
          [ -n "$at" ] && [ $(( $(date +%s) - $(date -d "$at" +%s) )) -lt 60 ]
        }
        # Answers requests, whatever it says of itself: one check of many that fails keeps nobody from writing. Only one that
        # has no etcd cannot. $1: address:port, $2: certificate or -, $3: key
        answers() {
          said=
          if [ "$2" != - ]; then said=$(curl -sk --max-time 3 --cert "$2" --key "$3" -w '\n%{http_code}' "https://$1/readyz" 2>/dev/null || true); fi
          # Its kubelet's certificate may be gone with the old system.
          case $said in ""|*000) said=$(curl -sk --max-time 3 -w '\n%{http_code}' "https://$1/readyz" 2>/dev/null || true) ;; esac
          case $said in ""|*000) return 1 ;; *"[-]etcd failed"*) return 1 ;; esac
        }
        # Where it listens now: the new system may have moved it. $1: address:port of before
        place() {
          port=$(systemctl show -p ExecStart --value kube-apiserver.service 2>/dev/null | grep -o -- '--secure-port=[0-9]*' | head -n 1 | cut -d= -f2 || true)
          echo "${1%:*}:${port:-${1##*:}}"
        }
        isnew() { [ "$(readlink -f /run/current-system)" != "$(sed -n 's/^old=//p' "$g/armed" "$g/was" 2>/dev/null | head -n 1)" ]; }
        # The minor of etcd's program, as its unit has it now; nothing where there is none.
        etcdminor() {
          program=$(systemctl show -p ExecStart --value etcd.service 2>/dev/null | sed -n 's/.*path=\([^ ;]*\).*/\1/p' | head -n 1)
          [ -z "$program" ] || "$program" --version 2>/dev/null | sed -n 's/^etcd Version: \([0-9]*\.[0-9]*\).*/\1/p'
        }
        # etcd itself is another: what it makes of its data the old one cannot read, whatever the apiserver does.
        migrates() { [ -s "$g/etcdminor" ] && [ "$(etcdminor)" != "$(cat "$g/etcdminor")" ]; }
        # At work now, under another system than the one of before. A host with etcd alone has a member that writes.
        serves() {
          [ -e "$g/server" ] || return 1
          read -r address certificate key <"$g/server"
          isnew || return 1
          if migrates && [ "$(systemctl show -p ActiveState --value etcd.service)" = active ]; then return 0; fi
          if [ "$address" = etcd ]; then [ "$(systemctl show -p ActiveState --value etcd.service)" = active ]
          else answers "$(place "$address")" "$certificate" "$key"; fi
        }
        # Where nobody watched, in doubt it was.
        wasserved() {
          [ -e "$g/served" ] || serves ||
            { [ -e "$g/server" ] && [ -e "$g/was" ] && isnew && ! busy $unit-witness.service; }
        }
        # The apiserver of the kubelet is on another host and takes no connections: its silence says nothing of this one.
        elsewhere() {
          server=$(sed -n 's/^lease //p' "$g/held" | head -n 1 | sed -e 's|^https://||' -e 's|/.*||')
          [ "$(systemctl show -p LoadState --value kube-apiserver.service)" != loaded ] || return 1
          case $server in *]:*|[!\[]*:*) port=${server##*:}; server=${server%:*} ;; *) port=443 ;; esac
          server=${server#\[}; server=${server%\]}
          ! timeout 5 bash -c ": </dev/tcp/$server/$port" 2>/dev/null
        }
        # Somebody is at work on the run; a clock that was set back says nothing.
        driven() {
          [ -f "$base/run.lock" ] || return 1
          age=$(($(date +%s) - $(stat -c %Y "$base/run.lock")))
          [ $age -lt 75 ] && [ $age -gt -75 ]
        }
        # Best effort: a full disk must not keep anything from being done. $1: verdict
        judged() { echo "$1" >"$g/verdict.new" 2>/dev/null && mv "$g/verdict.new" "$g/verdict" 2>/dev/null || true; sync; }
        # What of the network held when it was armed and does not now. One other node that answers by all its addresses is enough.
        cutoff() {
          bad=; peers= lost=
          while read -r kind a b c; do
            case $kind in
              route) route || bad="$bad no default route;" ;;
              peer)
                case " $peers " in *" $a "*) ;; *) peers="$peers $a" ;; esac
                reach "$b" || lost="$lost !$a" ;;
            esac
          done <"$g/held"
          if [ -n "$peers" ]; then
            any=
            for p in $peers; do case " $lost " in *" !$p "*) ;; *) any=1 ;; esac; done
            [ -n "$any" ] || bad="$bad no other node answers by every address;"
          fi
        }
        # No units of ours are left for the next boot. $1: witness too
        settle() {
          rm -f "$control/$unit.service" "$control/$unit.timer" "$control/timers.target.wants/$unit.timer"
          if [ "${1:-}" = all ]; then
            rm -f "$control/$unit-witness.service" "$control/multi-user.target.wants/$unit-witness.service"
          fi
          rmdir "$control/timers.target.wants" "$control/multi-user.target.wants" 2>/dev/null || true
          systemctl daemon-reload
        }
        # One that decides now is let end: it is about the system.
        await() {
          i=0
          while busy $unit.service; do i=$((i + 1)); [ $i -lt 1200 ] || fail "the guard does not end"; sleep 0.5; done
        }
        case $verb in
          # $2: run, $3: seconds, $4: active system, $5: its generation or 0, $6: default system, $7: this script,
          # $8: transient or persistent, $9: needed where an apiserver must be watched; lines: what to ask.
          arm)
            # What waits for the run to fall silent ends where it is not armed any more.
            systemctl stop $unit.timer 2>/dev/null || true; rm -f "$g/armed"; await
            systemctl reset-failed $unit.service $unit-witness.service 2>/dev/null || true
            settle
            case $8,$control in persistent,/run/*) fail "/etc cannot be written here: nothing would guard the boot" ;; esac
            mkdir -p "$g"
            # Armed again in the same run: what was seen of the new apiserver is still so.
            if [ "$(sed -n 's/^run=//p' "$g/was" 2>/dev/null)" != "$2" ]; then
              systemctl stop $unit-witness.service 2>/dev/null || true; lift; rm -rf "$g"; mkdir -p "$g"
            fi
            rm -f "$g/verdict" "$g/armed"
            cat >"$g/wanted"
            # Armed again in the same run, what held at first is what has to hold: it may be lost by now.
            if [ -e "$g/was" ] && [ -e "$g/held" ]; then known=1; else known=; if route; then echo route >"$g/held"; else : >"$g/held"; fi; fi
            rm -f "$g/server"
            while read -r kind a b c d; do
              case $kind in
                peer) if [ -z "$known" ] && reach "$b"; then echo "peer $a $b" >>"$g/held"; fi ;;
                # $a: the kubelet's kubeconfig, $b: its node
                kubelet)
                  [ -z "$known" ] || continue
                  c="$(field "$a" server)/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/$b"
                  d="$(field "$a" certificate-authority) $(field "$a" client-certificate) $(field "$a" client-key)"
                  # shellcheck disable=SC2086
                  if lease "$c" $d; then echo "lease $c $d" >>"$g/held"; fi ;;
                server) [ "$9" != needed ] || echo "$a $b $c" >"$g/server" ;;
              esac
            done <"$g/wanted"
            [ -e "$g/etcdminor" ] && [ -n "$known" ] || etcdminor >"$g/etcdminor"
            if [ "$9" = needed ] && [ ! -e "$g/server" ]; then fail "nobody can tell whether the new apiserver writes here"; fi
            printf '%s' "$7" >"$g/guard.sh"
            echo "$8" >"$g/kind"
            if [ -e "$g/server" ] && ! busy $unit-witness.service; then
              mkdir -p "$control/multi-user.target.wants"
              printf '[Service]\nExecStart=/bin/sh %s/guard.sh witness\nRestart=always\nRestartSec=1\n' "$g" >"$control/$unit-witness.service"
              ln -sfn "../$unit-witness.service" "$control/multi-user.target.wants/$unit-witness.service"
            fi
            if [ "$8" = persistent ]; then
              mkdir -p "$control/timers.target.wants"
              printf '[Service]\nType=oneshot\nExecStart=/bin/sh %s/guard.sh fire\n' "$g" >"$control/$unit.service"
              # Counted from now, and anew from each boot.
              printf '[Timer]\nOnActiveSec=%s\nAccuracySec=1s\n' "$3" >"$control/$unit.timer"
              ln -sfn "../$unit.timer" "$control/timers.target.wants/$unit.timer"
            fi
            printf 'run=%s\nold=%s\ngeneration=%s\nstandard=%s\n' "$2" "$4" "$5" "$6" >"$g/armed.new"
            mv "$g/armed.new" "$g/armed"; cp "$g/armed" "$g/was"; sync; systemctl daemon-reload
            [ ! -e "$g/server" ] || systemctl start $unit-witness.service
            if [ "$8" = persistent ]; then systemctl start $unit.timer
            else
              systemd-run --quiet --collect --on-active="$3" --timer-property=AccuracySec=1s --unit=$unit -- \
                /bin/sh "$g/guard.sh" fire
            fi
            wc -l <"$g/held" ;;
          # $2: run
          armed)
            if [ "$(sed -n 's/^run=//p' "$g/armed" 2>/dev/null)" = "$2" ] && [ ! -e "$g/verdict" ] && busy $unit.timer &&
              { [ ! -e "$g/server" ] || busy $unit-witness.service; }; then echo yes; else echo no; fi ;;
          witness)
            while [ -e "$g/was" ] && [ ! -e "$g/served" ]; do
              if serves; then : >"$g/served"; flush "$g/served"; flush "$g"; fi
              sleep 0.5
            done
            # Nothing is left to see; the unit restarts for ever otherwise.
            while [ -e "$g/was" ]; do sleep 5; done ;;
          fire)
            [ -e "$g/armed" ] && [ ! -e "$g/verdict" ] || exit 0
            . "$g/armed"
            export NIXOS_NO_CHECK=1
            # Whoever drives the run reaches this host: that is answer enough, and the decision is theirs.
            while [ -e "$g/armed" ] && driven; do sleep 5; done
            [ -e "$g/armed" ] || exit 0
            served=; [ ! -e "$g/served" ] || served=1
            # Not `:`, which ends a shell where its redirection fails.
            if serves; then served=1; true >"$g/served" 2>/dev/null || true; flush "$g" || true; fi
            cutoff
            # Where the new apiserver serves, a kubelet alone is no reason to stop it.
            if [ -z "$served" ] && grep -q '^lease ' "$g/held"; then
              # shellcheck disable=SC2046
              set -- $(sed -n 's/^lease //p' "$g/held" | head -n 1)
              lease "$@" || { sleep 15; lease "$@"; } || elsewhere || bad="$bad the kubelet does not report;"
            fi
            if [ -z "$bad" ]; then judged stayed; exit 0; fi
            # An activation that hangs would keep the lock that the way back needs.
            for u in $(systemctl list-units --plain --no-legend "kupgrade-$run-*" 2>/dev/null | awk '{print $1}'); do
              systemctl kill --signal=KILL "$u" 2>/dev/null || true; systemctl stop "$u" 2>/dev/null || true
            done
            said=
            if [ -n "$served" ]; then
              units="etcd.service kube-apiserver.service kube-controller-manager.service kube-scheduler.service"
              mkdir -p "$base/holds" || true
              for u in $units; do
                true >"$base/holds/$u" 2>/dev/null || true
                mkdir -p "$control/$u.d" && printf '[Unit]\nConditionPathExists=!%s/holds/%s\n' "$base" "$u" \
                  >"$control/$u.d/50-kupgrade-hold.conf" || true
              done
              { echo "$units" >"$g/heldunits"; } 2>/dev/null || true; sync; systemctl daemon-reload || true
              # A full disk holds nothing: then no old program may start.
              for u in $units; do
                if ! [ -s "$control/$u.d/50-kupgrade-hold.conf" ] || ! [ -e "$base/holds/$u" ]; then
                  for x in $units; do rm -f "$base/holds/$x" "$control/$x.d/50-kupgrade-hold.conf"; done
                  rm -f "$g/heldunits"; systemctl daemon-reload || true
                  judged "stayed:$bad $u cannot be held"; exit 0
                fi
              done
              # shellcheck disable=SC2086
              systemctl stop $units || true
              said=" etcd is held;"
            fi
            if [ "$(readlink -f "$profile")" != "$standard" ]; then
              nix-env -p "$profile" --set "$standard" || true
              "$standard/bin/switch-to-configuration" boot || true
            fi
            if [ "$(cat "$g/kind")" = persistent ] && [ "$(readlink -f /run/booted-system)" != "$old" ]; then
              rm -f /boot/efivars/LoaderEntryOneShot 2>/dev/null || true
              judged "back:$bad$said"
              systemctl reboot; exit 0
            fi
            i=0
            while :; do
              code=0; "$old/bin/switch-to-configuration" test || code=$?
              case $code in 0|2|4) break ;; esac
              i=$((i + 1)); [ $i -lt 20 ] || break
              sleep 15
            done
            [ "$(readlink -f /run/current-system)" = "$old" ] || said="$said and the old system could not be activated ($code);"
            judged "back:$bad$said" ;;
          # Whether what the old system must not read was ever written here. $2: run, $3: stage
          served)
            if grep -qxF -e "$3" "$base/runs/$2/served" 2>/dev/null || wasserved; then echo yes; else echo no; fi ;;
          # What would write what the old system must not read.
          writer)
            if migrates || [ "$(cut -d' ' -f1 <"$g/server" 2>/dev/null)" = etcd ] || [ -e "$base/parked/etcd.service" ] ||
              [ "$(systemctl show -p LoadState --value kube-apiserver.service)" != loaded ]; then echo etcd.service
            else echo kube-apiserver.service; fi ;;
          # What of the network is not as it was when it was armed; nothing where it is not armed.
          network) if [ -e "$g/held" ]; then cutoff; printf '%s' "$bad" | sed 's/;/\n/g' | sed 's/^ *//'; fi ;;
          verdict) if [ -e "$g/verdict" ]; then cat "$g/verdict"; fi ;;
          disarm)
            systemctl stop $unit.timer 2>/dev/null || true; rm -f "$g/armed"; await
            if [ -e "$g/verdict" ] && ! grep -q '^stayed' "$g/verdict"; then fail "the guard brought the old system $(cat "$g/verdict")"; fi
            settle; flush "$g" ;;
          # What it noted is not needed any more, but that there was no way back. $2: run, $3: stage, $4: keep what it holds
          forget)
            if [ -d "$base/runs/$2" ] && wasserved && ! grep -qxF -e "$3" "$base/runs/$2/served" 2>/dev/null; then
              echo "$3" >>"$base/runs/$2/served"; flush "$base/runs/$2/served"; flush "$base/runs/$2"
            fi
            systemctl stop $unit.timer 2>/dev/null || true; rm -f "$g/armed"; await
            systemctl stop $unit-witness.service 2>/dev/null || true
            settle all
            if [ "${4:-}" != keep ]; then lift
            elif [ -s "$g/heldunits" ]; then
              tr ' ' '\n' <"$g/heldunits" | sed '/^$/d' >"$kept.new"; mv "$kept.new" "$kept"; flush "$kept"; flush "$base"
            fi
            rm -rf "$g" ;;
        esac
        """#
}
