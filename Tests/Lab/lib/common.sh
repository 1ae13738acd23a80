# Names, places and small words of the lab.
STATE=/var/lib/kupgrade-lab
CACHE=${KUPGRADE_LAB_CACHE:-$HOME/.cache/kupgrade-lab}
NODES=(grey-area congenital-optimist limiting-factor)
CONTROLLERS=(cpu cpuacct cpuset memory devices freezer blkio pids systemd)

say() { echo "lab: $*"; }
die() { echo "lab: $*" >&2; exit 1; }

# number NODE: 1, 2 or 3.
number() {
  local i
  for i in "${!NODES[@]}"; do
    [ "${NODES[$i]}" = "$1" ] && { echo $((i + 1)); return; }
  done
  die "there is no node $1 (${NODES[*]})"
}

namespace() { echo "n$(number "$1")"; }
tailnet() { echo "10.77.0.1$(number "$1")"; }
lan() { echo "10.78.0.1$(number "$1")"; }
root_of() { echo "$STATE/hosts/$1/root"; }

topology() { cat "$STATE/topology" 2>/dev/null; }
is_up() { [ -f "$STATE/up" ]; }
need_up() { is_up || die "the lab is down; start it with: $0 up single-master"; }

masters() {
  case $(topology) in
    three-masters) echo "${NODES[@]}" ;;
    two-masters | home-lab-*) echo grey-area congenital-optimist ;;
    *) echo grey-area ;;
  esac
}

is_master() { [[ " $(masters) " == *" $1 "* ]]; }

# Masters that share one etcd, with certificates made by hand.
is_shared() { case $(topology) in two-masters | three-masters) true ;; *) false ;; esac; }

# The second master of a home lab that has not got its certificates: only its own authority, which nobody trusts.
is_waiting() { [ "$(topology)" = home-lab-before-join ] && [ "$1" = congenital-optimist ]; }

# How many nodes the cluster has.
expected_nodes() { if [ "$(topology)" = home-lab-before-join ]; then echo 2; else echo 3; fi; }

# Waits until a command succeeds: wait_for SECONDS WHAT COMMAND…
wait_for() {
  local limit=$1 what=$2 end
  shift 2
  end=$((SECONDS + limit))
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      echo "lab: $what did not happen within $limit s" >&2
      return 1
    fi
    sleep 0.3
  done
}
