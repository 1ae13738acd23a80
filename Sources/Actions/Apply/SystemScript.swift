/// NixOS systems on a host: kept from collection, activated in a unit of their own, made the default, taken back.
///
/// An activation outlives the connection that started it: it runs in a transient unit, and leaves its exit code in a file
/// that is on the disk before anybody can read it. `switch-to-configuration test` leaves the boot default alone, so that
/// a power cut is a way back; where the new system will write what the old one must not read, the default comes first.
enum SystemScript {
    static let text = #"""
        verb=$1 run=$2; shift 2; folder=$base/runs/$run; profile=/nix/var/nix/profiles/system
        roots=/nix/var/nix/gcroots/kupgrade
        # For `kupgrade guard` in the system's own checks: it is this run that switches.
        export KUPGRADE_RUN="$run"
        unit() { echo "kupgrade-$run-$1.service"; }
        busy() { case $(systemctl show -p ActiveState --value "$(unit "$1")" 2>/dev/null) in
          active|activating|deactivating|reloading) true ;; *) false ;; esac; }
        generation() { readlink "$profile" | sed -n 's/^system-\([0-9]*\)-link$/\1/p'; }
        # Units that failed, or that start again and again.
        troubled() {
          { systemctl list-units --all --plain --no-legend --state=failed 2>/dev/null | awk '{print $1}'
            systemctl list-units --all --plain --no-legend --state=activating 2>/dev/null |
              awk '$4 == "auto-restart" {print $1}'
          } | grep -v '^kupgrade-' | sort -u || true
        }
        # $1: id, $2: toplevel, $3: verb of switch-to-configuration
        begin() {
          mkdir -p "$folder"; rm -f "$folder/$1.rc"
          systemctl reset-failed "$(unit "$1")" 2>/dev/null || true
          systemd-run --no-block --collect --quiet --unit="$(unit "$1")" --service-type=oneshot \
            -E "KUPGRADE_RUN=$run" -E "NIXOS_NO_CHECK=${NIXOS_NO_CHECK:-0}" -- /bin/sh -c '
            PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
            "$1/bin/switch-to-configuration" "$2" >"$3.log" 2>&1; code=$?
            echo "$code" >"$3.rc.new"; sync "$3.rc.new" "$3.log" 2>/dev/null || sync; mv "$3.rc.new" "$3.rc"; sync "$4" 2>/dev/null || sync
            ' sh "$2" "$3" "$folder/$1" "$folder"
        }
        # The boot partition with systemd-boot's entries of generations, where that is the loader; empty elsewhere.
        loader() {
          for d in /boot /efi /boot/efi; do
            if ls "$d"/loader/entries/nixos-generation-*.conf >/dev/null 2>&1; then echo "$d"; return; fi
          done
        }
        default() {
          [ "$(readlink -f "$profile")" = "$1" ] || nix-env -p "$profile" --set "$1" >&2
          "$1/bin/switch-to-configuration" boot >&2
          [ "$(readlink -f "$profile")" = "$1" ] || fail "the profile does not lead to $1"
          # A full /boot is no error for some boot loaders (nixpkgs 189966).
          d=$(loader)
          if [ -n "$d" ] && ! grep -rqs "init=$1/init" "$d/loader/entries"; then fail "$d has no entry for $1: is it full?"; fi
          if [ -z "$d" ] && [ -f /boot/grub/grub.cfg ] && ! grep -qs "$1/init" /boot/grub/grub.cfg; then
            fail "/boot/grub/grub.cfg has no entry for $1: is /boot full?"
          fi
          flush "$profile"; sync
        }
        # The loader's entry of a system.
        entry() { grep -ls "init=$1/init" "$(loader)"/loader/entries/*.conf 2>/dev/null | tail -n 1 | sed 's#.*/##'; }
        # Boots $1 until somebody says otherwise, whatever the configured default is.
        pin() {
          e=$(entry "$1"); [ -n "$e" ] || fail "/boot has no entry for $1"
          : >"$folder/pinned"; flush "$folder/pinned"; bootctl set-default "$e" >&2
        }
        # Only what was pinned here is let go.
        unpin() { if [ -e "$folder/pinned" ]; then bootctl set-default "" >&2; rm -f "$folder/pinned"; fi; }
        # A default that was chosen in the loader's own menu wins over the configured one.
        override() {
          ls /sys/firmware/efi/efivars/LoaderEntryDefault-* /boot/efivars/LoaderEntryDefault >/dev/null 2>&1
        }
        case $verb in
          valid) if nix-store --check-validity "$1" 2>/dev/null; then echo yes; else echo no; fi ;;
          # What is there now: the active system, the default one, its number, this boot.
          look)
            readlink -f /run/current-system; readlink -f "$profile"; generation | grep . || echo 0
            cat /proc/sys/kernel/random/boot_id ;;
          keep)
            mkdir -p "$roots"
            for path in "$@" "$(readlink -f /run/current-system)" "$(readlink -f "$profile")"; do
              [ -e "$path" ] || fail "$path is not there"
              ln -sfn "$path" "$roots/$run-${path##*/}"
            done
            flush "$roots" ;;
          kept) for path; do [ "$(readlink "$roots/$run-${path##*/}")" = "$path" ] || { echo no; exit 0; }; done; echo yes ;;
          unkeep) rm -f "$roots/$run-"* ;;
          # Refuses what the new system's own checks refuse (nixpkgs' system.preSwitchChecks), where it has any.
          check)
            [ -x "$1/bin/switch-to-configuration" ] || fail "$1 has no bin/switch-to-configuration"
            # $2: yes where it is the next one here, and switched to without a boot. Its checks are in the wrapper since 25.05.
            if [ "$2" = yes ] && grep -qs PRE_SWITCH_CHECK "$1/bin/switch-to-configuration"; then
              "$1/bin/switch-to-configuration" check >&2
            fi ;;
          # $1: id, $2: toplevel, $3: before or atCommit
          activate)
            mkdir -p "$folder"
            if busy "$1"; then exit 0; fi
            [ -e "$folder/$1.troubled" ] || { troubled >"$folder/$1.troubled.new"; mv "$folder/$1.troubled.new" "$folder/$1.troubled"; }
            if [ "$3" = before ]; then
              if override; then bootctl set-default "" >&2; rm -f "$folder/pinned"; fi
              default "$2"
            fi
            # $4: back where the run goes to an older system, which its checks would refuse.
            if [ "${4:-}" = back ]; then export NIXOS_NO_CHECK=1; else liftkept; fi
            lift
            begin "$1" "$2" test ;;
          # $1: id, $2: toplevel of before, $3: its number, or 0
          reactivate)
            if busy "$1"; then exit 0; fi
            export NIXOS_NO_CHECK=1; unpin
            if [ "$(readlink -f "$profile")" = "$4" ]; then :
            elif [ "$3" != 0 ] && [ "$(readlink -f "$profile-$3-link")" = "$4" ]; then nix-env -p "$profile" --switch-generation "$3" >&2
            else nix-env -p "$profile" --set "$4" >&2; fi
            # Also where the profile is right: an attempt may have been cut off in between.
            "$4/bin/switch-to-configuration" boot >&2; flush "$profile"
            begin "$1" "$2" test ;;
          # $1: id, $2: toplevel, $3: before or atCommit, $4: what is the default now
          reboot)
            mkdir -p "$folder"
            [ -e "$folder/$1.troubled" ] || { troubled >"$folder/$1.troubled.new"; mv "$folder/$1.troubled.new" "$folder/$1.troubled"; }
            if [ "$3" = atCommit ] && [ -n "$(loader)" ]; then
              # Entries for both; the old one stays the default, the new one is booted once.
              pin "$4"; default "$2"
              e=$(entry "$2"); [ -n "$e" ] || fail "/boot has no entry for $2: is it full?"
              bootctl set-oneshot "$e" >&2
            else
              if override; then bootctl set-default "" >&2; rm -f "$folder/pinned"; fi
              default "$2"
            fi
            liftkept; lift
            sync; systemd-run --quiet --collect --on-active=1 --timer-property=AccuracySec=100ms -- systemctl reboot ;;
          # $1: system of before, $2: its number or 0, $3: the default of before
          # $4: yes where the host must boot to get there.
          reboot-back)
            export NIXOS_NO_CHECK=1
            if [ -n "$(loader)" ]; then bootctl set-oneshot "" >&2 || true; fi
            unpin
            if [ "$2" != 0 ] && [ "$(readlink -f "$profile-$2-link")" = "$3" ]; then nix-env -p "$profile" --switch-generation "$2" >&2
            else nix-env -p "$profile" --set "$3" >&2; fi
            "$3/bin/switch-to-configuration" boot >&2
            sync
            [ "$4" != yes ] || systemd-run --quiet --collect --on-active=1 --timer-property=AccuracySec=100ms -- systemctl reboot ;;
          unpin) unpin ;;
          booted) readlink -f /run/booted-system; cat /proc/sys/kernel/random/boot_id ;;
          # running, `rc N`, or none where it was never begun or was cut off.
          result)
            if busy "$1"; then echo running; elif [ -e "$folder/$1.rc" ]; then echo "rc $(cat "$folder/$1.rc")"
            elif busy "$1"; then echo running; else echo none; fi ;;
          log) tail -n 20 "$folder/$1.log" 2>/dev/null || true ;;
          # Units that are in trouble now and were not when it was activated.
          trouble)
            troubled >"$folder/$1.now"
            comm -13 "$folder/$1.troubled" "$folder/$1.now" 2>/dev/null || cat "$folder/$1.now" ;;
          # Of earlier runs nothing has to be kept any more: this one has the lock, and its own way back.
          default)
            [ "$(readlink -f /run/current-system)" = "$1" ] || fail "$1 is not what runs here"
            default "$1"
            unpin
            for root in "$roots"/*; do
              case ${root##*/} in "$run"-*) ;; *) rm -f "$root" ;; esac
            done ;;
          # $1: number or 0, $2: path
          undefault)
            export NIXOS_NO_CHECK=1
            if [ "$1" != 0 ] && [ "$(readlink -f "$profile-$1-link")" = "$2" ]; then nix-env -p "$profile" --switch-generation "$1" >&2
            else nix-env -p "$profile" --set "$2" >&2; fi
            "$2/bin/switch-to-configuration" boot >&2; flush "$profile"; sync ;;
        esac
        """#
}
