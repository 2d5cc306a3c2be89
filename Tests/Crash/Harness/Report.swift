import Foundation

/// Counts of a replay, as a process tells them to the one that started it.
struct Report: Codable {
    var points: Int
    var tried: Int
    var distinct: Int
    var opened: Int
    var bad: Int
    var harms: [String: Int]
    var examples: [String]

    init(points: Int, tried: Int, distinct: Int, opened: Int, findings: Findings) {
        self.points = points
        self.tried = tried
        self.distinct = distinct
        self.opened = opened
        bad = findings.bad
        harms = Dictionary(uniqueKeysWithValues: Harm.allCases.map { ($0.rawValue, findings.count($0)) })
        examples = findings.examples
    }

    init() { self.init(points: 0, tried: 0, distinct: 0, opened: 0, findings: Findings()) }

    /// Parts of one replay have the points in common; they share out the images.
    mutating func add(_ other: Report, samePoints: Bool) {
        points = samePoints ? max(points, other.points) : points + other.points
        tried += other.tried
        distinct += other.distinct
        opened += other.opened
        bad += other.bad
        harms.merge(other.harms) { $0 + $1 }
        examples += other.examples
    }

    var line: String {
        let harm = Harm.allCases.map { "\($0.rawValue)=\(harms[$0.rawValue] ?? 0)" }.joined(separator: " ")
        return "points=\(points) images=\(tried) distinct=\(distinct) recovered=\(opened) bad=\(bad) \(harm)"
    }
}
