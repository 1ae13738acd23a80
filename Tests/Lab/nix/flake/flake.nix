{
  # What the operator of the lab's cluster keeps in git: three hosts, and NixOS from an input.
  inputs.nixpkgs.url = "path:@STATE@/channels/next";

  outputs = { self, nixpkgs }:
    let
      system = name: nixpkgs.lib.nixosSystem { modules = [ (import ./hosts.nix { inherit name; }) ]; };
    in {
      nixosConfigurations = {
        grey-area = system "grey-area";
        congenital-optimist = system "congenital-optimist";
        limiting-factor = system "limiting-factor";
        # Not of the cluster: a host without services.kubernetes, and one whose configuration is wrong.
        plain = nixpkgs.lib.nixosSystem { modules = [ { host = "plain"; hostServices = [ ]; topology = "none"; } ]; };
        broken = throw "services.ollama.enable: a host named 'broken' cannot be evaluated";
      };
    };
}
