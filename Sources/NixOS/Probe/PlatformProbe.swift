/// The part of the probe that asks what a host stands on. `$shown` holds what systemd says of the units.
enum PlatformProbe {
    static let script = #"""
        section cgroup; stat -f -c %T /sys/fs/cgroup 2>/dev/null
        section loaders
        for d in /boot /efi /boot/efi; do
          [ -d "$d/loader/entries" ] && echo systemd-boot
          [ -e "$d/grub/grub.cfg" ] && echo grub
          [ -e "$d/extlinux/extlinux.conf" ] && echo extlinux
        done
        section mounts
        for d in / /boot /nix /var/lib /var/lib/etcd /var/lib/kubernetes /var/lib/cfssl /var/lib/nixos /etc/ssh; do [ -d "$d" ] && echo "$d"; done |
          xargs df --output=file,fstype,source 2>/dev/null | tail -n +2
        section layers; lsblk -nro NAME,KNAME,TYPE,PKNAME 2>/dev/null
        section tpm
        for d in $(lsblk -nrpo NAME,FSTYPE 2>/dev/null | while read -r n t; do [ "$t" = crypto_LUKS ] && echo "$n"; done); do
          cryptsetup luksDump "$d" 2>/dev/null | grep -q systemd-tpm2 && echo "${d##*/}"
        done
        section zfs; zfs get -H -o name,value keylocation 2>/dev/null | grep -w prompt
        section timers; systemctl list-timers --no-pager -o json 2>/dev/null
        section containerd
        file=$(printf '%s\n' "$shown" | grep -oE 'argv\[\]=[^ ]*/containerd [^;]*' | grep -oE -- '--config[= ][^ ;]+' | head -n 1)
        file=${file#--config?}; [ -r "$file" ] && grep -E '^ *sandbox(_image)? *=' "$file" | head -n 1
        section kubelet-config
        file=$(printf '%s\n' "$shown" | grep -oE 'argv\[\]=[^ ]*/kubelet [^;]*' | grep -oE -- '--config[= ][^ ;]+' | head -n 1)
        file=${file#--config?}; [ -r "$file" ] && head -c 262144 "$file"
        section plugins; for f in /opt/cni/bin/*; do [ -e "$f" ] && printf '%s %s\n' "$f" "$(readlink "$f")"; done
        section networks; ls /etc/cni/net.d 2>/dev/null
        section revision; /run/current-system/sw/bin/nixos-version --json 2>/dev/null
        section tailscale; command -v tailscale >/dev/null && timeout 3 tailscale status --json --peers=false 2>/dev/null | grep -E '"KeyExpiry"'
        section graphics; ls /dev 2>/dev/null | grep -E '^(nvidia[0-9]+|kfd)$'; ls /dev/dri 2>/dev/null | grep renderD
        section boot-time
        systemctl show -p FirmwareTimestampMonotonic -p UserspaceTimestampMonotonic -p FinishTimestampMonotonic \
          -p Virtualization 2>/dev/null
        section images; stat -L -c %s /run/current-system/kernel /run/current-system/initrd 2>/dev/null

        """#
}
