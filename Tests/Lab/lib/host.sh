# A host: a small Debian below, the shared store above it, its own files on top; booted by systemd in nspawn.

# etcd's number is dynamic on NixOS: a different one on each kind of host would be as good.
ETCD_UID=395

host_make() {
  local node=$1 folder=$STATE/hosts/$1 root
  root=$(root_of "$node")
  mkdir -p "$folder/upper" "$folder/work" "$root"
  mount -t overlay "kup-$(namespace "$node")" -o \
    "lowerdir=$(cat "$STATE/layer"):$(ls -d "$CACHE"/base/*/ | head -n 1),upperdir=$folder/upper,workdir=$folder/work" "$root"
  host_identity "$node" "$root"
  host_users "$root"
  host_ssh "$node" "$root"
  host_network_files "$node" "$root"
  host_generation "$node" "$root"
  mkdir -p "$root/var/lib/etcd" "$root/usr/share/lab-images" "$root/var/lib/lab-volumes/db"
  chown "$ETCD_UID:0" "$root/var/lib/etcd"
  chmod 700 "$root/var/lib/etcd"
  cp "$CACHE"/images/*.tar "$root/usr/share/lab-images/"
}

host_identity() {
  printf '%s' "$1$STATE$(cat "$STATE/hosts/$1/disks" 2>/dev/null || true)" | md5sum | cut -d' ' -f1 >"$2/etc/machine-id"
  echo "$1" >"$2/etc/hostname"
  mkdir -p "$2/var/log/journal"
  # Units of Debian that have nothing to do in such a host.
  mkdir -p "$2/usr/lib/systemd/system"
  local unit
  for unit in systemd-timesyncd getty@tty1 console-getty systemd-logind.service.d apt-daily.timer apt-daily-upgrade.timer \
    e2scrub_all.timer fstrim.timer dpkg-db-backup.timer nix-daemon.service nix-daemon.socket ssh.service \
    systemd-networkd systemd-resolved systemd-udevd.service systemd-udev-trigger.service; do
    case $unit in *.*) ;; *) unit=$unit.service ;; esac
    case $unit in *.d) continue ;; esac
    rm -f "$2/usr/lib/systemd/system/$unit"
    ln -s /dev/null "$2/usr/lib/systemd/system/$unit"
  done
}

host_users() {
  local root=$1
  cat >>"$root/etc/passwd" <<USERS
kubernetes:x:162:162::/var/lib/kubernetes:/usr/sbin/nologin
cfssl:x:299:299::/var/lib/cfssl:/usr/sbin/nologin
etcd:x:$ETCD_UID:$ETCD_UID::/var/lib/etcd:/usr/sbin/nologin
ops:x:1000:1000::/home/ops:/bin/bash
USERS
  printf 'kubernetes:x:162:\ncfssl:x:299:\netcd:x:%s:\nops:x:1000:\n' "$ETCD_UID" >>"$root/etc/group"
  printf 'ops:*:19000:0:99999:7:::\n' >>"$root/etc/shadow"
  mkdir -p "$root/home/ops/.ssh" "$root/var/lib/nixos"
  printf '{"etcd":%s}' "$ETCD_UID" >"$root/var/lib/nixos/uid-map"
}

host_ssh() {
  local node=$1 root=$2 home
  mkdir -p "$root/root/.ssh" "$root/etc/sudoers.d"
  for home in root home/ops; do
    cp "$STATE/id_ed25519.pub" "$root/$home/.ssh/authorized_keys"
    chmod 700 "$root/$home/.ssh"
    chmod 600 "$root/$home/.ssh/authorized_keys"
  done
  chown -R 1000:1000 "$root/home/ops"
  cp "$STATE/hosts/$node/ssh_host_ed25519_key" "$STATE/hosts/$node/ssh_host_ed25519_key.pub" "$root/etc/ssh/"
  chmod 600 "$root/etc/ssh/ssh_host_ed25519_key"
  cat >"$root/etc/ssh/sshd_config" <<SSHD
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
MaxSessions 50
MaxStartups 100
SetEnv PATH=/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
SSHD
  # One host asks for a password, as many people's do.
  if [ "$node" = limiting-factor ]; then
    echo 'ops ALL=(ALL) ALL'
  else
    echo 'ops ALL=(ALL) NOPASSWD: ALL'
  fi >"$root/etc/sudoers.d/ops"
  chmod 440 "$root/etc/sudoers.d/ops"
}

host_network_files() {
  local node=$1 root=$2 other
  {
    echo "127.0.0.1 localhost"
    ! is_master "$node" || echo "127.0.0.1 etcd.cluster.local etcd.local"
    for other in "${NODES[@]}"; do
      echo "$(tailnet "$other") $other $other.tailnet"
      echo "$(lan "$other") $other.lan"
    done
  } >"$root/etc/hosts"
  mkdir -p "$root/etc/cni/net.d"
  cat >"$root/etc/cni/net.d/11-flannel.conflist" <<CNI
{ "cniVersion": "0.4.0", "name": "mynet", "plugins": [
  { "type": "bridge", "bridge": "mynet", "isGateway": true, "ipMasq": false, "hairpinMode": true,
    "ipam": { "type": "host-local", "subnet": "10.1.$(number "$node").0/24", "routes": [ { "dst": "0.0.0.0/0" } ] } },
  { "type": "portmap", "capabilities": { "portMappings": true } } ] }
CNI
}

# Two generations in the profile, the newer one active: as after a rebuild. /boot has what the lab's loader reads.
host_generation() {
  local node=$1 root=$2 before today profiles=$2/nix/var/nix/profiles
  before=$(cat "$STATE/closures/$node.before")
  today=$(cat "$STATE/closures/$node.today")
  mkdir -p "$profiles" "$root/boot" "$root/nix/var/nix/gcroots"
  ln -sfn "$before" "$profiles/system-1-link"
  ln -sfn "$today" "$profiles/system-2-link"
  ln -sfn system-2-link "$profiles/system"
  "$LAB/programs/boot-entries" "$root" "$today"
  ln -sfn /nix/var/nix/profiles "$root/nix/var/nix/gcroots/profiles"
  rm -rf "$root/etc/systemd/system"
  ln -sfn /etc/static/systemd/system "$root/etc/systemd/system"
  mkdir -p "$root/etc/kubernetes"
  cat >"$root/usr/lib/systemd/system/lab-stage-2.service" <<UNIT
[Unit]
Description=What NixOS's stage 2 leaves behind
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'ln -sfn "\$(readlink /boot/booted)" /run/booted-system; ln -sfn "\$(readlink /boot/booted)" /run/current-system; mkdir -p /run/nixos /run/kubernetes; chown kubernetes:kubernetes /run/kubernetes'
UNIT
  mkdir -p "$root/usr/lib/systemd/system/sysinit.target.wants"
  ln -sfn ../lab-stage-2.service "$root/usr/lib/systemd/system/sysinit.target.wants/lab-stage-2.service"
}

# The loader: as systemd-boot it takes the entry for once, else the one that was set, else the configured one.
host_load() {
  local root system entry boot
  root=$(root_of "$1")
  boot=$root/boot
  entry=$(cat "$boot/efivars/LoaderEntryOneShot" 2>/dev/null || cat "$boot/efivars/LoaderEntryDefault" 2>/dev/null ||
    awk '$1 == "default" {print $2}' "$boot/loader/loader.conf")
  rm -f "$boot/efivars/LoaderEntryOneShot"
  system=$(sed -n 's#^options init=\(.*\)/init$#\1#p' "$boot/loader/entries/$entry")
  ln -sfn "$system" "$root/boot/booted"
  ln -sfn "$system/etc" "$root/etc/static"
  ! is_master "$1" || ln -sfn /etc/static/kubernetes/cluster-admin.kubeconfig "$root/etc/kubernetes/"
}

host_boot() {
  local node=$1 ns controller folder=$STATE/hosts/$1
  ns=$(namespace "$node")
  set_link "$node" all up
  host_routes "$node"
  host_load "$node"
  for controller in "${CONTROLLERS[@]}"; do mkdir -p "/sys/fs/cgroup/$controller/lab-$ns"; done
  # Each host's systemd gets a part of the hierarchy of its own: it makes its groups below the group it is started in.
  (
    echo "$BASHPID" >"/sys/fs/cgroup/systemd/lab-$ns/cgroup.procs"
    # A host outlives this command: what it would inherit of the caller's files must not stay open for ever.
    for descriptor in /proc/self/fd/*; do
      descriptor=${descriptor##*/}
      [ "$descriptor" -le 2 ] || [ ! -e "/proc/self/fd/$descriptor" ] || eval "exec $descriptor>&-"
    done
    export SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes
    # 133 is a reboot, and the loader looks again; anything else is the end of power.
    while :; do
      setsid systemd-nspawn --quiet --register=no --keep-unit -D "$(root_of "$node")" --machine="$node" \
        --network-namespace-path="/run/netns/kup-$ns" --capability=all --bind=/dev/kmsg --boot &
      nspawn=$!
      echo "$nspawn" >"$folder/nspawn.pid"
      code=0
      wait "$nspawn" || code=$?
      [ "$code" = 133 ] || break
      cgroup_clear "lab-$ns"
      for controller in "${CONTROLLERS[@]}"; do mkdir -p "/sys/fs/cgroup/$controller/lab-$ns"; done
      host_load "$node"
    done
  ) </dev/null >>"$STATE/log/$node" 2>&1 &
  wait_for 15 "the start of $node" host_init_pid "$node"
}

# host_init_pid NODE: the machine's number of the host's process 1.
host_init_pid() {
  local nspawn
  nspawn=$(cat "$STATE/hosts/$1/nspawn.pid" 2>/dev/null) && is_nspawn "$nspawn" && pgrep -o -P "$nspawn"
}

# A process id is ours only while it still is the nspawn that we started.
is_nspawn() { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = systemd-nspawn ]; }

host_runs() { host_init_pid "$1" >/dev/null; }

host_exec() {
  local node=$1 init
  shift
  init=$(host_init_pid "$node") || die "$node does not run"
  nsenter --target "$init" --mount --uts --ipc --net --pid --root --wd=/ -- /usr/bin/env -i \
    PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" "$@"
}

# No shutdown, no sync: as when somebody pulls the plug.
host_power_cut() {
  local node=$1 ns init nspawn
  ns=$(namespace "$node")
  nspawn=$(cat "$STATE/hosts/$node/nspawn.pid" 2>/dev/null || true)
  init=$(host_init_pid "$node" || true)
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  if [ -n "$nspawn" ] && is_nspawn "$nspawn"; then
    kill -KILL "$nspawn" 2>/dev/null || true
    wait_for 10 "the end of $node" host_is_gone "$nspawn"
  fi
  rm -f "$STATE/hosts/$node/nspawn.pid"
  cgroup_clear "lab-$ns"
  # Nobody answers for a host without power, not even with a refusal.
  set_link "$node" all down 2>/dev/null || true
}

host_is_gone() { ! kill -0 "$1" 2>/dev/null; }

# Groups of pods whose processes died with the host.
cgroup_clear() {
  local controller folder
  for controller in "${CONTROLLERS[@]}"; do
    folder=/sys/fs/cgroup/$controller/$1
    # The last of them may still be dying.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      [ -d "$folder" ] || break
      find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null || true
      [ ! -d "$folder" ] || sleep 0.5
    done
  done
}

# Every process of a host, its pods' too, by the machine's numbers.
host_processes() {
  local next
  next=$(host_init_pid "$1") || return 0
  while [ -n "$next" ]; do
    echo "$next"
    # shellcheck disable=SC2086
    next=$(pgrep -P "$(echo $next | tr ' ' ',')" | tr '\n' ' ' || true)
  done
}

host_remove() {
  local node=$1 root mountpoint
  host_power_cut "$node" || true
  root=$(root_of "$node")
  # Mounts that a host left below its root, deepest first.
  while read -r mountpoint; do umount -l "$mountpoint" 2>/dev/null || true; done \
    < <(awk -v r="$root" 'index($2, r) == 1 {print $2}' /proc/self/mounts | sort -r)
}
