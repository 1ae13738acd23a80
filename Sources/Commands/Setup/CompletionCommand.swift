import ArgumentParser

/// `kupgrade completion`: what a shell needs to complete words.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a completion script for a shell.",
        discussion: """
            EXAMPLES
              kupgrade completion bash >/etc/bash_completion.d/kupgrade
              kupgrade completion fish >~/.config/fish/completions/kupgrade.fish
              kupgrade completion zsh  >"${fpath[1]}/_kupgrade"
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, fish, zsh
    }

    @Argument(help: "bash, fish or zsh.")
    var shell: Shell

    func run() throws {
        let known: CompletionShell =
            switch shell {
            case .bash: .bash
            case .fish: .fish
            case .zsh: .zsh
            }
        World.live().output(RootCommand.completionScript(for: known) + "\n")
    }
}
