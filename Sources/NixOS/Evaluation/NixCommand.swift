/// A call of Nix, as its arguments. `nix` is told to use flakes whatever nix.conf says, and never to write a lock file.
public struct NixCommand: Sendable, Hashable {
    public enum Network: Sendable { case online, offline }

    public var program: String
    public var arguments: [String]

    /// Versions of one host of a flake: evaluates, builds nothing.
    ///
    /// `override`: what the input `nixpkgs` (or `input`) is replaced with.
    public static func evaluateHost(
        flake: String, host: String, override: String?, input: String, network: Network
    ) -> NixCommand {
        var arguments = [
            "--extra-experimental-features", "nix-command flakes", "eval", "--json", "--no-write-lock-file",
        ]
        if let override { arguments += ["--override-input", input, override] }
        if case .offline = network { arguments.append("--offline") }
        arguments += ["\(flake)#nixosConfigurations", "--apply", hostExpression(host)]
        return NixCommand(program: "nix", arguments: arguments)
    }

    /// Builds one host of a flake, and prints its store path as JSON; activates nothing and leaves no link.
    public static func buildHost(
        flake: String, host: String, override: String?, input: String, network: Network
    ) -> NixCommand {
        var arguments = [
            "--extra-experimental-features", "nix-command flakes", "build", "--no-link", "--json",
            "--no-write-lock-file",
        ]
        if let override { arguments += ["--override-input", input, override] }
        if case .offline = network { arguments.append("--offline") }
        arguments.append("\(flake)#nixosConfigurations.\"\(host)\".config.system.build.toplevel")
        return NixCommand(program: "nix", arguments: arguments)
    }

    /// Versions of a nixpkgs path, for a cluster without a flake.
    public static func evaluatePackages(nixpkgs: String, network: Network) -> NixCommand {
        var arguments = ["--extra-experimental-features", "nix-command flakes", "--eval", "--strict", "--json"]
        if case .offline = network { arguments += ["--option", "substitute", "false"] }
        return NixCommand(program: "nix-instantiate", arguments: arguments + ["-E", packagesExpression(nixpkgs)])
    }

    /// `or` answers a missing attribute only; an error inside stays an error, as it must.
    static func hostExpression(_ host: String) -> String {
        """
        all: if !(all ? "\(host)") then { missing = builtins.attrNames all; } else let
          system = all."\(host)"; c = system.config; k = c.services.kubernetes or null;
          used = k != null && ((k.roles or [ ]) != [ ] || (k.kubelet.enable or false) || (k.apiserver.enable or false));
          units = c.systemd.units or { };
          unit = name: let u = units.${name}; in if u.enable or true then [ { inherit name; value = {
            text = u.text or null; wanted = (u.wantedBy or [ ]) != [ ] || (u.requiredBy or [ ]) != [ ];
          }; } ] else [ ];
        in if !used then { module = false; } else {
          nix = builtins.nixVersion;
          kubernetes = k.package.version;
          etcd = if c.services.etcd.enable or false then c.services.etcd.package.version or null else null;
          containerd = c.virtualisation.containerd.package.version or system.pkgs.containerd.version or null;
          kernel = c.boot.kernelPackages.kernel.version or null;
          nixos = c.system.nixos.version or null;
          toplevel = c.system.build.toplevel.outPath or null;
          moduleKubernetes = system.pkgs.kubernetes.version or null;
          unlocksBySSH = c.boot.initrd.network.ssh.enable or null;
          revision = c.system.configurationRevision or null;
          links = {
            kernel = c.boot.kernelPackages.kernel.outPath or null;
            kernel-modules = c.system.modulesTree.outPath or null;
            initrd = c.system.build.initialRamdisk.outPath or null;
            systemd = c.systemd.package.outPath or null;
          };
          units = builtins.listToAttrs (builtins.concatMap unit (builtins.attrNames units));
        }
        """
    }

    static func packagesExpression(_ nixpkgs: String) -> String {
        let source =
            isChannelName(nixpkgs)
            ? "fetchTarball \"https://channels.nixos.org/\(nixpkgs)/nixexprs.tar.xz\""
            : isReference(nixpkgs) ? "(builtins.getFlake \(text(nixpkgs))).outPath" : path(nixpkgs)
        return """
            let p = import (\(source)) { }; in {
              kubernetes = p.kubernetes.version; etcd = p.etcd.version or null; containerd = p.containerd.version or null;
              kernel = p.linuxPackages.kernel.version or null; nixos = p.lib.version or null;
              nix = builtins.nixVersion;
            }
            """
    }

    /// `nixos-26.05`, `nixpkgs-unstable`, …
    public static func isChannelName(_ text: String) -> Bool {
        (text.hasPrefix("nixos-") || text.hasPrefix("nixpkgs-"))
            && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
    }

    /// A path as a Nix string turned into a path, so that spaces and dots mean nothing.
    private static func path(_ text: String) -> String {
        "/. + " + self.text(text.hasPrefix("path:") ? String(text.dropFirst(5)) : text)
    }

    /// `github:NixOS/nixpkgs/REVISION`: a flake's reference, and no path.
    private static func isReference(_ text: String) -> Bool { text.contains(":") && !text.hasPrefix("path:") }

    /// As a string of Nix.
    private static func text(_ text: String) -> String {
        var escaped = ""
        for character in text {
            if "\"\\$".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return "\"\(escaped)\""
    }
}
