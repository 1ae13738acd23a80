/// A run's copies and its lock on a host: `/var/lib/kupgrade/runs/RUN` and `/var/lib/kupgrade/run.lock`.
///
/// A lock is one line, `RUN HOLDER`; its age is that of its last heartbeat. `driver` in the run's folder, `EPOCH NAME`, names
/// the process that goes on with it by the journal's length when it began: one of before that comes back writes nothing
/// more, and a node that was away hears of the new one by its first word. `beat` there is touched also before the lock is
/// taken, so that it can be told whether somebody is at work.
enum MirrorScript {
    static let text = #"""
        verb=$1 run=$2; lock=$base/run.lock; folder=$base/runs/$run
        mine() { [ -f "$lock" ] && [ "$(cut -d' ' -f1 <"$lock")" = "$run" ]; }
        # A run whose end is known here has nothing to lock any more.
        ended() { tail -n 1 "$base/runs/$1/journal.jsonl" 2>/dev/null | grep -q '"closed"'; }
        # A later process goes on with the run: whoever asks must not write here. $1: epoch, $2: name of who asks
        overtaken() {
          [ -s "$folder/driver" ] || return 1
          read -r epoch name <"$folder/driver" || return 1
          [ "$epoch" -gt "$1" ] || { [ "$epoch" = "$1" ] && [ "$name" != "$2" ]; }
        }
        # Best effort, as a disk may be full.
        claim() {
          [ -d "$folder" ] && [ "$(cat "$folder/driver" 2>/dev/null)" != "$1 $2" ] || return 0
          { echo "$1 $2" >"$folder/driver.new" && mv -f "$folder/driver.new" "$folder/driver" && flush "$folder"; } 2>/dev/null || true
        }
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
          # EPOCH NAME
          drive) folders; claim "$3" "$4"; true >"$folder/beat" || true ;;
          # SIZE EPOCH NAME
          append)
            file=$folder/journal.jsonl
            if overtaken "$4" "$5"; then echo other; exit 0; fi
            claim "$4" "$5"
            [ "$(stat -c %s "$file" 2>/dev/null)" = "$3" ] || { echo differs; exit 0; }
            cat >>"$file"; flush "$file"; if mine; then touch "$lock"; fi; echo ok ;;
          whole)
            if overtaken "$4" "$5"; then echo other; exit 0; fi
            folders; claim "$4" "$5"; cat >"$folder/journal.new"
            [ "$(stat -c %s "$folder/journal.new")" = "$3" ] || fail "the journal was cut off"
            flush "$folder/journal.new"
            mv -f "$folder/journal.new" "$folder/journal.jsonl"; flush "$folder"; if mine; then touch "$lock"; fi; echo ok ;;
          # EPOCH NAME; a journal that nobody can read is kept, and another takes its place.
          damaged)
            if overtaken "$3" "$4"; then echo other; exit 0; fi
            mv -f "$folder/journal.jsonl" "$folder/journal.damaged"; flush "$folder" ;;
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
          # EPOCH NAME
          beat)
            if overtaken "$3" "$4"; then echo other; exit 0; fi
            if mine; then touch "$lock"; echo ok; fi
            claim "$3" "$4"; [ ! -d "$folder" ] || touch "$folder/beat" || true ;;
          # How many seconds ago somebody was at work on the run. One that was only handed over has not begun.
          heard)
            newest=$(stat -c %Y "$folder/beat" 2>/dev/null || echo 0)
            if mine; then at=$(stat -c %Y "$lock"); [ "$at" -le "$newest" ] || newest=$at; fi
            [ "$newest" = 0 ] || echo $(($(date +%s) - newest)) ;;
        esac
        """#
}
