# The units that NixOS's services.kubernetes, services.etcd and friends give a host: names, users, flags, paths and
# restart rules as in the module. Where a line is the lab's own it says so.
{ pkgs, versions, module, host, isMaster }:
let
  k = module.services.kubernetes or null;
  secrets = "/var/lib/kubernetes/secrets";
  pem = name: "${secrets}/${name}.pem";
  key = name: "${secrets}/${name}-key.pem";
  bin = program: "${pkgs.kubernetes}/bin/${program}";
  join = builtins.concatStringsSep;
  flags = list: join " " (map (flag: "--${flag}") list);

  inherit (module) server;
  kubeconfig = import ./kubeconfig.nix { inherit server; };

  path = "Environment=PATH=${pkgs.containerd}/bin:${pkgs.cni-plugins}/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  service = { description, exec, pre ? [ ], user ? "", restart ? "on-failure", seconds ? "5s", after ? "network.target", wantedBy ? [ "kubernetes.target" ], extra ? [ ], environment ? [ ], unit ? [ ] }: {
    inherit wantedBy;
    text = join "\n" ([ "[Unit]" "Description=${description}" "After=${after}" ] ++ unit ++ [ "" "[Service]" path ]
      ++ map (e: "Environment=\"${e}\"") environment
      ++ map (line: "ExecStartPre=${line}") pre
      ++ [ "ExecStart=${exec}" "Restart=${restart}" "RestartSec=${seconds}" ]
      ++ (if user == "" then [ ] else [ "User=${user}" ]) ++ extra ++ [ "" ]);
  };
  slice = "Slice=kubernetes.slice";

  etcd = module.etcd;
  etcdUnit = service {
    description = "etcd key-value store";
    exec = "${pkgs.etcd}/bin/etcd";
    user = "etcd";
    restart = "always";
    seconds = "30s";
    wantedBy = [ "multi-user.target" ];
    # The lab's own: three members start one after the other within seconds, not half a minute.
    extra = [ "Type=notify" "LimitNOFILE=40000" "TimeoutStartSec=90s" "RestartSec=5s" ];
    environment = [
      "ETCD_NAME=${etcd.name}" "ETCD_DATA_DIR=/var/lib/etcd" "ETCD_DISCOVERY="
      "ETCD_ADVERTISE_CLIENT_URLS=${etcd.advertise}" "ETCD_LISTEN_CLIENT_URLS=${etcd.listenClient}"
      "ETCD_LISTEN_PEER_URLS=${etcd.listenPeer}" "ETCD_INITIAL_ADVERTISE_PEER_URLS=${etcd.peer}"
      "ETCD_INITIAL_CLUSTER=${etcd.initialCluster}" "ETCD_INITIAL_CLUSTER_STATE=new"
      "ETCD_INITIAL_CLUSTER_TOKEN=etcd-cluster" "ETCD_CERT_FILE=${pem "etcd"}" "ETCD_KEY_FILE=${key "etcd"}"
      "ETCD_TRUSTED_CA_FILE=${pem "ca"}" "ETCD_CLIENT_CERT_AUTH=true" "ETCD_PEER_CERT_FILE=${pem "etcd"}"
      "ETCD_PEER_KEY_FILE=${key "etcd"}" "ETCD_PEER_TRUSTED_CA_FILE=${pem "ca"}" "ETCD_PEER_CLIENT_CERT_AUTH=true"
    ];
  };

  master = {
    "etcd.service" = etcdUnit;
    "kube-apiserver.service" = service {
      description = "Kubernetes APIServer Service";
      user = "kubernetes";
      unit = [ "StartLimitIntervalSec=0" ];
      extra = [ slice "AmbientCapabilities=cap_net_bind_service" "WorkingDirectory=/var/lib/kubernetes" ];
      exec = "${bin "kube-apiserver"} " + flags ([
        "allow-privileged=true" "authorization-mode=RBAC,Node" "advertise-address=${module.address}" "bind-address=0.0.0.0"
        "client-ca-file=${pem "ca"}"
        "enable-admission-plugins=NamespaceLifecycle,LimitRanger,ServiceAccount,ResourceQuota,DefaultStorageClass,DefaultTolerationSeconds,NodeRestriction"
        "etcd-servers=${etcd.servers}" "etcd-cafile=${pem "ca"}" "etcd-certfile=${pem "kube-apiserver-etcd-client"}"
        "etcd-keyfile=${key "kube-apiserver-etcd-client"}"
        "kubelet-certificate-authority=${pem "ca"}" "kubelet-client-certificate=${pem "kube-apiserver-kubelet-client"}"
        "kubelet-client-key=${key "kube-apiserver-kubelet-client"}"
        "proxy-client-cert-file=${pem "kube-apiserver-proxy-client"}" "proxy-client-key-file=${key "kube-apiserver-proxy-client"}"
        "requestheader-client-ca-file=${pem "ca"}" "secure-port=6443"
        "api-audiences=api,https://kubernetes.default.svc" "service-account-issuer=https://kubernetes.default.svc"
        "service-account-key-file=${pem "service-account"}" "service-account-signing-key-file=${key "service-account"}"
        "service-cluster-ip-range=10.0.0.0/24" "storage-backend=etcd3"
        "tls-cert-file=${pem "kube-apiserver"}" "tls-private-key-file=${key "kube-apiserver"}"
      ] ++ (if versions.apiServerFlags == "" then [ ] else [ versions.apiServerFlags ]));
    };
    "kube-controller-manager.service" = service {
      description = "Kubernetes Controller Manager Service";
      user = "kubernetes";
      after = "kube-apiserver.service";
      # The lab's own: NixOS waits 30 s.
      seconds = "5s";
      extra = [ slice "WorkingDirectory=/var/lib/kubernetes" ];
      exec = "${bin "kube-controller-manager"} " + flags [
        "allocate-node-cidrs=true" "bind-address=127.0.0.1" "cluster-cidr=10.1.0.0/16" "port=0"
        "kubeconfig=${kubeconfig "kube-controller-manager" "kube-controller-manager-client"}" "leader-elect=true"
        "root-ca-file=${pem "ca"}" "secure-port=10252" "service-account-private-key-file=${key "service-account"}"
        "tls-cert-file=${pem "kube-controller-manager"}" "tls-private-key-file=${key "kube-controller-manager"}"
        "use-service-account-credentials=true"
      ];
    };
    "kube-scheduler.service" = service {
      description = "Kubernetes Scheduler Service";
      user = "kubernetes";
      after = "kube-apiserver.service";
      extra = [ slice "WorkingDirectory=/var/lib/kubernetes" ];
      exec = "${bin "kube-scheduler"} " + flags [
        "bind-address=127.0.0.1" "port=0" "secure-port=10251" "leader-elect=true"
        "kubeconfig=${kubeconfig "kube-scheduler" "kube-scheduler-client"}"
      ];
    };
  };

  # NAME SUBJECT OWNER UNIT NAMES, as the module's table has them.
  authority = builtins.head (builtins.match "https://(.*):6443" server);
  nodeCertificates = [
    "kubelet /CN=${host} kubernetes:kubernetes kubelet.service ${host},${module.address}"
    "kubelet-client /CN=system:node:${host}/O=system:nodes kubernetes:kubernetes kubelet.service -"
    "kube-proxy-client /CN=system:kube-proxy kubernetes:kubernetes kube-proxy.service -"
    "flannel-client /CN=flannel-client kubernetes:kubernetes flannel.service -"
  ];
  masterCertificates = [
    "kube-apiserver /CN=kubernetes kubernetes:kubernetes kube-apiserver.service kubernetes,kubernetes.default.svc,kubernetes.default.svc.cluster.local,${host},${module.address},10.0.0.1,127.0.0.1"
    "kube-apiserver-proxy-client /CN=front-proxy-client kubernetes:kubernetes kube-apiserver.service -"
    "kube-apiserver-kubelet-client /CN=system:kube-apiserver/O=system:masters kubernetes:kubernetes kube-apiserver.service -"
    "kube-apiserver-etcd-client /CN=etcd-client kubernetes:kubernetes kube-apiserver.service -"
    "cluster-admin /CN=cluster-admin/O=system:masters root:kubernetes - -"
    "etcd /CN=${host} etcd:kubernetes etcd.service etcd.local,etcd.cluster.local,${host}"
    "service-account /CN=system:service-account-signer kubernetes:kubernetes kube-apiserver.service -"
    "kube-controller-manager /CN=kube-controller-manager kubernetes:kubernetes kube-controller-manager.service localhost,127.0.0.1"
    "kube-controller-manager-client /CN=system:kube-controller-manager kubernetes:kubernetes kube-controller-manager.service -"
    "kube-scheduler-client /CN=system:kube-scheduler kubernetes:kubernetes kube-scheduler.service -"
  ];
  specs = builtins.toFile "certmgr-specs" (builtins.concatStringsSep "\n"
    (nodeCertificates ++ (if isMaster then masterCertificates else [ ])) + "\n");
  cfsslConfig = builtins.toFile "cfssl-config.json" (builtins.toJSON {
    signing.default = { usages = [ "digital signature" "key encipherment" "server auth" "client auth" ]; auth_key = "default"; expiry = "720h"; };
    auth_keys.default = { type = "standard"; key = "file:/var/lib/cfssl/apitoken.secret"; };
  });
  easyCerts = {
    "certmgr.service" = service {
      description = "certmgr";
      exec = "${pkgs.lab}/bin/certmgr ${secrets} ${specs} https://${authority}:8888";
      restart = "always";
      seconds = "10s";
      wantedBy = [ "multi-user.target" ];
    };
  } // (if !isMaster then { } else {
    "cfssl.service" = service {
      description = "CFSSL CA API server";
      user = "cfssl";
      restart = "always";
      wantedBy = [ "multi-user.target" ];
      extra = [ "WorkingDirectory=/var/lib/cfssl" "StateDirectory=cfssl" "StateDirectoryMode=0700" ];
      exec = "${pkgs.cfssl}/bin/cfssl serve -address=0.0.0.0 -port=8888 -ca=/var/lib/cfssl/ca.pem -ca-key=/var/lib/cfssl/ca-key.pem -tls-cert=/var/lib/cfssl/cfssl.pem -tls-key=/var/lib/cfssl/cfssl-key.pem -config=${cfsslConfig}";
    };
  });

  # The lab's own: three kubelets share one cgroup hierarchy, each below its host's group.
  kubeletConfig = builtins.toFile "kubelet-config.json" (builtins.toJSON {
    apiVersion = "kubelet.config.k8s.io/v1beta1";
    kind = "KubeletConfiguration";
    cgroupRoot = "/lab-${module.namespace}";
    cgroupDriver = "cgroupfs";
    failSwapOn = false;
    cgroupsPerQOS = true;
    enforceNodeAllocatable = [ "pods" ];
    authentication = { x509.clientCAFile = pem "ca"; anonymous.enabled = false; webhook.enabled = true; };
    authorization.mode = "Webhook";
    clusterDNS = [ "10.0.0.254" ];
    clusterDomain = "cluster.local";
    tlsCertFile = pem "kubelet";
    tlsPrivateKeyFile = key "kubelet";
    imageGCHighThresholdPercent = 100;
    imageGCLowThresholdPercent = 99;
    evictionHard = { "nodefs.available" = "1%"; "imagefs.available" = "1%"; "memory.available" = "50Mi"; };
    nodeStatusUpdateFrequency = "4s";
    volumePluginDir = "/var/lib/kubernetes/volumeplugins";
  });

  node = {
    "containerd.service" = service {
      description = "containerd - container runtime";
      exec = "${pkgs.containerd}/bin/containerd --config ${builtins.toFile "containerd.toml" module.containerdConfig}";
      restart = "always";
      seconds = "10s";
      wantedBy = [ "multi-user.target" ];
      extra = [ "KillMode=process" "Delegate=yes" "Type=notify" "StateDirectory=containerd" "RuntimeDirectory=containerd" "RuntimeDirectoryPreserve=yes" "LimitNOFILE=65536" ];
    };
    "flannel.service" = service {
      description = "Flannel Service";
      exec = "${pkgs.lab}/bin/flanneld ${module.podNet} ${module.routes}";
      restart = "always";
      seconds = "10s";
      wantedBy = [ "multi-user.target" ];
      extra = [ "RuntimeDirectory=flannel" ];
    };
    "kubelet.service" = service {
      description = "Kubernetes Kubelet Service";
      after = "containerd.service network.target kube-apiserver.service";
      seconds = "1s";
      pre = [ "${pkgs.lab}/bin/kubelet-pre ${module.namespace} ${pkgs.cni-plugins}/bin" ];
      extra = [ slice "CPUAccounting=true" "MemoryAccounting=true" "WorkingDirectory=/var/lib/kubernetes" "TimeoutStartSec=120" ];
      exec = "${bin "kubelet"} " + flags [
        "config=${kubeletConfig}" "hostname-override=${host}" "kubeconfig=${kubeconfig "kubelet" "kubelet-client"}"
        "container-runtime=remote" "container-runtime-endpoint=unix:///run/containerd/containerd.sock"
        "network-plugin=cni" "node-ip=${module.address}" "pod-infra-container-image=docker.io/lab/pause:1"
        "register-node=true" "root-dir=/var/lib/kubernetes"
      ] + versions.kubeletFlags;
    };
    "kube-proxy.service" = service {
      description = "Kubernetes Proxy Service";
      after = "kube-apiserver.service";
      extra = [ slice "WorkingDirectory=/var/lib/kubernetes" ];
      exec = "${bin "kube-proxy"} " + flags [
        "bind-address=0.0.0.0" "cluster-cidr=10.1.0.0/16" "hostname-override=${host}" "conntrack-max-per-core=0"
        "conntrack-tcp-timeout-established=0" "conntrack-tcp-timeout-close-wait=0"
        "kubeconfig=${kubeconfig "kube-proxy" "kube-proxy-client"}"
      ];
    };
    "kubernetes.target" = { wantedBy = [ "multi-user.target" ]; text = "[Unit]\nDescription=Kubernetes\n"; };
    "kubernetes.slice" = { text = "[Unit]\nDescription=Kubernetes\n"; };
  };

  # Whatever Ollama is asked, it says which model is loaded and how much of it is on the GPU.
  said = name: if name == "ollama"
    then "'{\"models\":[{\"name\":\"llama3:8b\",\"size\":5137025024,\"size_vram\":${versions.ollamaVram}}]}'" else name;
  listener = name: port: service {
    description = name;
    exec = "${if name == "ollama" then pkgs.ollama else pkgs.lab}/bin/probe listen ${toString port} ${said name}";
    wantedBy = [ "multi-user.target" ];
  };
  hostServices = {
    "sshd.service" = service {
      description = "SSH Daemon";
      exec = "/usr/sbin/sshd -D -f /etc/ssh/sshd_config";
      pre = [ "/bin/mkdir -p /run/sshd" ];
      restart = "always";
      seconds = "1s";
      wantedBy = [ "multi-user.target" ];
    };
    "tailscaled.service" = service {
      description = "Tailscale node agent";
      exec = "${pkgs.lab}/bin/probe sleep";
      wantedBy = [ "multi-user.target" ];
    };
  } // (if versions.cutsOff == host then {
    # A rebuild that takes the host off the network, until another system takes the unit away.
    "uplink.service" = {
      wantedBy = [ "multi-user.target" ];
      text = join "\n" [
        "[Unit]" "Description=A network configuration that does not work" "" "[Service]" path "Type=oneshot"
        "RemainAfterExit=yes" "ExecStart=/bin/sh -c 'ip link set eth0 down; ip link set tailscale0 down'"
        "ExecStop=/bin/sh -c 'ip link set eth0 up; ip link set tailscale0 up; ip route replace default via 10.77.0.254'" ""
      ];
    };
  } else { }) // builtins.listToAttrs (map (s: { name = "${s.name}.service"; value = listener s.name s.port; }) module.hostServices);
in hostServices // (if k == null then { } else node // (if isMaster then master else { })
  // (if k.easyCerts then easyCerts else { }))
