# NixOS's side: channels, the flake, the closures, and the store that every host starts with.

nix_settings() {
  export NIX_CONFIG='experimental-features = nix-command flakes
sandbox = false
build-users-group =
substituters =
warn-dirty = false'
}

# channel NAME NIXOS KUBERNETES ETCD KERNEL APISERVER-FLAGS [KUBELET-FLAGS [OLLAMA [HOST-THAT-IS-CUT-OFF [OLLAMA-ON-GPU]]]]
channel() {
  local folder=$STATE/channels/$1 etcd
  etcd=$(basename "$(ls -d "$CACHE/etcd/$4".*)")
  mkdir -p "$folder"
  cp "$LAB"/nix/channel/* "$folder/"
  cat >"$folder/versions.nix" <<VERSIONS
{
  nixos = "$2";
  kubernetes = { version = "$3"; source = "$CACHE/kubernetes/$3"; recipe = "$(cat "$CACHE/kubernetes/$3/recipe")"; };
  etcd = { version = "$etcd"; source = "$CACHE/etcd/$etcd"; };
  containerd = { version = "$(containerd_version)"; source = "$CACHE/containerd"; };
  cni = { version = "1.1.1"; source = "$CACHE/cni"; };
  cfssl = { version = "1.2.0"; source = "$CACHE/cfssl"; };
  lab = { version = "$(programs_key)"; source = "$STATE/programs"; };
  kernel = "$5";
  systemd = "$(systemctl --version | awk 'NR == 1 {print $2}')";
  apiServerFlags = "$6";
  kubeletFlags = "${7:+ $7}";
  ollama = { version = "${8:-0.3.1}"; source = "$STATE/programs"; };
  cutsOff = "${9:-}";
  # Bytes of the loaded model that are on the GPU.
  ollamaVram = "${10:-5137025024}";
}
VERSIONS
}

containerd_version() { "$CACHE/containerd/bin/containerd" --version | awk '{print $3}' | cut -d'~' -f1; }

programs_key() { cat "$LAB"/programs/* "$CACHE/images/bin/probe" | sha256sum | cut -c1-8; }

# As in life: the channel of today, the one before it, the next release, which skips a minor and brings etcd 3.5, and a
# pin that carries the minor between.
nix_sources() {
  local gone=networking.k8s.io/v1beta1=false,extensions/v1beta1=false,rbac.authorization.k8s.io/v1beta1=false
  rm -rf "$STATE/programs" "$STATE/channels" "$STATE/flake"
  mkdir -p "$STATE/programs/bin"
  cp "$LAB"/programs/* "$CACHE/images/bin/probe" "$STATE/programs/bin/"
  channel before 20.09.20210101.aaaaaaa 1.20.2 3.4 5.4.80 ""
  channel today 20.09.20210305.1a2b3c4 1.20.2 3.4 5.4.102 ""
  channel bridge 21.03pre270000.5d6e7f8 1.21.0+lab 3.4 5.4.110 ""
  channel next 21.05.20210601.9a8b7c6 1.22.0+lab 3.5 5.10.42 "runtime-config=$gone"
  # The same release where its user keeps etcd until Kubernetes is done.
  channel next-etcd-3.4 21.05.20210601.9a8b7c6 1.22.0+lab 3.4 5.10.42 "runtime-config=$gone"
  # Rebuilds of today's channel that leave Kubernetes alone, one that loses a GPU, and one that no cluster survives.
  channel ollama 20.09.20210305.1a2b3c4 1.20.2 3.4 5.4.102 "" "" 0.4.0
  channel etcd-3.5 20.09.20210305.1a2b3c4 1.20.2 3.5 5.4.102 ""
  channel no-gpu 20.09.20210305.1a2b3c4 1.20.2 3.4 5.4.102 "" "" 0.4.0 "" 0
  channel no-network 20.09.20210305.1a2b3c4 1.20.2 3.4 5.4.102 "" "" "" congenital-optimist
  channel kernel 20.09.20210305.1a2b3c4 1.20.2 3.4 5.4.103 ""
  channel refused-flag 21.03pre270000.5d6e7f8 1.21.0+lab 3.4 5.4.110 "" --no-such-flag=1
  # The same minors with today's kernel: nothing has to be booted.
  channel minor 21.03pre270000.5d6e7f8 1.21.0+lab 3.4 5.4.102 ""
  # The next minor, which takes the master off the network once it serves.
  channel minor-no-network 21.03pre270000.5d6e7f8 1.21.0+lab 3.4 5.4.102 "" "" "" grey-area
  channel never-ready 21.03pre270000.5d6e7f8 1.21.0+lab 3.4 5.4.102 \
    audit-policy-file=/var/lib/kubernetes/no-such-policy
  cp -r "$LAB/nix/flake" "$STATE/flake"
  sed -i "s#@STATE@#$STATE#" "$STATE/flake/flake.nix"
  topology >"$STATE/flake/topology"
  nix flake lock "path:$STATE/flake" 2>/dev/null
}

# toplevel CHANNEL NODE: builds a host's closure with that channel, prints its path.
toplevel() {
  nix build --no-link --json --no-write-lock-file --override-input nixpkgs "path:$STATE/channels/$1" \
    "path:$STATE/flake#nixosConfigurations.$2.config.system.build.toplevel" 2>>"$STATE/log/nix" |
    sed -E 's/.*"out":"([^"]+)".*/\1/'
}

# The store with which the hosts start, one folder that all of them have below their own: today's closures and the ones
# before. Kept in the cache by what it is made of.
nix_layer() {
  local node key
  mkdir -p "$STATE/closures"
  for node in "${NODES[@]}"; do
    toplevel before "$node" >"$STATE/closures/$node.before"
    toplevel today "$node" >"$STATE/closures/$node.today"
    grep -q '^/nix/store/' "$STATE/closures/$node.today" || { tail -n 20 "$STATE/log/nix" >&2; die "part nix failed"; }
  done
  key=$(cat "$STATE"/closures/* | sha256sum | cut -c1-12)
  LAYER=$CACHE/store/$key
  if [ ! -d "$LAYER" ]; then
    mkdir -p "$CACHE/store"
    rm -rf "$LAYER.part"
    # shellcheck disable=SC2046
    nix copy --no-check-sigs --to "local?root=$LAYER.part" $(cat "$STATE"/closures/*) 2>>"$STATE/log/nix"
    # Other topologies' and older sources' layers can be made again.
    find "$CACHE/store" -mindepth 1 -maxdepth 1 -not -name "$key*" -mmin +1440 -exec chmod -R u+w {} + -exec rm -rf {} +
    mv "$LAYER.part" "$LAYER"
  fi
  echo "$LAYER" >"$STATE/layer"
}
