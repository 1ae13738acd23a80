import Commands

/// The program: everything is in ``Commands``, so that it can be tested.
@main
struct Main {
    @MainActor static func main() async {
        await Kupgrade.run(CommandLine.arguments)
    }
}
