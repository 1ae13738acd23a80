/// etcd's data: brought, made, put in place, and back.
enum DataScript {
    static let text = #"""
        verb=$1 data=$2 stage=$3; shift 3
        case $verb$stage in asidenone | unasidenone | "$verb$data"/.kupgrade-*) ;; *) fail "$stage is no folder of a run" ;; esac
        # Nothing is moved under a member that runs.
        idle() {
          case $(systemctl show -p ActiveState --value etcd.service 2>/dev/null) in
            active|activating|deactivating|reloading) fail "etcd runs: its data is not touched" ;;
          esac
          if [ -f "$data/member/snap/db" ] && ! flock --nonblock --shared "$data/member/snap/db" true; then
            fail "somebody has etcd's database open: it is not touched"
          fi
        }
        # What served for a while is nobody's to remove.
        spare() {
          if [ -e "$stage/served" ] && [ -e "$stage/data/member" ]; then
            mv -T "$stage/data/member" "$data/member.kupgrade-undone-${stage##*/.kupgrade-}"; flush "$data"
          fi
        }
        case $verb in
          open)
            [ -d "$data" ] || mkdir -p "$data"
            rm -rf "$stage"; mkdir "$stage"; flush "$data" ;;
          size) if [ -f "$stage/snapshot.db" ]; then stat -c %s "$stage/snapshot.db"; else echo 0; fi ;;
          append)
            [ "$(stat -c %s "$stage/snapshot.db" 2>/dev/null || echo 0)" = "$1" ] || fail "$stage is written by somebody else"
            cat >>"$stage/snapshot.db" ;;
          # DIGEST
          close)
            [ "$(sha256sum "$stage/snapshot.db" | cut -c 1-64)" = "$1" ] || { rm -rf "$stage"; fail "the snapshot did not arrive as it is in the archive"; }
            flush "$stage/snapshot.db"; echo "$1" >"$stage/snapshot.ok"; flush "$stage/snapshot.ok"; flush "$stage" ;;
          brought) if [ "$(cat "$stage/snapshot.ok" 2>/dev/null)" = "$1" ] || [ -e "$stage/data.ok" ]; then echo yes; else echo no; fi ;;
          # PROGRAMS OWNER, then the tool's own words.
          make)
            programs=$1 owner=$2; shift 2; rm -rf "$stage/data" "$stage/data.ok"
            if [ -x "$programs/etcdutl" ]; then tool=$programs/etcdutl; else tool=$programs/etcdctl; fi
            ETCDCTL_API=3 "$tool" snapshot restore "$stage/snapshot.db" --data-dir "$stage/data" "$@" >"$stage/log" 2>&1 ||
              fail "$(tail -n 1 "$stage/log")"
            [ -f "$stage/data/member/snap/db" ] || fail "$tool made no database"
            chown -R "$owner" "$stage/data"; chmod -R go= "$stage/data"
            # Made by this run: the unit's user must be able to enter it.
            if [ "$(stat -c %U "$data")" = root ]; then chown "$owner" "$data"; chmod 700 "$data"; fi
            sync -f "$stage" 2>/dev/null || sync
            : >"$stage/data.ok"; flush "$stage/data.ok"; flush "$stage" ;;
          made) if [ -e "$stage/data.ok" ]; then echo yes; else echo no; fi ;;
          unmake) spare; rm -rf "$stage/data" "$stage/data.ok" ;;
          # UNDO
          swapped)
            if [ -e "$stage/data.ok" ] && [ ! -e "$stage/data/member" ] && [ -e "$data/member" ]; then echo yes
            elif [ -e "$data/member" ] || [ -e "$data/$1" ]; then echo 1; else echo 0; fi ;;
          swap)
            [ -e "$stage/data.ok" ] || fail "there is no data to put in place"
            if [ -e "$stage/data/member" ]; then
              idle
              if [ -e "$data/member" ]; then
                [ ! -e "$data/$1" ] || fail "$data/$1 and $data/member are both there"
                mv -T "$data/member" "$data/$1"; flush "$data"
              fi
              mv -T "$stage/data/member" "$data/member"; flush "$stage/data"; flush "$data"
            fi ;;
          # UNDO HAD
          unswap)
            idle
            if [ "$data/member/snap/db" -nt "$stage/data.ok" ] && [ -e "$stage/data.ok" ] && [ ! -e "$stage/data/member" ]; then
              : >"$stage/served"; flush "$stage/served"
            fi
            if [ ! -e "$stage/data/member" ] && [ -e "$stage/data.ok" ] && [ -e "$data/member" ]; then
              mv -T "$data/member" "$stage/data/member"; flush "$data"
            fi
            if [ "$2" = 1 ] && [ -e "$data/$1" ]; then
              # An etcd that started in between, on nothing, made one of its own.
              if [ -e "$data/member" ]; then
                n=1; while [ -e "$data/member.kupgrade-stranger-$n" ]; do n=$((n + 1)); done
                mv -T "$data/member" "$data/member.kupgrade-stranger-$n"; flush "$data"
              fi
              mv -T "$data/$1" "$data/member"; flush "$data"
            fi
            [ "$2" != 1 ] || [ -e "$data/member" ] || fail "the data of before is neither $data/$1 nor $data/member" ;;
          # UNDO
          aside)
            if [ ! -e "$data/member" ]; then exit 0; fi
            idle
            [ ! -e "$data/$1" ] || fail "$data/$1 is there already"
            mv -T "$data/member" "$data/$1"; flush "$data" ;;
          unaside)
            if [ -e "$data/$1" ]; then
              idle
              # What is there now is nobody's by then, and kept all the same.
              if [ -e "$data/member" ]; then
                n=0; while [ -e "$data/member.kupgrade-stranger-$n" ]; do n=$((n + 1)); done
                mv -T "$data/member" "$data/member.kupgrade-stranger-$n"; flush "$data"
              fi
              mv -T "$data/$1" "$data/member"; flush "$data"
            fi ;;
          remove) spare; rm -rf "$stage"; flush "$data" ;;
        esac
        """#
}
