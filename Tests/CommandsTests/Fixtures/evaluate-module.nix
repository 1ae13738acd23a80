# Evaluates hooks/nixos/module.nix with as much of nixpkgs' module system as it uses, for a host whose configuration says
# what a test cares about. The names are nixpkgs'; what a real evaluation adds is type checking.
{ module }:
let
  isType = type: value: builtins.isAttrs value && (value._type or "") == type;
  lib = rec {
    mkOption = option: option // { _type = "option"; };
    mkEnableOption = _: mkOption { default = false; };
    mkPackageOption = pkgs: name: _: mkOption { default = pkgs.${name}; };
    mkDefault = value: value;
    mkIf = condition: content: { _type = "if"; inherit condition content; };
    mkMerge = contents: { _type = "merge"; inherit contents; };
    literalExpression = text: text;
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    optionalString = condition: text: if condition then text else "";
    optionalAttrs = condition: values: if condition then values else { };
    unique = builtins.foldl' (all: one: if builtins.elem one all then all else all ++ [ one ]) [ ];
    genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
    mapAttrsToList = f: values: map (name: f name values.${name}) (builtins.attrNames values);
    getExe = package: "${package}/bin/kupgrade";
    types = {
      str = null; bool = null; package = null; ints.unsigned = null;
      nullOr = _: null; attrsOf = _: null; listOf = _: null; either = _: _: null; enum = _: null;
    };
  };
  merge = left: right:
    left // builtins.mapAttrs
      (name: value:
        if !(left ? ${name}) then value
        else if builtins.isAttrs value && builtins.isAttrs left.${name} then merge left.${name} value
        else if builtins.isList value && builtins.isList left.${name} then left.${name} ++ value
        else value)
      right;
  resolve = value:
    if isType "if" value then (if value.condition then resolve value.content else { })
    else if isType "merge" value then builtins.foldl' (all: one: merge all (resolve one)) { } value.contents
    else if builtins.isAttrs value then builtins.mapAttrs (_: resolve) value
    else value;
  defaults = options:
    builtins.mapAttrs (_: value: if isType "option" value then value.default or null else defaults value) options;

  pkgs = {
    kupgrade = "/nix/store/k";
    bash = "bash"; util-linux = "util-linux"; gnutar = "gnutar"; getent = "getent"; curl = "curl"; rclone = "rclone"; git = "git";
    formats.json = _: { type = null; generate = _: value: builtins.toJSON value; };
  };
  utils.systemdUtils.unitOptions.unitOption = null;
  evaluated = (import module) { inherit config lib pkgs utils; };
  result = resolve evaluated.config;
  config = {
    services.etcd = { enable = true; dataDir = "/var/lib/etcd"; };
    services.cfssl = { enable = true; dataDir = "/var/lib/cfssl"; };
    services.kubernetes = { secretsPath = "/var/lib/kubernetes/secrets"; apiserver.enable = true; };
    programs.ssh.package = "ssh";
    nix.package = "nix";
    services.kupgrade = merge (defaults evaluated.options.services.kupgrade) {
      enable = true;
      settings = merge result.services.kupgrade.settings { name = "home"; nodes.grey-area = { }; };
      backup = {
        enable = true;
        recipients = [ "age1x" ];
        replicas = [ "limiting-factor:/var/backup/kupgrade" ];
        retention = { last = 5; };
        collectKey = "ssh-ed25519 AAAA backup";
        receiveKey = "ssh-ed25519 BBBB backup";
      };
    };
  };
in
{
  service = result.systemd.services.kupgrade-backup;
  check = result.systemd.services.kupgrade-backup-check;
  timer = result.systemd.timers.kupgrade-backup.timerConfig;
  checkTimer = result.systemd.timers.kupgrade-backup-check.timerConfig;
  clusterFile = result.environment.etc."kupgrade/cluster.yaml".source;
  assertions = result.assertions;
  keys = result.users.users.root.openssh.authorizedKeys.keys;
  folder = result.systemd.tmpfiles.settings."10-kupgrade";
  held = builtins.mapAttrs (_: unit: unit.unitConfig.ConditionPathExists)
    (builtins.removeAttrs result.systemd.services [ "kupgrade-backup" "kupgrade-backup-check" ]);
}
