# What `nixpkgs.lib.nixosSystem` gives for one of the lab's hosts: the attributes of `config` that are read from outside.
{ module }:
let
  pkgs = import ./default.nix { };
  versions = import ./versions.nix;
  host = module.host;
  kubernetes = module.services.kubernetes or null;
  roles = if kubernetes == null then [ ] else kubernetes.roles;
  isMaster = builtins.elem "master" roles;
  units = import ./units.nix { inherit pkgs versions module host isMaster; };
in {
  inherit pkgs;
  config = {
    networking.hostName = host;
    system.nixos.version = versions.nixos;
    system.configurationRevision = module.revision or null;
    boot.kernelPackages.kernel = pkgs.linuxPackages.kernel;
    system.modulesTree = pkgs.linuxPackages.kernel;
    system.build.initialRamdisk = pkgs.linuxPackages.kernel;
    systemd.package = pkgs.systemd;
    systemd.units = builtins.mapAttrs (name: unit: { enable = true; text = unit.text + "\n"; wantedBy = unit.wantedBy or [ ]; requiredBy = [ ]; }) units;
    virtualisation.containerd.package = pkgs.containerd;
    services = (if kubernetes == null then { } else {
      kubernetes = kubernetes // { package = pkgs.kubernetes; kubelet.enable = roles != [ ]; apiserver.enable = isMaster; };
    }) // { etcd = { enable = isMaster; package = pkgs.etcd; }; };
    system.build.toplevel = import ./toplevel.nix { inherit pkgs versions module host units; };
  };
}
