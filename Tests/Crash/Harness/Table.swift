/// What the sections have proved, one line for each goal of a release.
final class Table {
    struct Row {
        /// As the requirements number it.
        var goal: String
        var proof: String
        var tried: Int
        var harms: [String: Int]
        /// Commits whose end could not be told at once, and those that were told when asked again.
        var unknown = 0
        var resolved = 0
        var holds: Bool
    }

    private var rows: [Row] = []

    func add(_ row: Row) { rows.append(row) }

    private static func padded(_ text: String, _ width: Int, right: Bool = true) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return right ? space + text : text + space
    }

    var lines: [String] {
        guard !rows.isEmpty else { return [] }
        let harms = ["lost", "doubled", "half", "phantom", "chain", "unreadable"]
        func line(_ goal: String, _ proof: String, _ numbers: [String], _ end: String) -> String {
            Table.padded(goal, 5, right: false) + Table.padded(proof, 58, right: false)
                + numbers.map { Table.padded($0, 11) }.joined() + "  " + end
        }
        return [line("goal", "proof", ["tried"] + harms + ["unknown", "resolved"], "")]
            + rows.map { row in
                line(
                    row.goal, row.proof,
                    [row.tried] .map(String.init) + harms.map { String(row.harms[$0] ?? 0) } + [row.unknown, row.resolved].map(String.init),
                    row.holds ? "holds" : "FAILS")
            }
    }
}
