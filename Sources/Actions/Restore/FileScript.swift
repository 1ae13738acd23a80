/// Files of an archive on a host: brought, put in place one by one, and back.
///
/// Standard input has a line for each, by tabs: number, path, owner, group, mode, what it is (`f`, `l`, `d`), digest or
/// what the link says.
enum FileScript {
    static let text = #"""
        verb=$1 folder=$2 set=$3; undo=$folder/undo-$set; tab=$(printf '\t')
        each() { while IFS=$tab read -r number path owner group mode kind said; do "$@"; done; }
        same() {
          case $kind in
            d) [ -d "$path" ] ;;
            l) [ -L "$path" ] && [ "$(readlink "$path")" = "$said" ] ;;
            f) [ -f "$path" ] && [ ! -L "$path" ] && [ "$(stat -c '%U:%G %a' "$path")" = "$owner:$group $mode" ] &&
               [ "$(sha256sum <"$path" | cut -c 1-64)" = "$said" ] ;;
          esac
        }
        check() { same || { echo "$path"; all=; }; }
        keep() {
          if [ -e "$undo/$number" ] || [ -L "$undo/$number" ] || [ -e "$undo/$number.none" ]; then return 0; fi
          if [ -e "$path" ] || [ -L "$path" ]; then
            if [ "$kind" = d ]; then : >"$undo/$number.folder"; return 0; fi
            cp -a --no-dereference "$path" "$undo/$number.new"; mv -T "$undo/$number.new" "$undo/$number"
          else : >"$undo/$number.none"; fi
        }
        place() {
          if same; then return 0; fi
          new=$path.kupgrade-new; rm -f "$new"
          case $kind in
            d) (umask 022; mkdir -p "$path"); chown "$owner:$group" "$path"; chmod "$mode" "$path"; return 0 ;;
            l) (umask 022; mkdir -p "${path%/*}"); ln -s "$said" "$new"; chown -h "$owner:$group" "$new" ;;
            f) (umask 022; mkdir -p "${path%/*}"); cp "$folder/files/$said" "$new"; chown "$owner:$group" "$new"; chmod "$mode" "$new"
               flush "$new" ;;
          esac
          mv -fT "$new" "$path"; flush "${path%/*}"
        }
        back() {
          if [ -e "$undo/$number.none" ]; then
            if [ "$kind" = d ]; then rmdir "$path" 2>/dev/null || true; else rm -f "$path"; fi
          elif [ -e "$undo/$number" ] || [ -L "$undo/$number" ]; then
            cp -a --no-dereference "$undo/$number" "$path.kupgrade-new"; mv -fT "$path.kupgrade-new" "$path"
          fi
        }
        # Where the host has no user of that name yet, its files cannot be anybody's.
        known() {
          id -u "$owner" >/dev/null 2>&1 || echo "$owner"
          grep -q "^$group:" /etc/group || getent group "$group" >/dev/null 2>&1 || echo "$group"
        }
        case $verb in
          # Input: a line "SIZE DIGEST" before the bytes of each; a file is found by its digest again.
          bring)
            rm -rf "$folder/files" "$folder/files.ok"; mkdir -p "$folder/files"
            while read -r size digest; do
              head -c "$size" >"$folder/files/$digest"
              [ "$(sha256sum <"$folder/files/$digest" | cut -c 1-64)" = "$digest" ] || fail "a file did not arrive as it is in the archive"
              flush "$folder/files/$digest"
            done
            : >"$folder/files.ok"; flush "$folder/files.ok"; flush "$folder" ;;
          brought) if [ -e "$folder/files.ok" ]; then echo yes; else echo no; fi ;;
          unbring) rm -rf "$folder/files" "$folder/files.ok" ;;
          look) each check ;;
          owners) each known | sort -u ;;
          # Input twice the same: the first pass keeps what is there, the second one replaces it.
          put)
            mkdir -p "$undo"; cat >"$folder/list-$set"
            each keep <"$folder/list-$set"; flush "$undo"; sync -f "$undo" 2>/dev/null || sync
            each place <"$folder/list-$set" ;;
          unput) if [ -d "$undo" ]; then tac | each back; sync -f /var/lib 2>/dev/null || sync; rm -rf "$undo"; fi ;;
          # Leaf certificates that are to be made anew: kept, and taken away. Paths by line.
          clear)
            mkdir -p "$undo"; n=0
            if [ -e "$undo/cleared" ]; then exit 0; fi
            while read -r path; do
              n=$((n + 1)); remove=1
              case $path in =*) path=${path#=} remove= ;; esac
              if [ ! -e "$undo/c$n" ] && [ ! -e "$undo/c$n.none" ]; then
                if [ -e "$path" ]; then cp -a "$path" "$undo/c$n.new"; mv "$undo/c$n.new" "$undo/c$n"
                else : >"$undo/c$n.none"; fi
                flush "$undo"
              fi
              [ -z "$remove" ] || rm -f "$path"
            done
            : >"$undo/cleared"; flush "$undo/cleared"; flush "$undo" ;;
          unclear)
            n=0
            while read -r path; do
              path=${path#=}; n=$((n + 1)); if [ -e "$undo/c$n" ]; then cp -a "$undo/c$n" "$path"
              elif [ -e "$undo/c$n.none" ]; then rm -f "$path"; fi
            done
            sync -f /var/lib 2>/dev/null || sync; rm -rf "$undo" ;;
          there) while read -r path; do [ -s "$path" ] || echo "$path"; done ;;
          done) : >"$undo/done"; flush "$undo" ;;
          isdone) if [ -e "$undo/done" ]; then echo yes; else echo no; fi ;;
          settle) rm -rf "$folder/files" "$folder/files.ok" "$folder"/list-*; rmdir "$folder" 2>/dev/null || true ;;
        esac
        """#
}
