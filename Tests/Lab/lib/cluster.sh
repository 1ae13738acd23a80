# From hosts to a cluster: keys for the operator, start, and waiting until it is one.

kube() { "$CACHE/kubernetes/1.20.2/bin/kubectl" --kubeconfig "$STATE/kubeconfig" --request-timeout=5s "$@"; }

operator_files() {
  local node
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$STATE/id_ed25519"
  : >"$STATE/known_hosts"
  : >"$STATE/ssh_config"
  for node in "${NODES[@]}"; do
    mkdir -p "$STATE/hosts/$node"
    ssh-keygen -q -t ed25519 -N '' -C "$node" -f "$STATE/hosts/$node/ssh_host_ed25519_key"
    echo "$node,$node.tailnet,$node.lan,$(tailnet "$node"),$(lan "$node") $(cut -d' ' -f1,2 "$STATE/hosts/$node/ssh_host_ed25519_key.pub")" \
      >>"$STATE/known_hosts"
    printf 'Host %s %s.tailnet\n  HostName %s\nHost %s.lan\n  HostName %s\n' "$node" "$node" "$(tailnet "$node")" "$node" \
      "$(lan "$node")" >>"$STATE/ssh_config"
  done
  cat >>"$STATE/ssh_config" <<CONFIG
Host *
  User root
  IdentityFile $STATE/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile $STATE/known_hosts
  StrictHostKeyChecking yes
CONFIG
}

# The cluster as its operator describes it to kupgrade.
cluster_file() {
  local node
  {
    printf 'version: 1\nname: lab\nssh:\n  config: %s/ssh_config\nnodes:\n' "$STATE"
    for node in "${NODES[@]}"; do
      printf '  %s:\n    addresses: [%s.tailnet, %s.lan]\n    user: root\n' "$node" "$node" "$node"
    done
    printf 'channel:\n  flake: path:%s/flake\n  bridges:\n    "1.21": path:%s/channels/bridge\n' "$STATE" "$STATE"
  } >"$STATE/cluster.yaml"
  chmod 600 "$STATE/cluster.yaml"
}

admin_kubeconfig() {
  local data=(certificate-authority-data client-certificate-data client-key-data)
  cat >"$STATE/kubeconfig" <<KUBECONFIG
apiVersion: v1
kind: Config
current-context: lab
clusters: [{name: lab, cluster: {server: "https://10.77.0.11:6443", ${data[0]}: $(base64 -w0 "$PKI/ca.pem")}}]
users: [{name: admin, user: {${data[1]}: $(base64 -w0 "$PKI/cluster-admin.pem"), ${data[2]}: $(base64 -w0 "$PKI/cluster-admin-key.pem")}}]
contexts: [{name: lab, context: {cluster: lab, user: admin}}]
KUBECONFIG
  chmod 600 "$STATE/kubeconfig"
}

ready_nodes() {
  [ "$(kube get nodes --no-headers 2>/dev/null | awk '$2 ~ /^Ready/' | wc -l)" = "${1:-3}" ]
}

cluster_wait() {
  wait_for 90 "the apiserver's readiness" kube get --raw /readyz
  wait_for 90 "$(expected_nodes) Ready nodes" ready_nodes "$(expected_nodes)"
}

# The role label that people give their masters, and the API rights that kubelets' certificates need for logs and exec.
cluster_finish() {
  local node
  for node in $(masters); do
    is_waiting "$node" || kube label --overwrite node "$node" node-role.kubernetes.io/master= >/dev/null
  done
}

workloads() {
  local file
  for file in "$LAB"/workloads/*.yaml; do
    kube apply -f "$file" >/dev/null
    # A bare pod is refused until its namespace has an account.
    wait_for 30 "the accounts of the namespaces" accounts_are_there
  done
  wait_for 120 "running workloads" workloads_run
}

accounts_are_there() {
  [ "$(kube get serviceaccounts -A --no-headers | grep -c ' default ')" = "$(kube get namespaces --no-headers | wc -l)" ]
}

workloads_run() {
  [ "$(kube get pods -A --no-headers | awk '$4 != "Running"' | wc -l)" = 0 ] &&
    [ "$(kube get pods -A --no-headers | wc -l)" -ge 15 ]
}
