/// What is wrong with a store after a crash, by kind.
enum Harm: String, CaseIterable {
    /// The file can't be opened, or not read to its end.
    case unreadable
    /// Something that the store had confirmed is not there.
    case lost
    /// Something is there twice.
    case doubled
    /// A part of a transaction, or sums that do not fit what they sum.
    case half
    /// Something is there that nobody asked for, or that the till was told is not.
    case phantom
    /// The journal's chain of hashes does not hold.
    case chain
}

struct Findings {
    private(set) var counts: [Harm: Int] = [:]
    private(set) var examples: [String] = []

    /// Images with any harm.
    private(set) var bad = 0

    mutating func add(_ harms: [Harm: String], at place: @autoclosure () -> String) {
        guard !harms.isEmpty else { return }
        bad += 1
        for harm in harms.keys { counts[harm, default: 0] += 1 }
        guard examples.count < 5 else { return }
        let what = harms.map { "\($0.key.rawValue): \($0.value)" }.sorted().joined(separator: ", ")
        examples.append("\(place()): \(what)")
    }

    func count(_ harm: Harm) -> Int { counts[harm] ?? 0 }

    /// `lost 0 doubled 0 …`
    var line: String { Harm.allCases.map { "\($0.rawValue) \(count($0))" }.joined(separator: " ") }
}
