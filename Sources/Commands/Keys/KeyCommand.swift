import ArgumentParser

/// `kupgrade key`: the keys that archives are sealed and signed with.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make, show and check the keys of archives.",
        discussion: """
            Archives are sealed to recipients: whoever makes them cannot read them, and
            whoever holds an identity can. They are signed by the host that makes them.
            Both are files that age and minisign read.
            """,
        subcommands: [KeyGenerateCommand.self, KeyShowCommand.self, KeyCheckCommand.self])
}
