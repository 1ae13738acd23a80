# Shared by the parts. Each part fills one folder of the cache and is whole or absent: it is made beside its place and
# moved there when it is finished.
CACHE=${KUPGRADE_LAB_CACHE:-$HOME/.cache/kupgrade-lab}
export DEBIAN_FRONTEND=noninteractive

# Installs Debian packages that are missing; starts none of their services (a part wants programs, not daemons).
install_packages() {
  local missing=()
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  apt-get update -qq
  local policy=/usr/sbin/policy-rc.d ours=no
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    ours=yes
  fi
  local result=0
  apt-get install -y -qq --no-install-recommends "${missing[@]}" || result=$?
  [ "$ours" = no ] || rm -f "$policy"
  return "$result"
}

# The machine's own Debian sources, for another release or for source packages, in lists of their own: the machine's
# lists and release stay as they are. Usage: own_apt FOLDER RELEASE TYPE, then "${OWN_APT[@]}" after apt-get.
own_apt() {
  local folder=$1 release=$2 type=$3 file
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/parts"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    # Other people's repositories have no such release.
    grep -qE 'debian-archive-keyring|deb(ian)?\.org' "$file" || continue
    sed -E -e "s/bookworm/$release/g" -e "s/^Types:.*/Types: $type/" -e "s/^deb(-src)? /$type /" "$file" \
      >"$folder/parts/${file##*/}"
  done
  [ ! -f "$folder/parts/sources.list" ] || mv "$folder/parts/sources.list" "$folder/parts/main.list"
  OWN_APT=(-o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o Dir::Etc::SourceList=/dev/null
    -o "Dir::Etc::SourceParts=$folder/parts" -o APT::Sandbox::User=root -qq)
  apt-get "${OWN_APT[@]}" update
}
