# Certificates and keys as NixOS's easyCerts makes them (names, subjects, owners, modes, lifetimes), by openssl and anew at
# every `up`. With three masters the same names, made by hand as the module's manual asks: one authority, copied to all.

PKI=$STATE/pki

pki_ca() {
  rm -rf "$PKI"
  mkdir -p "$PKI"
  openssl req -x509 -newkey rsa:2048 -nodes -days 1825 -subj "/CN=kubernetes-cluster-ca/O=NixOS" \
    -keyout "$PKI/ca-key.pem" -out "$PKI/ca.pem" -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

# issue FOLDER NAME SUBJECT DAYS [SUBJECT-ALTERNATIVE-NAMES]
issue() {
  local out=$1/$2 names=${5:-}
  openssl req -new -newkey rsa:2048 -nodes -subj "$3" -keyout "$out-key.pem" -out "$out.csr" 2>/dev/null
  openssl x509 -req -in "$out.csr" -CA "$PKI/ca.pem" -CAkey "$PKI/ca-key.pem" -days "$4" \
    -set_serial "0x$(openssl rand -hex 16)" -out "$out.pem" \
    -extfile <(printf 'extendedKeyUsage=clientAuth,serverAuth\n%s' "${names:+subjectAltName=$names}") 2>/dev/null
  rm -f "$out.csr"
}

# A service account's key pair must be the same on all masters.
pki_shared() {
  issue "$PKI" service-account /CN=system:service-account-signer 30
  issue "$PKI" cluster-admin /CN=cluster-admin/O=system:masters 30
}

pki_master() {
  local node=$1 folder=$2 address
  address=$(tailnet "$node")
  local server=DNS:kubernetes,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:$node,IP:$address,IP:10.0.0.1,IP:127.0.0.1
  issue "$folder" kube-apiserver /CN=kubernetes 30 "$server" &
  issue "$folder" kube-apiserver-proxy-client /CN=front-proxy-client 30 &
  issue "$folder" kube-apiserver-kubelet-client /CN=system:kube-apiserver/O=system:masters 30 &
  issue "$folder" kube-apiserver-etcd-client /CN=etcd-client 30 &
  if is_shared; then
    issue "$folder" etcd "/CN=$node" 30 "DNS:$node,IP:$address,IP:127.0.0.1" &
  else
    issue "$folder" etcd "/CN=$node" 30 "DNS:etcd.local,DNS:etcd.cluster.local,DNS:$node" &
  fi
  issue "$folder" kube-controller-manager /CN=kube-controller-manager 30 DNS:localhost,IP:127.0.0.1 &
  issue "$folder" kube-controller-manager-client /CN=system:kube-controller-manager 30 &
  issue "$folder" kube-scheduler-client /CN=system:kube-scheduler 30 &
  wait
  cp "$PKI"/service-account*.pem "$PKI"/cluster-admin*.pem "$folder/"
}

pki_node() {
  local node=$1 folder=$2
  issue "$folder" kubelet "/CN=$node" 30 "DNS:$node,IP:$(tailnet "$node")" &
  issue "$folder" kubelet-client "/CN=system:node:$node/O=system:nodes" 30 &
  issue "$folder" kube-proxy-client /CN=system:kube-proxy 30 &
  issue "$folder" flannel-client /CN=flannel-client 30 &
  wait
  cp "$PKI/ca.pem" "$folder/"
}

# cfssl's own folder. With easyCerts every master makes an authority of its own; the others follow the first one's.
pki_cfssl() {
  local node=$1 folder=$2
  if [ "$node" = grey-area ]; then
    cp "$PKI/ca.pem" "$PKI/ca-key.pem" "$folder/"
  else
    openssl req -x509 -newkey rsa:2048 -nodes -days 1825 -subj "/CN=kubernetes-cluster-ca/O=NixOS" \
      -keyout "$folder/ca-key.pem" -out "$folder/ca.pem" -addext basicConstraints=critical,CA:TRUE \
      -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
  fi
  issue "$folder" cfssl /CN=grey-area 365 DNS:grey-area
  openssl rand -hex 16 | tr -d '\n' >"$folder/apitoken.secret"
}

# Owners and modes of the module's table; numbers are the host's own.
pki_install() {
  local node=$1 root target key
  root=$(root_of "$node")
  target=$root/var/lib/kubernetes/secrets
  mkdir -p "$target"
  chown 162:162 "$root/var/lib/kubernetes"
  if is_waiting "$node"; then
    # The bootstrap fetches the first master's authority; every request for a certificate is refused.
    cp "$PKI/ca.pem" "$target/"
  else
    pki_node "$node" "$target"
    if is_master "$node"; then pki_master "$node" "$target"; fi
  fi
  chown root:root "$target"/*.pem
  chmod 644 "$target"/*.pem
  for key in "$target"/*-key.pem; do
    [ -e "$key" ] || continue
    chmod 600 "$key"
    case ${key##*/} in
      etcd-key.pem) chown "$ETCD_UID:162" "$key" ;;
      cluster-admin-key.pem) chown 0:162 "$key" ;;
      *) chown 162:162 "$key" ;;
    esac
  done
  if is_master "$node" && ! is_shared; then
    mkdir -p "$root/var/lib/cfssl"
    pki_cfssl "$node" "$root/var/lib/cfssl"
    chown -R 299:299 "$root/var/lib/cfssl"
    chmod 700 "$root/var/lib/cfssl"
    chmod 644 "$root"/var/lib/cfssl/*.pem
    chmod 600 "$root"/var/lib/cfssl/*-key.pem
    chmod 400 "$root/var/lib/cfssl/apitoken.secret"
    ln -sfn /var/lib/cfssl/apitoken.secret "$target/apitoken.secret"
  fi
}
