/// Keeps everybody but the host itself from a port: a restored apiserver is looked at before containers that still run act on
/// what they find missing there. In the kernel only: after a boot no containers run.
enum ShieldScript {
    static let text = #"""
        verb=$1 port=$2
        # NixOS gives these to units that need them, and not always to everybody.
        for u in kube-proxy kubelet firewall nftables; do
          more=$(systemctl show -p Environment --value "$u.service" 2>/dev/null | tr ' ' '\n' | sed -n 's/^"*PATH=\([^"]*\).*/\1/p')
          [ -z "$more" ] || PATH=$PATH:$more
        done
        tables() { for t in iptables ip6tables; do if command -v "$t" >/dev/null 2>&1; then echo "$t"; fi; done; }
        rule() { "$1" -w 10 "$2" INPUT -p tcp --dport "$port" ! -i lo -m comment --comment kupgrade-restore -j REJECT --reject-with tcp-reset; }
        case $verb in
          on)
            done=
            for t in $(tables); do
              if rule "$t" -C 2>/dev/null || rule "$t" -I 2>/dev/null; then done=1; fi
            done
            if [ -z "$done" ] && command -v nft >/dev/null 2>&1; then
              nft delete table inet kupgrade-restore 2>/dev/null || true
              nft -f - <<END && done=1
        table inet kupgrade-restore {
          chain input { type filter hook input priority -300; iifname != "lo" tcp dport $port reject with tcp reset; }
        }
        END
            fi
            if [ -n "$done" ]; then echo yes; else echo none; fi ;;
          is)
            for t in $(tables); do if rule "$t" -C 2>/dev/null; then echo yes; exit 0; fi; done
            if command -v nft >/dev/null 2>&1 && nft list table inet kupgrade-restore >/dev/null 2>&1; then echo yes; else echo no; fi ;;
          off)
            for t in $(tables); do while rule "$t" -C 2>/dev/null; do rule "$t" -D; done; done
            if command -v nft >/dev/null 2>&1; then nft delete table inet kupgrade-restore 2>/dev/null || true; fi ;;
        esac
        """#
}
