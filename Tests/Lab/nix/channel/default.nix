{ ... }:
let
  versions = import ./versions.nix;
  # Programs are copied from the lab's cache into the store, once for each version.
  package = name: { version, source, recipe ? "" }: derivation {
    name = "${name}-${version}";
    # Programs made anew by another recipe are another package.
    inherit recipe;
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-c" "PATH=/usr/bin:/bin; mkdir -p $out && cp -r ${source}/bin $out/bin && chmod -R u+w,a+rX $out" ];
  } // { inherit version; };
  stand-in = name: version: make: derivation {
    name = "${name}-${version}";
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-c" "PATH=/usr/bin:/bin; mkdir -p $out && ${make}" ];
  } // { inherit version; };
in {
  kubernetes = package "kubernetes" versions.kubernetes;
  # As nixpkgs' own: the program lies in another package, and this one has links.
  etcd = stand-in "etcd" versions.etcd.version
    "mkdir $out/bin && ln -s ${package "etcdserver" versions.etcd}/bin/* $out/bin/";
  containerd = package "containerd" versions.containerd;
  cni-plugins = package "cni-plugins" versions.cni;
  cfssl = package "cfssl" versions.cfssl;
  lab = package "lab-programs" versions.lab;
  ollama = package "ollama" versions.ollama;
  # Nobody boots it: `kernel`, `initrd` and `systemd` are store paths that differ or do not.
  linuxPackages.kernel = stand-in "linux" versions.kernel "echo kernel-${versions.kernel} >$out/bzImage && echo initrd-${versions.kernel} >$out/initrd";
  systemd = stand-in "systemd" versions.systemd "true";
  lib.version = versions.nixos;
}
