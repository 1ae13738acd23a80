{
  # A stand-in for nixpkgs: the few attributes of it that kupgrade, and `nix build` of a host, look at. What differs
  # between two channels is versions.nix alone.
  outputs = { self }: {
    lib = {
      version = (import ./versions.nix).nixos;
      nixosSystem = { modules, ... }: import ./system.nix { module = builtins.foldl' (a: b: a // b) { } modules; };
    };
    legacyPackages.x86_64-linux = import ./default.nix { };
  };
}
