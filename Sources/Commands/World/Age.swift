import ArgumentParser

/// A time as people write it: `26h`, `90m`, `7d`.
struct Age: ExpressibleByArgument {
    var seconds: Int64

    init(seconds: Int64) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()),
            (1...1_000_000).contains(count)
        else { return nil }
        seconds = count * unit
    }

    var defaultValueDescription: String { "\(seconds / 3_600)h" }
}
