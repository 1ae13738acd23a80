/// Units that are held and stopped, and started again.
///
/// A unit is held by a file of its name in `/var/lib/kupgrade/holds` and a condition that it is not there: NixOS's
/// `/etc/systemd/system` is of the store, so it cannot be masked there, and drop-ins in `/etc/systemd/system.control`
/// survive a power cut. Hosts with kupgrade's module have the condition in the units themselves.
enum UnitScript {
    static let text = #"""
        verb=$1; shift; holds=$base/holds
        runs() { case $(systemctl show -p ActiveState --value "$1") in active|activating|reloading) true ;; *) false ;; esac; }
        hold() {
          mkdir -p "$holds"; changed=
          for u; do
            : >"$holds/$u"
            # Also where the unit has the condition by itself: another system's may not.
            if [ ! -e "$control/$u.d/50-kupgrade-hold.conf" ]; then
              mkdir -p "$control/$u.d"
              printf '[Unit]\nConditionPathExists=!%s/%s\n' "$holds" "$u" >"$control/$u.d/50-kupgrade-hold.conf"
              flush "$control/$u.d/50-kupgrade-hold.conf"; changed=1
            fi
          done
          flush "$holds"
          if [ -n "$changed" ]; then systemctl daemon-reload; fi
          # What kept everything of a rebuilt host from starting is replaced by a hold of each unit: with the last of them.
          case " $* " in *" etcd.service "*|*" kubelet.service "*) rm -f "$base/hold" ;; esac
        }
        # Of this boot: the clock may be set meanwhile.
        seconds() { cut -d. -f1 /proc/uptime; }
        # What does not end by itself within a while keeps nothing that would be lost.
        halt() {
          last=; first=
          for u; do if [ "$u" = etcd.service ]; then last=$u; else first="$first $u"; fi; done
          [ -z "$first" ] || systemctl stop --no-block $first
          begun=$(seconds)
          for u in $first; do
            while [ "$(systemctl show -p ActiveState --value "$u")" = deactivating ] || runs "$u"; do
              waited=$(($(seconds) - begun))
              if [ $waited -gt 15 ]; then systemctl kill --signal=KILL "$u" 2>/dev/null || true; fi
              # systemd itself gives up after 90 s, where it does not hear that a control group is empty.
              [ $waited -lt 120 ] || fail "$u does not stop: $(systemctl show -p SubState --value "$u")"
              sleep 0.2
            done
          done
          [ -z "$last" ] || systemctl stop "$last"
          for u; do if runs "$u"; then fail "$u does not stop"; fi; done
        }
        case $verb in
          look)
            active=; held=1
            for u; do
              if runs "$u"; then active="$active $u"; fi
              [ -e "$holds/$u" ] || held=0
            done
            hold=0; [ ! -e "$base/hold" ] || hold=1
            echo "$held"; echo "$hold$active" ;;
          halt) hold "$@"; halt "$@"; case $control in /run/*) echo volatile ;; esac ;;
          # Held and stopped for a while, with a note of what ran; an activation does not start it either.
          park)
            mkdir -p "$base/parked"
            # What is not there is nothing to hold.
            there=; for u; do if [ "$(systemctl show -p LoadState --value "$u")" = loaded ] || runs "$u"; then there="$there $u"; fi; done
            # shellcheck disable=SC2086
            set -- $there; [ $# -gt 0 ] || exit 0
            for u; do if runs "$u"; then : >"$base/parked/$u"; fi; done
            flush "$base/parked"; hold "$@"; halt "$@" ;;
          parked)
            for u; do
              [ "$(systemctl show -p LoadState --value "$u")" = loaded ] || runs "$u" || continue
              if [ ! -e "$holds/$u" ] || runs "$u"; then echo no; exit 0; fi
            done; echo yes ;;
          # What ran before runs again, and nothing else.
          unpark)
            ran=
            for u; do
              # What a guard holds is let go by whoever activates a system again, not here.
              if grep -qsw "$u" "$base/guard/heldunits" || grep -qsx "$u" "$kept"; then rm -f "$base/parked/$u"; continue; fi
              rm -f "$holds/$u" "$control/$u.d/50-kupgrade-hold.conf"; rmdir "$control/$u.d" 2>/dev/null || true
              if [ -e "$base/parked/$u" ]; then ran="$ran $u"; fi
            done
            rmdir "$holds" 2>/dev/null || true
            flush "$base"; systemctl daemon-reload
            for u in $ran; do
              systemctl reset-failed "$u" 2>/dev/null || true
              # The new system may not have it any more.
              if systemctl cat "$u" >/dev/null 2>&1; then systemctl start --no-block "$u"; fi
            done
            for u; do rm -f "$base/parked/$u"; done; rmdir "$base/parked" 2>/dev/null || true ;;
          unparked)
            for u; do if [ -e "$holds/$u" ] || [ -e "$base/parked/$u" ]; then echo no; exit 0; fi; done; echo yes ;;
          # $1: 1 where the host's own hold was there; rest: all units, then --, then those that ran.
          unhalt)
            hold=$1; shift; ran=; rest=
            if [ "$hold" = 1 ]; then : >"$base/hold"; flush "$base/hold"; flush "$base"; fi
            for u; do
              if [ "$u" = -- ]; then rest=1; elif [ -n "$rest" ]; then ran="$ran $u"
              elif grep -qsx "$u" "$kept"; then :
              else rm -f "$holds/$u" "$control/$u.d/50-kupgrade-hold.conf"; rmdir "$control/$u.d" 2>/dev/null || true; fi
            done
            [ ! -d "$holds" ] || flush "$holds"
            rmdir "$holds" 2>/dev/null || true
            flush "$base"; systemctl daemon-reload
            [ -z "$ran" ] || systemctl start --no-block $ran ;;
          start)
            for u; do rm -f "$holds/$u"; done
            drop "$@"
            [ ! -d "$holds" ] || flush "$holds"
            for u; do systemctl reset-failed "$u" 2>/dev/null || true; done
            systemctl start --no-block "$@" ;;
          # INITIAL-CLUSTER: its unit would begin a cluster of its own; what it says is not heard once it has data.
          join)
            mkdir -p "$control/etcd.service.d"
            printf '[Service]\nEnvironment="ETCD_INITIAL_CLUSTER_STATE=existing" "ETCD_INITIAL_CLUSTER=%s"\n' "$1" \
              >"$control/etcd.service.d/60-kupgrade-join.conf"
            flush "$control/etcd.service.d/60-kupgrade-join.conf"; systemctl daemon-reload
            rm -f "$holds/etcd.service"; drop etcd.service; systemctl reset-failed etcd.service 2>/dev/null || true
            systemctl start --no-block etcd.service ;;
          unjoin) rm -f "$control/etcd.service.d/60-kupgrade-join.conf"; systemctl daemon-reload ;;
          started)
            for u; do if [ -e "$holds/$u" ] || ! runs "$u"; then echo no; exit 0; fi; done; echo yes ;;
          # Everything of the module that is held is let go; nothing is started.
          free)
            for f in "$control"/*.d/50-kupgrade-hold.conf "$control"/etcd.service.d/60-kupgrade-join.conf \
              "$control"/kube-apiserver.service.d/55-kupgrade-shield.conf; do
              [ -e "$f" ] || continue; rm -f "$f"; rmdir "${f%/*}" 2>/dev/null || true
            done
            rm -rf "$holds"; rm -f "$base/hold" "$kept"; flush "$base"; systemctl daemon-reload ;;
        esac
        """#
}
