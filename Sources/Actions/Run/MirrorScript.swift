/// A run's copies and its lock on a host: `/var/lib/kupgrade/runs/RUN` and `/var/lib/kupgrade/run.lock`.
///
/// A lock is one line, `RUN HOLDER`; its age is that of its last heartbeat. `driver` in the run's folder names the process
/// that goes on with it: another one that comes back writes nothing more. `beat` there is touched also before the lock is
/// taken, so that it can be told whether somebody is at work.
enum MirrorScript {
    static let text = #"""
        verb=$1 run=$2; lock=$base/run.lock; folder=$base/runs/$run
        mine() { [ -f "$lock" ] && [ "$(cut -d' ' -f1 <"$lock")" = "$run" ]; }
        # A run whose end is known here has nothing to lock any more.
        ended() { tail -n 1 "$base/runs/$1/journal.jsonl" 2>/dev/null | grep -q '"closed"'; }
        # Another process took the run over: whoever asks must not write here. $1: who asks
        overtaken() { [ -f "$folder/driver" ] && [ "$(cat "$folder/driver")" != "$1" ]; }
        folders() { mkdir -p "$folder"; flush "$base"; flush "$base/runs"; }
        # A rebuild that is not this run's.
        rebuild() {
          for c in /proc/[0-9]*/comm; do
            read -r name <"$c" 2>/dev/null || continue
            case $name in nixos-rebuild*|.nixos-rebuild*|switch-to-confi*|nixos-upgrade*|colmena|.colmena*|activate-rs) echo "$name"; return 0 ;; esac
          done
          switch=/run/nixos/switch-to-configuration.lock
          if [ -e $switch ] && command -v flock >/dev/null && ! flock --nonblock $switch true; then echo switch-to-configuration; fi
        }
        case $verb in
          # SIZE
          plan)
            folders; cat >"$folder/plan.json.new"
            # The connection may have ended in the middle.
            [ "$(stat -c %s "$folder/plan.json.new")" = "$3" ] || fail "the plan was cut off"
            if [ -e "$folder/plan.json" ] && ! cmp -s "$folder/plan.json" "$folder/plan.json.new"; then
              rm -f "$folder/plan.json.new"; fail "another run of this name is there"
            fi
            flush "$folder/plan.json.new"
            mv -f "$folder/plan.json.new" "$folder/plan.json"; flush "$folder" ;;
          # DRIVER
          drive) folders; echo "$3" >"$folder/driver.new"; mv -f "$folder/driver.new" "$folder/driver"; flush "$folder"; : >"$folder/beat" ;;
          # SIZE DRIVER
          append)
            file=$folder/journal.jsonl
            if overtaken "$4"; then echo other; exit 0; fi
            [ "$(stat -c %s "$file" 2>/dev/null)" = "$3" ] || { echo differs; exit 0; }
            cat >>"$file"; flush "$file"; if mine; then touch "$lock"; fi; echo ok ;;
          whole)
            if overtaken "$4"; then echo other; exit 0; fi
            folders; cat >"$folder/journal.new"
            [ "$(stat -c %s "$folder/journal.new")" = "$3" ] || fail "the journal was cut off"
            flush "$folder/journal.new"
            mv -f "$folder/journal.new" "$folder/journal.jsonl"; flush "$folder"; if mine; then touch "$lock"; fi; echo ok ;;
          # HOLDER
          lock)
            mkdir -p "$base"
            # Two that find an ended lock must not take each other's fresh one away.
            if command -v flock >/dev/null; then exec 8>"$base/run.lock.mutex"; flock 8; fi
            if mine; then touch "$lock"; echo ok; exit 0; fi
            if [ -f "$lock" ] && ended "$(cut -d' ' -f1 <"$lock")"; then rm -f "$lock"; fi
            if [ ! -e "$lock" ]; then
              busy=$(rebuild); if [ -n "$busy" ]; then echo "rebuild $busy"; exit 0; fi
            fi
            echo "$run $3" >"$lock.$run"; flush "$lock.$run"
            if ln "$lock.$run" "$lock" 2>/dev/null; then flush "$base"; echo ok; else cat "$lock"; fi
            rm -f "$lock.$run" ;;
          holds) if mine; then echo ok; else echo no; fi ;;
          unlock) if mine; then rm -f "$lock"; flush "$base"; fi ;;
          # DRIVER
          beat)
            if overtaken "$3"; then echo other; exit 0; fi
            [ ! -d "$folder" ] || : >"$folder/beat"
            if mine; then touch "$lock"; echo ok; fi ;;
          # How many seconds ago somebody was at work on the run.
          heard)
            newest=0
            for f in "$folder/beat" "$folder/journal.jsonl"; do
              at=$(stat -c %Y "$f" 2>/dev/null || echo 0); [ "$at" -le "$newest" ] || newest=$at
            done
            if mine; then at=$(stat -c %Y "$lock"); [ "$at" -le "$newest" ] || newest=$at; fi
            [ "$newest" = 0 ] || echo $(($(date +%s) - newest)) ;;
        esac
        """#
}
