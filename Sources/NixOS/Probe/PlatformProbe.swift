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
        df --output=file,fstype,source / /boot /nix /var/lib /var/lib/etcd /var/lib/kubernetes /var/lib/cfssl /var/lib/nixos /etc/ssh 2>/dev/null | tail -n +2
        section layers
        layers=$(lsblk -nro NAME,KNAME,TYPE,PKNAME 2>/dev/null); printf '%s\n' "$layers"
        section tpm
        case $layers in *" crypt"*)
          lsblk -nrpo KNAME,FSTYPE 2>/dev/null | while read -r name kind; do
            [ "$kind" = crypto_LUKS ] && cryptsetup luksDump "$name" 2>/dev/null | grep -qE 'systemd-tpm2|clevis' && echo "${name##*/}"
          done ;;
        esac
        section zfs; command -v zfs >/dev/null && zfs get -H -o name,value keylocation 2>/dev/null | grep -w prompt
        # What garbage collection is told to delete: in the script that its unit starts.
        script() { sed -nE 's/^ExecStart=[-@:+!]*([^ ]+).*/\1/p' "/etc/systemd/system/$1" 2>/dev/null | head -n 1; }
        section gc; file=$(script nix-gc.service); [ ! -r "$file" ] || grep -m 1 -e nix-collect-garbage "$file"
        section nh; file=$(script nh-clean.service); [ ! -r "$file" ] || grep -m 1 -E 'nh +clean +all' "$file"
        section timers; systemctl list-timers --no-pager -o json 2>/dev/null
        # The value of --config in the command line of a program.
        config() { printf '%s\n' "$shown" | sed -nE '/^ExecStart=.*argv\[\]=[^ ]*\/'"$1"' [^;]*--config[= ]([^ ;]+).*/{s//\1/p;q;}'; }
        section containerd
        file=$(config containerd); [ -r "$file" ] && grep -E -m 1 '^ *sandbox(_image)? *=' "$file"
        section kubelet-config
        file=$(config kubelet); [ -r "$file" ] && head -c 262144 "$file"
        section plugins; find /opt/cni/bin/ -mindepth 1 -maxdepth 1 ! -xtype l -printf '%p %l\n' 2>/dev/null
        # Whether what runs before the kubelet empties that folder; a script that cannot be read is unknown.
        section wipes
        [ ! -d /opt/cni/bin ] || for script in $(sed -nE 's/^ExecStartPre=[-@:+!]*([^ ]+).*/\1/p' \
            /etc/systemd/system/kubelet.service /etc/systemd/system/kubelet.service.d/*.conf 2>/dev/null); do
          if [ ! -r "$script" ]; then echo unknown; elif grep -qE 'rm .*/opt/cni/bin' "$script"; then echo yes; else echo no; fi
        done
        section networks; for f in /etc/cni/net.d/*; do [ -e "$f" ] && echo "${f##*/}"; done
        section revision; /run/current-system/sw/bin/nixos-version --json 2>/dev/null
        section tailscale; command -v tailscale >/dev/null && timeout 3 tailscale status --json --peers=false 2>/dev/null | grep -E '"KeyExpiry"'
        section graphics
        graphics=$(for f in /dev/nvidia[0-9]* /dev/kfd /dev/dri/renderD*; do [ -e "$f" ] && echo "${f##*/}"; done)
        printf '%s\n' "$graphics"
        # The control groups of the processes that have one of them open.
        section graphics-users
        [ -z "$graphics" ] ||
          find /proc/[0-9]*/fd -maxdepth 1 \( -lname '/dev/nvidia[0-9]*' -o -lname /dev/kfd -o -lname '/dev/dri/renderD*' \) 2>/dev/null |
            cut -d/ -f3 | sort -u | while read -r pid; do grep -h -E '^(0:|1:name=systemd)' "/proc/$pid/cgroup" 2>/dev/null; done
        # The system that each boot loader starts unless told otherwise; nothing where its default is no name of an entry.
        section boot-default
        for d in /boot /efi /boot/efi; do
          if [ -d "$d/loader/entries" ]; then
            entry=$(tail -c +5 /sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f 2>/dev/null | tr -d '\0')
            [ -n "$entry" ] || entry=$(awk '$1 == "default" {print $2; exit}' "$d/loader/loader.conf" 2>/dev/null)
            [ -z "$entry" ] || grep -h -m 1 -oE ' init=/nix/store/[^ ]+' "$d/loader/entries/$entry" 2>/dev/null
          fi
          if grep -qE '^ *set default="?0"?$' "$d/grub/grub.cfg" 2>/dev/null; then
            grep -m 1 -oE ' init=/nix/store/[^ ]+' "$d/grub/grub.cfg"
          fi
          if [ -e "$d/extlinux/extlinux.conf" ]; then
            entry=$(awk '$1 == "DEFAULT" {print $2; exit}' "$d/extlinux/extlinux.conf")
            awk -v entry="$entry" '$1 == "LABEL" {on = $2 == entry} on && $1 == "APPEND"' "$d/extlinux/extlinux.conf" |
              grep -m 1 -oE ' init=/nix/store/[^ ]+'
          fi
        done
        # When folders of the root were born, and on which device each is: a root that each boot makes anew is younger
        # than the boot, on a host whose generations are older.
        section births; grep -m 1 '^btime ' /proc/stat
        stat -L -c '%W %Y %d %n' / /etc /var/lib /var/lib/etcd /var/lib/kubernetes /var/lib/cfssl /var/lib/nixos 2>/dev/null
        stat -c '%W %Y %d %n' /nix/var/nix/profiles/system-*-link 2>/dev/null
        section boot-time
        systemctl show -p FirmwareTimestampMonotonic -p UserspaceTimestampMonotonic -p FinishTimestampMonotonic \
          -p Virtualization 2>/dev/null
        section images; stat -L -c %s /run/current-system/kernel /run/current-system/initrd 2>/dev/null

        """#
}
