import Terminal
import UpgradePlanning

/// What the program says when it is started without a verb: where you are, and what to type next. Asks nobody.
enum WhereAmI {
    /// Throws ``Problem`` where the cluster file cannot be read. Not an error: that there is none.
    static func text(option: String?, world: World) throws -> String {
        try situation(option: option, world: world).flatMap { line in
            line.hasPrefix(" ") ? [line] : TextWidth.wrap(line, width: 80)
        }.joined(separator: "\n") + "\n"
    }

    /// What is so whatever the cluster file says.
    static func head(_ world: World) -> String {
        ([world.outputStyle("kupgrade \(Kupgrade.version)", .heading)] + runs(world)).joined(separator: "\n") + "\n"
    }

    private static func runs(_ world: World) -> [String] {
        OpenRuns.here(world).flatMap { run in
            [
                "the run \(run.name) is open: \(run.done) of \(run.steps) steps are done"
                    + (run.trouble.map { "; \($0)" } ?? ""), "  kupgrade resume          goes on with it",
                "  kupgrade undo            takes it back", "",
            ]
        }
    }

    private static func situation(option: String?, world: World) throws -> [String] {
        do {
            let place = try ClusterFileLocation.place(option: option, world: world)
            let file = try ClusterFileLocation.load(option: option, world: world)
            return [
                "cluster \(file.name): \(Amount.count(file.nodes.count, "node")), by \(file.path), found \(place.reason)",
                "", "  kupgrade status          cluster and nodes now",
                "  kupgrade doctor          what is wrong today",
                "  kupgrade plan            what your channel would bring",
                "  kupgrade --help          all verbs",
            ]
        } catch let problem as Problem where problem.code == "KUP-E001" {
            return [
                "no cluster file: none was named, and none is at \(ClusterFileLocation.places(world).joined(separator: ", "))",
                "", "  kupgrade init --node MASTER   finds a cluster over ssh and writes one",
                "  kupgrade --help               all verbs",
            ]
        }
    }
}
