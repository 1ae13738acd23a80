/// Keeps everybody but the host itself from a port: a restored apiserver is looked at before containers that still run act on
/// what they find missing. After a boot the apiserver's unit puts the rule back before it starts.
enum ShieldScript {
    static let text = #"""
        verb=$1 port=$2; dropin=$control/kube-apiserver.service.d/55-kupgrade-shield.conf
        # NixOS gives these to units that need them, and not always to everybody.
        for u in kube-proxy kubelet firewall nftables; do
          more=$(systemctl show -p Environment --value "$u.service" 2>/dev/null | tr ' ' '\n' | sed -n 's/^"*PATH=\([^"]*\).*/\1/p')
          [ -z "$more" ] || PATH=$PATH:$more
        done
        have() { command -v "$1" >/dev/null 2>&1; }
        rule() { "$1" -w 10 "$2" INPUT -p tcp --dport "$port" ! -i lo -m comment --comment kupgrade-restore -j REJECT --reject-with tcp-reset; }
        put() { rule "$1" -C 2>/dev/null || rule "$1" -I 2>/dev/null; }
        nftables() {
          nft delete table inet kupgrade-restore 2>/dev/null || true
          nft -f - <<END
        table inet kupgrade-restore {
          chain input { type filter hook input priority -300; iifname != "lo" tcp dport $port reject with tcp reset; }
        }
        END
        }
        case $verb in
          # PORT SCRIPT: without the script, what the unit calls.
          on)
            done=
            if [ -n "${3:-}" ]; then
              mkdir -p "$base" "${dropin%/*}"; printf '%s' "$3" >"$base/shield.sh"; flush "$base/shield.sh"
              printf '[Service]\nExecStartPre=-+/bin/sh %s/shield.sh on %s\n' "$base" "$port" >"$dropin.new"
              mv -f "$dropin.new" "$dropin"; flush "$dropin"; systemctl daemon-reload
            fi
            if have iptables && put iptables; then done=1; if have ip6tables; then put ip6tables || true; fi
            elif have nft && nftables; then done=1; fi
            if [ -n "$done" ]; then echo yes; else echo none; fi ;;
          is)
            if [ ! -e "$dropin" ]; then echo no
            elif have iptables && rule iptables -C 2>/dev/null; then echo yes
            elif have nft && nft list table inet kupgrade-restore >/dev/null 2>&1; then echo yes; else echo no; fi ;;
          off)
            for t in iptables ip6tables; do
              if have $t; then while rule $t -C 2>/dev/null; do rule $t -D; done; fi
            done
            if have nft; then nft delete table inet kupgrade-restore 2>/dev/null || true; fi
            rm -f "$base/shield.sh" "$dropin"; rmdir "${dropin%/*}" 2>/dev/null || true; systemctl daemon-reload ;;
        esac
        """#
}
