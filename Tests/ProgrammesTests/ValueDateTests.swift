import Core
import HostProtocol
import Testing

@testable import Programmes

/// CARD-13, CARD-15: when an order counts as received.
@Suite("Value dates")
struct ValueDateTests {
    /// Received, value date; Helsinki is UTC+2 in winter and UTC+3 in summer.
    static let received: [(String, String)] = [
        ("2026-11-20T16:00:00+02:00", "2026-11-20"), ("2026-11-20T16:00:00.001+02:00", "2026-11-23"),
        ("2026-11-20T16:00:01+02:00", "2026-11-23"), ("2026-11-20T15:59:59.999+02:00", "2026-11-20"),
        ("2026-11-20T16:00:00+01:00", "2026-11-23"), ("2026-11-20T15:00:00+01:00", "2026-11-20"),
        ("2026-11-20T00:00:00+02:00", "2026-11-20"), ("2026-11-20T23:59:59.999+02:00", "2026-11-23"),
        ("2026-11-21T12:00:00+02:00", "2026-11-23"), ("2026-11-22T23:59:59.999+02:00", "2026-11-23"),
        ("2026-11-23T00:00:00+02:00", "2026-11-23"), ("2026-11-19T16:00:01+02:00", "2026-11-20"),
        // Summer time.
        ("2026-07-10T16:00:00+03:00", "2026-07-10"), ("2026-07-10T16:00:00.001+03:00", "2026-07-13"),
        // Clocks change on Sundays: the Friday before, the Monday after.
        ("2026-10-23T16:00:00.001+03:00", "2026-10-26"), ("2026-10-26T16:00:00+02:00", "2026-10-26"),
        ("2026-10-26T16:00:00.001+02:00", "2026-10-27"), ("2026-03-30T16:00:00.001+03:00", "2026-03-31"),
        ("2026-03-29T03:59:59+03:00", "2026-03-30"),
        // Finnish bank holidays: Good Friday 3 April to Easter Monday 6 April 2026.
        ("2026-04-02T16:00:00+03:00", "2026-04-02"), ("2026-04-02T16:00:00.001+03:00", "2026-04-07"),
        ("2026-04-03T12:00:00+03:00", "2026-04-07"), ("2026-04-06T12:00:00+03:00", "2026-04-07"),
        // Epiphany, May Day (Friday), Ascension, Midsummer Eve (Friday), Christmas.
        ("2026-01-05T16:00:01+02:00", "2026-01-07"), ("2026-01-06T12:00:00+02:00", "2026-01-07"),
        ("2026-04-30T16:00:01+03:00", "2026-05-04"), ("2026-05-13T16:00:01+03:00", "2026-05-15"),
        ("2026-05-14T09:00:00+03:00", "2026-05-15"), ("2026-06-18T16:00:01+03:00", "2026-06-22"),
        ("2026-06-19T09:00:00+03:00", "2026-06-22"), ("2026-12-23T16:00:01+02:00", "2026-12-28"),
        ("2026-12-24T10:00:00+02:00", "2026-12-28"), ("2026-12-31T10:00:00+02:00", "2026-12-31"),
        ("2026-12-31T16:00:01+02:00", "2027-01-04"), ("2027-06-24T16:00:01+03:00", "2027-06-28"),
        ("2025-12-23T16:00:01+02:00", "2025-12-29"), ("2025-12-24T12:00:00+02:00", "2025-12-29"),
        ("2025-12-25T12:00:00+02:00", "2025-12-29"), ("2025-12-26T12:00:00+02:00", "2025-12-29"),
        ("2025-12-29T12:00:00+02:00", "2025-12-29"), ("2024-01-01T12:00:00+02:00", "2024-01-02"),
        ("2026-05-15T12:00:00+03:00", "2026-05-15"), ("2026-05-13T12:00:00+03:00", "2026-05-13"),
        ("2026-04-02T12:00:00+03:00", "2026-04-02"), ("2026-04-07T12:00:00+03:00", "2026-04-07"),
        ("2026-06-18T12:00:00+03:00", "2026-06-18"),
        // Independence Day on a Monday and on a Sunday; Sweden's holidays are working days in Finland.
        ("2027-12-06T12:00:00+02:00", "2027-12-07"), ("2026-12-07T12:00:00+02:00", "2026-12-07"),
        ("2025-06-06T12:00:00+03:00", "2025-06-06"), ("2025-12-31T12:00:00+02:00", "2025-12-31"),
        ("2027-12-03T16:00:01+02:00", "2027-12-07"),
        // Easter at its earliest and latest in this century.
        ("2035-03-23T12:00:00+02:00", "2035-03-27"), ("2038-04-23T12:00:00+03:00", "2038-04-27"),
    ]

    @Test(
        "CARD-15: after 16:00 in Helsinki, or on no business day, an order is the next business day's",
        arguments: received)
    func valueDate(_ time: String, _ expected: String) throws {
        var scene = Scene.card
        scene.time(time)
        scene.evidence.expiry = day("2049-12-31")
        check(try scene.decide(), .pays("95.00").on(expected), scene.amount)
        #expect(try scene.programme.valueDate(receivedAt: at(time)).description == expected)
        // Funds are debited at once all the same.
        #expect(try scene.decide().availableAfter == sek("905.00"))
    }

    @Test(
        "CARD-15: a programme without the rule has the day on its own wall",
        arguments: [
            ("2026-11-21T23:59:59.999+02:00", "2026-11-21"), ("2026-11-22T00:00:00+02:00", "2026-11-22"),
            ("2026-11-21T22:00:00Z", "2026-11-22"),
        ])
    func noRule(_ time: String, _ expected: String) throws {
        #expect(try Scene.mobile.programme.valueDate(receivedAt: at(time)).description == expected)
    }

    @Test(
        "CARD-13: a credit is available at most 3 days after its receipt",
        arguments: [
            ("2026-11-19T12:00:00+02:00", "2026-11-22"), ("2026-11-20T16:00:01+02:00", "2026-11-26"),
            ("2026-12-29T12:00:00+02:00", "2027-01-01"),
        ])
    func creditDay(_ time: String, _ expected: String) throws {
        #expect(try Scene.card.programme.creditDay(receivedAt: at(time)).description == expected)
    }
}
