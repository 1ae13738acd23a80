# The system closure of a host: the parts of NixOS's toplevel that are looked at or run.
{ pkgs, versions, module, host, units }:
let
  names = builtins.attrNames units;
  text = name: builtins.replaceStrings [ "." "-" "@" ] [ "_" "_" "_" ] name;
  variables = builtins.listToAttrs (map (name: { name = "unit_${text name}"; value = units.${name}.text; }) names);
  wants = builtins.concatStringsSep " " (builtins.concatMap
    (name: map (target: "${target}/${name}") (units.${name}.wantedBy or [ ])) names);
in derivation (variables // {
  name = "nixos-system-${host}-${versions.nixos}";
  system = "x86_64-linux";
  builder = "/bin/sh";
  inherit wants;
  inherit (pkgs.linuxPackages) kernel;
  inherit (pkgs) systemd lab;
  units = builtins.concatStringsSep " " names;
  nixos = versions.nixos;
  switch = ./switch-to-configuration;
  admin = if module ? server then import ./kubeconfig.nix { inherit (module) server; } "cluster-admin" "cluster-admin" else "";
  args = [ "-c" ''
    set -e
    PATH=/usr/bin:/bin
    mkdir -p $out/etc/systemd/system $out/bin $out/sw/bin $out/specialisation
    for name in $units; do
      variable=unit_$(printf %s "$name" | tr '.@-' '___')
      eval "printf '%s\n' \"\$$variable\"" >$out/etc/systemd/system/$name
    done
    for want in $wants; do
      mkdir -p $out/etc/systemd/system/''${want%%/*}.wants
      ln -s ../''${want#*/} $out/etc/systemd/system/''${want%%/*}.wants/''${want#*/}
    done
    if [ -n "$admin" ]; then
      mkdir -p $out/etc/kubernetes
      ln -s $admin $out/etc/kubernetes/cluster-admin.kubeconfig
    fi
    printf %s "$nixos" >$out/nixos-version
    echo "systemd 2" >$out/init-interface-version
    ln -s $kernel/bzImage $out/kernel
    ln -s $kernel $out/kernel-modules
    ln -s $kernel/initrd $out/initrd
    ln -s $systemd $out/systemd
    cp $switch $out/bin/switch-to-configuration
    chmod 755 $out/bin/switch-to-configuration
    printf '#!/bin/sh\necho "{\\"nixosVersion\\":\\"%s\\"}"\n' "$nixos" >$out/sw/bin/nixos-version
    chmod 755 $out/sw/bin/nixos-version
    ln -s $lab/bin/bootctl $out/sw/bin/bootctl
    ln -s $lab/bin/boot-entries $out/bin/boot-entries
  '' ];
})
