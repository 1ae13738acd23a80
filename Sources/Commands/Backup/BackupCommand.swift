import ArgumentParser

/// `kupgrade backup`: archives of a cluster.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Make, list, check and thin out archives of a cluster.",
        subcommands: [
            BackupCreateCommand.self, BackupListCommand.self, BackupShowCommand.self, BackupVerifyCommand.self,
            BackupStatusCommand.self, BackupPruneCommand.self, BackupReplicateCommand.self, BackupTimerCommand.self,
            BackupDrillCommand.self,
            BackupCollectCommand.self, BackupReceiveCommand.self,
        ])
}
