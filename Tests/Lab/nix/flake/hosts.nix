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
  isThree = topology == "three-masters";
  tailnet = host: "10.77.0.1${toString all.${host}.number}";
  podNet = host: "10.1.${toString all.${host}.number}.0/24";
  join = builtins.concatStringsSep;
in {
  inherit topology;
  host = name;
  namespace = "n${toString me.number}";
  address = tailnet name;
  server = "https://${if isThree then name else "grey-area"}:6443";
  podNet = podNet name;
  routes = join " " (map (host: "${podNet host}=${tailnet host}") (builtins.filter (host: host != name) names));
  hostServices = me.services;
  containerdConfig = builtins.readFile ./containerd.toml;
  services.kubernetes = {
    roles = if isThree || name == "grey-area" then [ "master" "node" ] else [ "node" ];
    masterAddress = if isThree then name else "grey-area";
    easyCerts = !isThree;
  };
  etcd = if isThree then {
    inherit name;
    advertise = "https://${name}:2379";
    peer = "https://${name}:2380";
    listenClient = "https://0.0.0.0:2379";
    listenPeer = "https://0.0.0.0:2380";
    initialCluster = join "," (map (host: "${host}=https://${host}:2380") names);
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
