{ name }:
let
  topology = builtins.replaceStrings [ "\n" ] [ "" ] (builtins.readFile ./topology);
  all = {
    grey-area = { number = 1; services = [ { name = "forgejo"; port = 3000; } ]; };
    congenital-optimist = { number = 2; services = [ { name = "ollama"; port = 11434; } ]; };
    limiting-factor = { number = 3; services = [ { name = "nginx"; port = 80; } ]; };
  };
  names = builtins.attrNames all;
  me = all.${name};
  # Masters that share one etcd; with easyCerts each has its own, on its loopback.
  masters = {
    single-master = [ "grey-area" ];
    two-masters = [ "grey-area" "congenital-optimist" ];
    three-masters = names;
    home-lab-before-join = [ "grey-area" "congenital-optimist" ];
    home-lab-after-join = [ "grey-area" "congenital-optimist" ];
  }.${topology};
  isShared = topology == "two-masters" || topology == "three-masters";
  isMaster = builtins.elem name masters;
  # What nixos/modules/services/cluster/kubernetes asks for; with easyCerts there is one.
  masterAddress = if isShared && isMaster then name else "grey-area";
  tailnet = host: "10.77.0.1${toString all.${host}.number}";
  podNet = host: "10.1.${toString all.${host}.number}.0/24";
  join = builtins.concatStringsSep;
in {
  inherit topology;
  host = name;
  namespace = "n${toString me.number}";
  address = tailnet name;
  server = "https://${masterAddress}:6443";
  podNet = podNet name;
  routes = join " " (map (host: "${podNet host}=${tailnet host}") (builtins.filter (host: host != name) names));
  hostServices = me.services;
  containerdConfig = builtins.readFile ./containerd.toml;
  services.kubernetes = {
    roles = if isMaster then [ "master" "node" ] else [ "node" ];
    inherit masterAddress;
    easyCerts = !isShared;
  };
  etcd = if isShared then {
    inherit name;
    advertise = "https://${name}:2379";
    peer = "https://${name}:2380";
    listenClient = "https://0.0.0.0:2379";
    listenPeer = "https://0.0.0.0:2380";
    initialCluster = join "," (map (host: "${host}=https://${host}:2380") masters);
    servers = "https://127.0.0.1:2379";
  } else {
    name = "grey-area";
    advertise = "https://etcd.local:2379";
    peer = "https://etcd.local:2380";
    listenClient = "https://127.0.0.1:2379";
    listenPeer = "https://127.0.0.1:2380";
    initialCluster = "grey-area=https://etcd.local:2380";
    servers = "https://etcd.local:2379";
  };
}
