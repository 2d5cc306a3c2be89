import Core
import Diagnostics
import Testing

@testable import Terminal

@Suite("ALL-4: each bound past which nothing is approved offline is told before and when it is reached")
struct RiskStandingTests {
    static let calm = RiskStanding(
        records: 10, mostRecords: 100, oldest: 3_600_000, longestWait: 7 * 86_400_000,
        exposure: [Money(minorUnits: 1_000, currency: .sek)], exposureCap: 100_000, limitAge: 60_000, oldestLimits: 86_400_000)

    static let cases: [(change: @Sendable (inout RiskStanding) -> Void, severity: String, says: String)] = [
        ({ $0.records = 89 }, "", ""),
        ({ $0.records = 90 }, "warning", "nearly full: 90 of 100"),
        ({ $0.records = 100 }, "error", "the queue is full: 100"),
        ({ $0.oldest = 6 * 86_400_000 }, "", ""),
        ({ $0.oldest = 6 * 86_400_000 + 80_000_000 }, "warning", "6 day(s), 7 are allowed"),
        ({ $0.oldest = 8 * 86_400_000 }, "error", "8 day(s), 7 are allowed"),
        ({ $0.oldest = 80 * 86_400_000; $0.longestWait = nil }, "", ""),
        ({ $0.exposure.append(Money(minorUnits: 90_000, currency: .eur)) }, "warning", "900.00 EUR of 1000.00 EUR"),
        ({ $0.exposure = [Money(minorUnits: 100_000, currency: .sek)] }, "error", "the cap is reached"),
        ({ $0.limitAge = 86_400_000 }, "", ""),
        ({ $0.limitAge = 86_400_001 }, "error", "the limits are too old: 24 h, 24 h are allowed"),
        ({ $0.limitAge = 3 * 86_400_000 }, "error", "the limits are too old: 3 days"),
        ({ $0.limitAge = -60_001 }, "error", "ahead of the clock"),
        ({ $0.limitAge = nil }, "warning", "never given"),
        ({ $0.isRestored = true }, "error", "the image that the store was restored from"),
    ]

    @Test(arguments: cases.indices)
    func told(_ index: Int) throws {
        let (change, severity, says) = Self.cases[index]
        var standing = Self.calm
        #expect(standing.findings.isEmpty)
        change(&standing)
        guard !severity.isEmpty else {
            #expect(standing.findings.isEmpty)
            return
        }
        let finding = try #require(standing.findings.first)
        #expect(standing.findings.count == 1)
        #expect(finding.severity == severity && finding.what.contains(says), "\(finding)")
        #expect(!finding.whoIsHurt.isEmpty && finding.remedy.contains("host"))
    }
}
