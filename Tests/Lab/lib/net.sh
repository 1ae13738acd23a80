# Two networks, a "tailnet" and a LAN: bridges on the machine, a network namespace for each host with a leg in both.

net_up() {
  local node
  ip link add kup0 type bridge 2>/dev/null || true
  ip link add kup1 type bridge 2>/dev/null || true
  ip addr replace 10.77.0.254/24 dev kup0
  ip addr replace 10.78.0.254/24 dev kup1
  ip link set kup0 up
  ip link set kup1 up
  for node in "${NODES[@]}"; do net_host "$node"; done
}

net_host() {
  local node=$1 ns
  ns=$(namespace "$node")
  ip netns add "kup-$ns"
  net_leg "$ns" tailscale0 kup0 "kup0$ns" "$(tailnet "$node")"
  net_leg "$ns" eth0 kup1 "kup1$ns" "$(lan "$node")"
  ip netns exec "kup-$ns" ip link set lo up
  ip netns exec "kup-$ns" ip route add default via 10.77.0.254
  ip netns exec "kup-$ns" sysctl -qw net.ipv4.ip_forward=1
}

# net_leg NS INTERFACE BRIDGE PEER ADDRESS
net_leg() {
  ip link add "$4" type veth peer name "$2" netns "kup-$1"
  ip link set "$4" master "$3" up
  ip netns exec "kup-$1" ip addr add "$5/24" dev "$2"
  ip netns exec "kup-$1" ip link set "$2" up
}

net_down() {
  local node ns
  for node in "${NODES[@]}"; do
    ns=$(namespace "$node")
    ip netns del "kup-$ns" 2>/dev/null || true
    ip link del "kup0$ns" 2>/dev/null || true
    ip link del "kup1$ns" 2>/dev/null || true
  done
  ip link del kup0 2>/dev/null || true
  ip link del kup1 2>/dev/null || true
}

# cut_link NODE lan|tailnet|all up|down
set_link() {
  local ns
  ns=$(namespace "$1")
  case $2 in tailnet | all) ip link set "kup0$ns" "$3" ;; esac
  case $2 in lan | all) ip link set "kup1$ns" "$3" ;; esac
  case $2 in tailnet | lan | all) ;; *) die "a link is lan, tailnet or all" ;; esac
}

# A leg that was down has lost its routes.
host_routes() {
  ip netns exec "kup-$(namespace "$1")" ip route replace default via 10.77.0.254
}
