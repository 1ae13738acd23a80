{
  description = "kupgrade: plans upgrades and makes archives of Kubernetes run by NixOS's services.kubernetes";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      # `make dist` puts it there. Git does not track it: `nix build path:.`, not `nix build .`.
      tarball = pkgs:
        let
          folder = ./dist;
          isOurs = name: builtins.match "kupgrade-.*-linux-${pkgs.stdenv.hostPlatform.parsed.cpu.name}\\.tar\\.gz" name != null;
          found = if builtins.pathExists folder then builtins.filter isOurs (builtins.attrNames (builtins.readDir folder)) else [ ];
        in
        if found == [ ]
        then throw "there is no dist/kupgrade-*.tar.gz: run 'make dist' first, then use this flake as path:${toString ./.}"
        else folder + "/${lib.last found}";
      package = pkgs: pkgs.callPackage ./hooks/nixos/package.nix { tarball = tarball pkgs; };
    in
    {
      packages = each (pkgs: { default = package pkgs; });
      overlays.default = final: _: { kupgrade = package final; };
      nixosModules.default = { pkgs, lib, ... }: {
        imports = [ ./hooks/nixos/module.nix ];
        services.kupgrade.package = lib.mkDefault (package pkgs);
      };
      devShells = each (pkgs: {
        default = pkgs.mkShell {
          packages = with pkgs; [ swift swiftpm libsodium libarchive zstd zlib pkg-config age minisign shellcheck rclone ];
        };
      });
    };
}
