public import NodeAccess

/// Everything that is asked of a host, in one round trip: a shell script that prints sections, and their text.
///
/// The script needs only what NixOS always has (coreutils, systemd, iproute2, OpenSSH). It changes nothing, and what it
/// prints holds no secret: of a private key it prints the public half, of a kubeconfig the server's address.
public enum HostProbe {
    /// The text of each section by its name, such as `kernel` or `certificate /var/lib/kubernetes/secrets/etcd.pem`.
    public typealias Sections = [String: String]

    /// Asks `session`. `known`: programs whose version, closures whose content, and key files (by ``HostReport/File/identity``)
    /// whose public half is known already; none can change, and they are not asked for again.
    ///
    /// Throws ``NodeAccessError``. A section that the host could not fill is empty or missing: no error.
    public static func run(
        on session: any NodeSession, known: [String], deadline: Duration = .seconds(30)
    ) async throws -> Sections {
        var generator = SystemRandomNumberGenerator()
        let mark = "section-" + String(generator.next(), radix: 36)
        let result = try await session.run(
            .script(
                script,
                arguments: [
                    mark, HostUnits.kubernetes.joined(separator: " "), HostUnits.host.joined(separator: " "),
                    adminKubeconfigs.joined(separator: " "),
                ] + known,
                deadline: deadline))
        return sections(of: result.outputText, mark: mark)
    }

    /// Where NixOS and people put an admin's kubeconfig on a master.
    public static let adminKubeconfigs = [
        "/etc/kubernetes/cluster-admin.kubeconfig", "/etc/kubernetes/admin.conf", "/root/.kube/config",
    ]

    /// Splits the output at the lines that start with `mark`, which the host cannot know before.
    static func sections(of output: String, mark: String) -> Sections {
        var sections: Sections = [:]
        var name: String?
        var lines: [Substring] = []
        func close() {
            guard let name else { return }
            while lines.last?.isEmpty == true { lines.removeLast() }
            sections[name] = lines.joined(separator: "\n")
        }
        for line in output.byteLines(keepingEmpty: true) {
            if line.hasPrefix(mark + " ") {
                close()
                name = String(line.dropFirst(mark.count + 1))
                lines = []
            } else {
                lines.append(line)
            }
        }
        close()
        return sections
    }

    private static let script =
        gather + ClosureProbe.function + units + PlatformProbe.script + versions + closures + pki

    /// `$1`: the mark; `$2`: units that are asked for where they have a file or systemd has them in memory; `$3`: those for
    /// which it must have them in memory, since looking for units that are nowhere is what takes time; `$4`: where an
    /// admin's kubeconfig may be; rest: what is known.
    private static let gather = #"""
        mark=$1; units=$2; others=$3; admins=$4; shift 4
        PATH=$PATH:/run/current-system/sw/bin:/run/wrappers/bin:/usr/sbin:/usr/bin:/sbin:/bin
        export PATH LC_ALL=C SYSTEMD_COLORS=0 SYSTEMD_PAGER=
        section() { printf '\n%s %s\n' "$mark" "$*"; }
        # Every program that is started costs a millisecond, so the shell reads by itself what has one line.
        first() { line=; read -r line 2>/dev/null <"$1"; printf '%s\n' "$line"; }
        section clock; date +%s%3N
        section uptime; first /proc/uptime
        section hostname; first /proc/sys/kernel/hostname
        section machine-id; first /etc/machine-id; machine=$line
        section boot-id; first /proc/sys/kernel/random/boot_id
        section kernel; first /proc/sys/kernel/osrelease
        section nixos-version; first /run/current-system/nixos-version
        section links
        links() {
          for l; do [ -e "$l" ] && set -- "$@" "$l"; shift; done
          [ $# -eq 0 ] || readlink -f -- "$@" | while read -r to; do printf '%s %s\n' "$1" "$to"; shift; done
        }
        links /run/current-system /run/booted-system /nix/var/nix/profiles/system /nix/var/nix/profiles/system-*-link \
          /run/current-system/kernel /run/booted-system/kernel /run/booted-system/kernel-modules \
          /run/booted-system/initrd /run/booted-system/systemd
        section profile; readlink /nix/var/nix/profiles/system 2>/dev/null
        section memory
        while read -r name size unit; do
          case $name in MemTotal:|MemAvailable:) echo "$name $size $unit" ;; SwapTotal:) break ;; esac
        done </proc/meminfo
        section disks; stat -f -c '%n %S %b %a' / /boot /efi /boot/efi /nix /nix/store /var/lib /var/lib/etcd 2>/dev/null
        section interfaces; ip -o addr show 2>/dev/null
        section listed
        listed=$(systemctl list-units --all --plain --no-legend --no-pager 2>/dev/null)
        printf '%s\n' "$listed"
        section rebuilders
        for c in /proc/[0-9]*/comm; do
          read -r name <"$c" 2>/dev/null || continue
          case $name in nixos-rebuild*|.nixos-rebuild*|switch-to-confi*|nixos-upgrade*|colmena|.colmena*|deploy|activate-rs) echo "process $name" ;; esac
        done
        section run
        if read -r run _ 2>/dev/null </var/lib/kupgrade/run.lock; then
          tail -n 1 "/var/lib/kupgrade/runs/$run/journal.jsonl" 2>/dev/null | grep -q '"closed"' || printf '%s\n' "$run"
        fi
        section held
        for h in /var/lib/kupgrade/holds/*; do [ ! -e "$h" ] || printf '%s\n' "${h##*/}"; done
        lock=/run/nixos/switch-to-configuration.lock
        section lock; [ ! -e $lock ] || stat -c '%D:%i' $lock
        section locks; [ ! -e $lock ] || cat /proc/locks

        """#

    private static let units = #"""
        section units; shown=
        names=$(printf '%s\n' "$listed" | cut -d' ' -f1)
        asked=
        for u in $units; do [ -e "/etc/systemd/system/$u" ] || [ -e "/run/systemd/system/$u" ] && asked="$asked $u"; done
        for u in $units $others; do
          case " $asked " in *" $u "*) continue ;; esac
          case "
        $names
        " in *"
        $u
        "*) asked="$asked $u" ;; esac
        done
        [ -z "$asked" ] || shown=$(systemctl show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p NRestarts -p User \
          -p ActiveEnterTimestampMonotonic -p ExecStart -p Environment $asked 2>/dev/null)
        printf '%s\n' "$shown"
        named=
        for word in $(printf '%s\n' "$shown" | grep -oE -- '--(kubeconfig|authentication-kubeconfig|authorization-kubeconfig|config)=[^ ;]+' | sort -u); do
          case " $named " in *" ${word#*=} "*) ;; *) named="$named ${word#*=}" ;; esac
        done
        # A file is followed, must be one, and have at most 256 KiB.
        readable() { find -L "$@" -maxdepth 0 -type f -size -513 -readable 2>/dev/null; }
        [ -z "$named" ] || named=$(readable $named)
        section servers
        [ -z "$named" ] || grep -HoE -m 1 'server"?: *"?https?://[^", ]+' $named | sed -E 's/^([^:]*):server"?: *"?/\1 /'
        section references; references=
        named="$named $(readable $admins)"
        [ "$named" = " " ] ||
          references=$(grep -HoE '"?(client-certificate|client-key|certificate-authority|tlsCertFile|tlsPrivateKeyFile|clientCAFile)"?: *"?/[^", ]+' $named |
            sed -E 's/^([^:]*):"?([A-Za-z-]+)"?: *"?/\1 \2 /')
        printf '%s\n' "$references"

        """#

    private static let versions = #"""
        section versions
        known=" $* "
        # In the loop's own shell, so that it waits for what it started: a line must not come out in a later section.
        printf '%s\n' "$shown" | sed -nE 's/^ExecStart=\{ path=([^ ;]+).*/\1/p' | sort -u | {
          while read -r program; do
            case ${program##*/} in etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kube-proxy|containerd|flanneld|flannel) ;; *) continue ;; esac
            case $known in *" $program "*) continue ;; esac
            [ -x "$program" ] && printf '%s %s\n' "$program" "$(timeout 5 "$program" --version 2>&1 </dev/null | head -n 1)" &
          done
          wait
        }

        """#

    private static let closures = #"""
        current=$(readlink -f /run/current-system 2>/dev/null)
        case $known in *" $current "*) ;; *) [ -n "$current" ] && closure "$current" ;; esac

        """#

    /// Certificates and public keys whole, of keys the public half unless it is known, of both owner and mode. A key file
    /// is known by inode, time of change (which no program can set) and size.
    private static let pki = #"""
        flags='tls-cert-file|tls-private-key-file|client-ca-file|etcd-cafile|etcd-certfile|etcd-keyfile|root-ca-file'
        flags="$flags|kubelet-client-certificate|kubelet-client-key|kubelet-certificate-authority|requestheader-client-ca-file"
        flags="$flags|proxy-client-cert-file|proxy-client-key-file|cluster-signing-cert-file|cluster-signing-key-file"
        flags="$flags|service-account-key-file|service-account-signing-key-file|service-account-private-key-file"
        named=$(printf '%s\n' "$shown" |
          grep -oE '((=|,)/[^ ;,"]+\.(pem|crt|cert|key|pub)|(--('"$flags"')|ETCD_[A-Z_]+_FILE)=/[^ ;,"]+)' | sed -E 's|^[^/]*||' | sort -u)
        section missing
        for f in $(printf '%s\n' $named $(printf '%s\n' "$references" | cut -d' ' -f3) | sort -u); do [ -s "$f" ] || echo "$f"; done
        folders=$(for f in $named; do echo "${f%/*}"; done | sort -u)
        set -- $(for f in $named; do echo "$f"; done
            for d in $folders /var/lib/kubernetes/secrets /var/lib/cfssl; do
              case $d in /nix/store*|/run/*) continue ;; esac
              for f in "$d"/*.pem "$d"/*.crt "$d"/*.key; do [ -f "$f" ] && echo "$f"; done
            done); set -- $(for f; do [ -f "$f" ] && echo "$f"; done | sort -u | head -n 200)
        certificates= keys=
        for f; do
          read -r first <"$f" 2>/dev/null
          case $first in
            *"BEGIN CERTIFICATE-"*|*"BEGIN TRUSTED CERTIFICATE-"*|*"PUBLIC KEY-"*) certificates="$certificates $f" ;;
            *"PRIVATE KEY-"*|*"BEGIN EC PARAMETERS-"*) keys="$keys $f" ;;
          esac
        done
        section owners; [ -z "$certificates" ] || stat -L -c '%U %G %a %n' $certificates
        section certificates; [ -z "$certificates" ] || head -v -c 65536 $certificates
        [ -z "$keys" ] || stat -L -c '%U %G %a %n %i:%.9Z:%s' $keys | while read -r user group mode f state; do
          id="$machine:$f:$state"
          section "key $f"; printf '%s %s %s %s\n' "$user" "$group" "$mode" "$id"
          case $known in *" $id "*) continue ;; esac
          ssh-keygen -y -P '' -f /dev/stdin <"$f" 2>/dev/null || openssl pkey -pubout <"$f" 2>/dev/null
        done
        section clock-end; date +%s%3N
        exit 0
        """#
}

/// The units that are asked for by name.
public enum HostUnits {
    /// Units of Kubernetes and of its PKI.
    public static let kubernetes = [
        "etcd.service", "kube-apiserver.service", "kube-controller-manager.service", "kube-scheduler.service",
        "kube-addon-manager.service", "kubelet.service", "kube-proxy.service", "flannel.service", "containerd.service",
        "cfssl.service", "certmgr.service", "kube-certmgr-bootstrap.service",
    ]

    /// Services that live on the same hosts, and the programs that rebuild or clean them by themselves.
    public static let host = [
        "sshd.service", "tailscaled.service", "comin.service", "nixos-upgrade.timer", "nix-gc.timer", "nh-clean.timer",
        "ollama.service", "open-webui.service", "forgejo.service", "gitea.service", "nginx.service", "caddy.service",
        "traefik.service",
        "haproxy.service", "keepalived.service", "postgresql.service", "mysql.service", "redis.service",
        "grafana.service", "prometheus.service", "jellyfin.service", "immich-server.service", "vaultwarden.service",
        "home-assistant.service", "minio.service", "nfs-server.service", "samba-smbd.service", "docker.service",
        "podman.service", "libvirtd.service", "adguardhome.service", "unbound.service",
    ]

    public static let all = kubernetes + host
}
