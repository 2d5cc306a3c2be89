import Testing

@testable import Terminal

@Suite("When a terminal asks for the keys of tags")
struct TagKeyScheduleTests {
    private let one = "0000000000000001", two = "0000000000000002"

    private func due(_ schedule: inout TagKeySchedule, kept: String?, told: String?, at now: Int64, span: Int64 = 60_000, random: Double = 0.5) -> Bool {
        schedule.isDue(kept: kept, told: told, now: now, span: span, random: random)
    }

    @Test("Not while the host has none, or has what is kept; at once when nothing is kept")
    func first() {
        var schedule = TagKeySchedule(cap: 900_000)
        #expect(!due(&schedule, kept: nil, told: nil, at: 0))
        #expect(!due(&schedule, kept: one, told: nil, at: 0))
        #expect(!due(&schedule, kept: one, told: one, at: 0))
        let schedule2 = schedule
        #expect(due(&schedule, kept: nil, told: one, at: 5))
        #expect(schedule2 != schedule)
    }

    @Test("New keys: spread over the host's span, but no longer than the cap, and asked for once the wait is over")
    func spread() {
        for (span, cap, wait) in [(60_000, 900_000, 30_000), (3_600_000, 900_000, 450_000), (-1, 900_000, 0)] as [(Int64, Int64, Int64)] {
            var schedule = TagKeySchedule(cap: cap)
            #expect(due(&schedule, kept: one, told: two, at: 1_000, span: span) == (wait == 0))
            if wait > 0 { #expect(!due(&schedule, kept: one, told: two, at: 999 + wait, span: span, random: 0)) }
            #expect(due(&schedule, kept: one, told: two, at: 1_000 + wait, span: span, random: 1))
        }
    }

    @Test("Each failure waits longer, with jitter, up to the cap; a host that gives none is asked again in an hour, or when it has others")
    func failures() {
        var schedule = TagKeySchedule(cap: 10_000)
        var now: Int64 = 0
        for wait in [1_000, 2_000, 4_000, 8_000, 10_000, 10_000] as [Int64] {
            #expect(due(&schedule, kept: nil, told: one, at: now))
            schedule.asked(.unreachable(.timeout), at: now, random: 1)
            #expect(!due(&schedule, kept: nil, told: one, at: now + wait - 1))
            now += wait
        }
        #expect(due(&schedule, kept: nil, told: one, at: now))
        schedule.asked(.notOffered, at: now, random: 0)
        #expect(!due(&schedule, kept: nil, told: one, at: now + 3_599_999))
        #expect(due(&schedule, kept: nil, told: one, at: now + 3_600_000))
        schedule.asked(.notOffered, at: now, random: 0)
        #expect(due(&schedule, kept: nil, told: two, at: now + 1))
    }

    @Test("Kept, and told of another by a sign of life that is older: not asked again and again")
    func settled() {
        var schedule = TagKeySchedule(cap: 10_000)
        #expect(due(&schedule, kept: nil, told: one, at: 0))
        schedule.asked(.settled, at: 0, random: 0)
        #expect(!due(&schedule, kept: two, told: one, at: 9_999))
        #expect(due(&schedule, kept: two, told: one, at: 10_000))
        #expect(!due(&schedule, kept: two, told: two, at: 10_001))
    }
}
