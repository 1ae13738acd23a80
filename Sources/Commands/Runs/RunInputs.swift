import FoundationEssentials
import RunEngine

/// What a run needs beside its plan to go on, kept beside its journal. No secret is in it.
struct RunInputs: Codable, Hashable {
    static let file = "inputs.json"

    /// The sealed archive's path; `nil` where the machine that goes on has none.
    var archive: String?
    /// The identity's path.
    var identity: String?
    /// No cluster file: this host alone, by its name.
    var alone: String?

    static func load(_ folder: RunFolder) -> RunInputs {
        guard let bytes = try? folder.read(file) else { return RunInputs() }
        return (try? JSONDecoder().decode(RunInputs.self, from: Data(bytes))) ?? RunInputs()
    }

    func save(_ folder: RunFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try folder.write(Array(try encoder.encode(self)), as: Self.file)
    }
}
