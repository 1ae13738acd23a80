# services.kupgrade: a cluster file from the NixOS configuration, an archive every night, and a check that it was made.
{ config, lib, pkgs, utils, ... }:
let
  inherit (lib) mkOption mkEnableOption mkPackageOption mkDefault mkIf mkMerge optional optionals types;
  cfg = config.services.kupgrade;
  backup = cfg.backup;
  json = pkgs.formats.json { };
  kubernetes = config.services.kubernetes;
  clusterFile = "/etc/kupgrade/cluster.yaml";
  program = lib.getExe cfg.package;
  texts = description: mkOption { type = types.listOf types.str; default = [ ]; inherit description; };
  timerConfig = default: mkOption {
    type = types.nullOr (types.attrsOf utils.systemdUtils.unitOptions.unitOption);
    inherit default;
    description = "When, as systemd.timer(5) has it; null: never.";
  };

  # The same as `kupgrade backup timer --print`.
  service = {
    after = [ "network-online.target" "etcd.service" ];
    wants = [ "network-online.target" ];
    # A switch neither kills a backup nor makes one.
    restartIfChanged = false;
    stopIfChanged = false;
    # A service's own PATH has not even a shell.
    path = [
      pkgs.bash pkgs.util-linux pkgs.gnutar pkgs.getent pkgs.curl pkgs.rclone pkgs.git
      config.programs.ssh.package config.nix.package
    ] ++ backup.extraPackages;
    environment = { XDG_RUNTIME_DIR = "%t/kupgrade"; XDG_CACHE_HOME = "%C/kupgrade"; HOME = "/root"; }
      // lib.optionalAttrs (backup.credentials ? "rclone.conf") { RCLONE_CONFIG = "%d/rclone.conf"; };
    serviceConfig = {
      Type = "oneshot";
      StateDirectory = "kupgrade";
      StateDirectoryMode = "0700";
      CacheDirectory = "kupgrade";
      CacheDirectoryMode = "0700";
      RuntimeDirectory = "kupgrade";
      RuntimeDirectoryMode = "0700";
      RuntimeDirectoryPreserve = "yes";
      UMask = "0077";
      TimeoutStartSec = "20h";
      Nice = 10;
      IOSchedulingClass = "idle";
      ReadWritePaths = map (path: "-" + path)
        ([ backup.location ] ++ optional (backup.metrics != null) (dirOf backup.metrics) ++ backup.extraWritable);
      CapabilityBoundingSet = "CAP_DAC_READ_SEARCH";
      NoNewPrivileges = "yes";
      ProtectSystem = "strict";
      ProtectHome = "read-only";
      PrivateTmp = "yes";
      PrivateDevices = "yes";
      ProtectKernelTunables = "yes";
      ProtectKernelModules = "yes";
      ProtectKernelLogs = "yes";
      ProtectControlGroups = "yes";
      ProtectClock = "yes";
      ProtectHostname = "yes";
      RestrictAddressFamilies = "AF_INET AF_INET6 AF_UNIX AF_NETLINK";
      RestrictNamespaces = "yes";
      RestrictRealtime = "yes";
      RestrictSUIDSGID = "yes";
      LockPersonality = "yes";
      MemoryDenyWriteExecute = "yes";
      SystemCallArchitectures = "native";
      SystemCallFilter = "@system-service";
      SystemCallErrorNumber = "EPERM";
    };
  };

  services = config.services;
  heldUnits =
    optional (services.etcd.enable or false) "etcd"
    ++ optional (services.cfssl.enable or false) "cfssl"
    ++ optional (services.certmgr.enable or false) "certmgr"
    ++ optional (services.flannel.enable or false) "flannel"
    ++ optional (kubernetes.apiserver.enable or false) "kube-apiserver"
    ++ optional (kubernetes.controllerManager.enable or false) "kube-controller-manager"
    ++ optional (kubernetes.scheduler.enable or false) "kube-scheduler"
    ++ optional (kubernetes.addonManager.enable or false) "kube-addon-manager"
    ++ optional (kubernetes.kubelet.enable or false) "kubelet"
    ++ optional (kubernetes.proxy.enable or false) "kube-proxy";
in
{
  options.services.kupgrade = {
    enable = mkEnableOption "kupgrade, for the cluster that this host is of";
    package = mkPackageOption pkgs "kupgrade" { };

    settings = mkOption {
      type = json.type;
      default = { };
      example = { version = 1; name = "home"; nodes.grey-area.addresses = [ "grey-area" ]; };
      description = "The cluster file, as the README has it, in /etc/kupgrade/cluster.yaml. Everybody can read it: no secrets.";
    };

    guard.enable = mkEnableOption "a check before each switch that refuses what would harm the cluster: a skipped minor, a downgrade, an open run";

    backup = {
      enable = mkEnableOption "an archive every night";
      location = mkOption {
        type = types.str;
        default = "/var/backup/kupgrade";
        description = "The folder of archives.";
      };
      timerConfig = timerConfig { OnCalendar = "*-*-* 02:30:00 UTC"; RandomizedDelaySec = "15m"; Persistent = true; };
      checkTimerConfig = timerConfig { OnCalendar = "hourly"; RandomizedDelaySec = "5m"; Persistent = true; };
      maxAge = mkOption {
        type = types.str;
        default = "26h";
        description = "How old the newest proven archive may be before the check fails and the hooks on-backup-stale run.";
      };
      recipients = texts "Public keys that archives are sealed to. At least one must belong to no host of the cluster." // { example = [ "age1..." "ssh-ed25519 AAAA..." ]; };
      signers = texts "Public keys of minisign of the hosts whose archives are believed.";
      replicas = texts "Where copies go." // { example = [ "limiting-factor:/var/backup/kupgrade" "rclone:b2:home" ]; };
      retention = mkOption {
        type = types.nullOr (types.either (types.enum [ "off" ]) (types.attrsOf (types.either types.ints.unsigned types.str)));
        default = null;
        example = { last = 3; daily = 14; weekly = 8; monthly = 6; };
        description = "What stays; null: what kupgrade keeps by default.";
      };
      extraFolders = texts "Folders of every node that go into each archive too.";
      metrics = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "/var/lib/prometheus-node-exporter/kupgrade.prom";
        description = "A text file for Prometheus' node exporter.";
      };
      signingKey = mkOption {
        # A string: a path would copy the key into the store, which everybody can read.
        type = types.str;
        default = "/var/lib/kupgrade/signing.key";
        description = "This host's signing key; the service gets it as a credential.";
      };
      credentials = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = { "rclone.conf" = "/run/agenix/rclone.conf"; };
        description = "Further files that the service gets in $CREDENTIALS_DIRECTORY.";
      };
      extraPackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = lib.literalExpression "[ pkgs.restic ]";
        description = "What hooks need.";
      };
      extraWritable = texts "Further folders that hooks may write to, such as a restic repository.";
      drill = mkEnableOption "a trial restore of each archive, into an etcd that is thrown away";
      drillOnDisk = mkEnableOption "the disk for that trial where memory has no room: the data is unsealed there meanwhile";
      oneMaker = mkOption {
        type = types.bool;
        default = false;
        description = "Several hosts have this module: one of them makes the archive, the others check that it did.";
      };
      onFailure = texts "Units that are started when the backup or the check fails.";
      collectKey = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "ssh-ed25519 AAAA... backup@grey-area";
        description = "A public key that may read this host's part of an archive as root, and nothing else.";
      };
      receiveKey = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "ssh-ed25519 AAAA... backup@grey-area";
        description = "A public key that may add archives to location, as a replica of the host that makes them, and nothing else.";
      };
    };
  };

  config = mkIf cfg.enable (mkMerge [
    {
      environment.systemPackages = [ cfg.package ];
      # A host that only gives its part of an archive needs none.
      environment.etc = mkIf (cfg.settings ? nodes) {
        "kupgrade/cluster.yaml".source = json.generate "cluster.yaml" cfg.settings;
      };
      services.kupgrade.settings = {
        version = mkDefault 1;
        backup = {
          directory = mkDefault backup.location;
          # Where this configuration has them: what a rebuilt host needs first.
          folders = mkDefault (lib.unique (
            optionals kubernetes.apiserver.enable [ kubernetes.secretsPath ]
            ++ optional config.services.cfssl.enable config.services.cfssl.dataDir
            ++ backup.extraFolders));
        }
        // lib.optionalAttrs (backup.recipients != [ ]) { recipients = mkDefault backup.recipients; }
        // lib.optionalAttrs (backup.signers != [ ]) { signers = mkDefault backup.signers; }
        // lib.optionalAttrs (backup.replicas != [ ]) { replicas = mkDefault backup.replicas; }
        // lib.optionalAttrs (backup.retention != null) { retention = mkDefault backup.retention; }
        // lib.optionalAttrs (backup.metrics != null) { metrics = mkDefault backup.metrics; };
      };
    }
    {
      # A restore keeps units stopped by the second file, through a power cut, too. Whoever makes the first one before a
      # rebuilt host's first boot keeps it from making a cluster of its own.
      systemd.services = lib.genAttrs heldUnits (_: {
        unitConfig.ConditionPathExists = [ "!/var/lib/kupgrade/hold" "!/var/lib/kupgrade/holds/%n" ];
      });
    }
    (mkIf cfg.guard.enable {
      system.preSwitchChecks.kupgrade = ''
        ${program} guard "$1" "''${2-switch}"
      '';
    })
    (mkIf (backup.collectKey != null) {
      users.users.root.openssh.authorizedKeys.keys = [
        ''restrict,command="${program} backup collect" ${backup.collectKey}''
      ];
    })
    (mkIf (backup.receiveKey != null) {
      users.users.root.openssh.authorizedKeys.keys = [
        ''restrict,command="${program} backup receive ${backup.location}" ${backup.receiveKey}''
      ];
    })
    (mkIf backup.enable {
      assertions = [
        {
          assertion = backup.recipients != [ ] || cfg.settings.backup ? recipients;
          message = "services.kupgrade.backup.recipients is empty: nobody could open an archive.";
        }
        {
          assertion = cfg.settings ? nodes && cfg.settings ? name;
          message = "services.kupgrade.settings must have name and nodes: they say what is backed up.";
        }
      ];
      systemd.tmpfiles.settings."10-kupgrade".${backup.location}.d = { user = "root"; group = "root"; mode = "0700"; };
      systemd.services.kupgrade-backup = mkMerge [
        service
        {
          description = "Archive of the cluster";
          unitConfig.RequiresMountsFor = [ backup.location ];
          onFailure = backup.onFailure;
          serviceConfig = {
            ExecStart = "${program} backup create --cluster ${clusterFile} --signing-key %d/signing.key"
              + lib.optionalString backup.oneMaker " --one-maker"
              + lib.optionalString backup.drill " --drill"
              + lib.optionalString (backup.drill && backup.drillOnDisk) " --on-disk";
            LoadCredential = [ "signing.key:${backup.signingKey}" ]
              ++ lib.mapAttrsToList (name: path: "${name}:${path}") backup.credentials;
            # It was made, and is not proven or not at every replica; hooks and the check say so.
            SuccessExitStatus = 3;
          };
        }
      ];
      systemd.timers.kupgrade-backup = mkIf (backup.timerConfig != null) {
        wantedBy = [ "timers.target" ];
        inherit (backup) timerConfig;
      };
      systemd.services.kupgrade-backup-check = mkMerge [
        service
        {
          description = "Is the newest archive fresh";
          onFailure = backup.onFailure;
          serviceConfig.ExecStart =
            "${program} backup status --notify --max-age ${backup.maxAge} --cluster ${clusterFile}";
        }
      ];
      systemd.timers.kupgrade-backup-check = mkIf (backup.checkTimerConfig != null) {
        wantedBy = [ "timers.target" ];
        timerConfig = backup.checkTimerConfig;
      };
    })
  ]);
}
