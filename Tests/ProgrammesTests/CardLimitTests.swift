import Core
import HostProtocol
import Testing

@testable import Programmes

/// CARD-1, CARD-3, CARD-4, CARD-6, CARD-11: balance, counts, amounts and dates of the prepaid card.
@Suite("Limits of the card")
struct CardLimitTests {
    static let balance: [Row] = [
        Row("CARD-1: 0.00 available, 0.01 asked", .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.balance = 0 }
            $0.amount = sek("0.01")
        },
        Row("CARD-1: 0.00 available, 95.00 asked", .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.balance = 0 }
        },
        Row("CARD-1: 0.00 available, a part is taken too", .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.balance = 0 }
            $0.request.allowsPartial = true
        },
        Row("CARD-1: 0.01 available, 0.01 asked", .pays("0.01", of: 1)) {
            $0.limit { $0.balance = 1 }
            $0.amount = sek("0.01")
        },
        Row("CARD-1: 0.01 below zero", .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.balance = -1 }
            $0.amount = sek("0.01")
        },
        Row("CARD-1: 95.00 of 95.00", .pays("95.00", of: 9500)) { $0.limit { $0.balance = 9500 } },
        Row("CARD-1: 95.00 of 94.99", .declined("CARD-1", .insufficientFunds)) { $0.limit { $0.balance = 9499 } },
        Row("CARD-1: 95.00 of 95.01", .pays("95.00", of: 9501)) { $0.limit { $0.balance = 9501 } },
        Row("CARD-1: no purse at all", .declined("CARD-1", .insufficientFunds)) { $0.limit { $0.purses = [] } },
        Row("CARD-1: only a purse of another name", .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.purses = [PurseBalance(purse: "other", balance: 100_000)] }
        },
        Row("CARD-1: the purse's last day is today", .pays("95.00")) {
            $0.purse("prepaid", 100_000, validThrough: "2026-11-19")
        },
        Row("CARD-1: the purse's last day was yesterday", .declined("CARD-1", .insufficientFunds)) {
            $0.purse("prepaid", 100_000, validThrough: "2026-11-18")
        },
        Row("CARD-1: an amount of 0.00", .declined("CARD-1", .amountNotPositive)) { $0.amount = sek("0.00") },
        Row("CARD-1: an amount below zero", .declined("CARD-1", .amountNotPositive)) {
            $0.amount = Money(minorUnits: -1, currency: .sek)
        },
        Row("CARD-1: the issuer, 95.00 of 95.00", atHost: true, .pays("95.00", of: 9500).by("CARD-21", .approvedOnline))
        {
            $0.limit { $0.balance = 9500 }
        },
        Row("CARD-1: the issuer, 95.00 of 94.99", atHost: true, .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.balance = 9499 }
        },
    ]

    static let available: [Row] = [
        Row("ALL-3: 100.00 less 5.00 spent here pays 95.00", .pays("95.00", of: 9500)) {
            $0.limit { $0.balance = 10_000 }
            $0.uncounted { $0.shares = [share("prepaid", 500)] }
        },
        Row("ALL-3: 100.00 less 5.01 spent here", .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.balance = 10_000 }
            $0.uncounted { $0.shares = [share("prepaid", 501)] }
        },
        Row("ALL-3: two spends, each taken off once", .pays("95.00", of: 9500)) {
            $0.limit { $0.balance = 10_000 }
            $0.uncounted { $0.shares = [share("prepaid", 300), share("prepaid", 200)] }
        },
        Row("ALL-3: two spends, one cent more", .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.balance = 10_000 }
            $0.uncounted { $0.shares = [share("prepaid", 300), share("prepaid", 201)] }
        },
        Row("ALL-3: what was given back counts", .pays("95.00", of: 9500)) {
            $0.limit { $0.balance = 9400 }
            $0.uncounted { $0.shares = [share("prepaid", -100)] }
        },
        Row("ALL-3: another purse's spends do not", .pays("95.00", of: 9500)) {
            $0.limit { $0.balance = 9500 }
            $0.uncounted { $0.shares = [share("other", 9500), share("prepaid", 9500, of: 5)] }
        },
        Row("ALL-3: a difference that can't be computed is nothing", .declined("CARD-1", .insufficientFunds)) {
            $0.limit { $0.balance = 10_000 }
            $0.uncounted { $0.shares = [share("prepaid", .min)] }
        },
    ]

    static func count(_ host: Int, _ here: Int, on counted: String = "2026-11-19") -> (inout Scene) -> Void {
        { scene in
            scene.limit {
                $0.countedDay = day(counted)
                $0.purchasesOnCountedDay = host
            }
            scene.uncounted { $0.purchasesToday = here }
        }
    }

    static func tenth(_ counted: String, at time: String) -> (inout Scene) -> Void {
        { scene in
            count(10, 0, on: counted)(&scene)
            scene.time(time)
        }
    }

    static let refused = Expected.declined("CARD-3", .dailyCountExceeded)

    static let counts: [Row] = [
        Row("CARD-3: the 10th of the day", .pays("95.00"), count(9, 0)),
        Row("CARD-3: the 11th of the day", refused, count(10, 0)),
        Row("CARD-3: the 12th of the day", refused, count(11, 0)),
        Row("CARD-3: 8 at the host and 1 here", .pays("95.00"), count(8, 1)),
        Row("CARD-3: 9 at the host and 1 here", refused, count(9, 1)),
        Row("CARD-3: 9 here", .pays("95.00"), count(0, 9)),
        Row("CARD-3: 10 here", refused, count(0, 10)),
        Row("CARD-3: more than can be counted", refused, count(.max, 1)),
        Row("CARD-3: 10 yesterday at the host", .pays("95.00"), count(10, 0, on: "2026-11-18")),
        Row("CARD-3: 10 yesterday at the host, 9 here today", .pays("95.00"), count(10, 9, on: "2026-11-18")),
        Row("CARD-3: 10 yesterday at the host, 10 here today", refused, count(10, 10, on: "2026-11-18")),
        Row("CARD-3: no day counted yet", .pays("95.00")) {
            $0.limit {
                $0.countedDay = nil
                $0.purchasesOnCountedDay = 10
            }
        },
        Row("CARD-3: 10th at the issuer", atHost: true, .pays("95.00").by("CARD-21", .approvedOnline), count(9, 0)),
        Row("CARD-3: 11th at the issuer", atHost: true, refused, count(10, 0)),
        Row("CARD-3: an ARQC is refused before the host is asked", refused) {
            count(10, 0)(&$0)
            $0.evidence.cryptogram = .arqc
            $0.terminal.hostReachable = true
        },
        Row("CARD-3: an ARQC, 9 counted", .online) {
            count(9, 0)(&$0)
            $0.evidence.cryptogram = .arqc
            $0.terminal.hostReachable = true
        },
        Row("CARD-3: 23:59:59", refused, tenth("2026-11-19", at: "2026-11-19T23:59:59+01:00")),
        Row("CARD-3: 23:59:59.999", refused, tenth("2026-11-19", at: "2026-11-19T23:59:59.999+01:00")),
        Row(
            "CARD-3: 00:00:00 of the next day", .pays("95.00").on("2026-11-20"),
            tenth("2026-11-19", at: "2026-11-20T00:00:00+01:00")),
        Row("CARD-3: 00:00:00 of the day", refused, tenth("2026-11-19", at: "2026-11-19T00:00:00+01:00")),
        Row(
            "CARD-3: the last millisecond before the day", .pays("95.00").on("2026-11-19"),
            tenth("2026-11-19", at: "2026-11-18T23:59:59.999+01:00")),
        Row(
            "CARD-3: midnight in Helsinki is none in Stockholm", refused,
            tenth("2026-11-19", at: "2026-11-20T00:00:00+02:00")),
        Row("CARD-3: clocks go back, the day's first", refused, tenth("2026-10-25", at: "2026-10-25T00:00:00+02:00")),
        Row(
            "CARD-3: clocks go back, the day before", .pays("95.00").on("2026-10-26"),
            tenth("2026-10-25", at: "2026-10-24T23:59:59.999+02:00")),
        Row(
            "CARD-3: clocks go back, the day's last", refused,
            tenth("2026-10-25", at: "2026-10-25T23:59:59.999+01:00")),
        Row(
            "CARD-3: clocks go back, the day after", .pays("95.00").on("2026-10-26"),
            tenth("2026-10-25", at: "2026-10-26T00:00:00+01:00")),
        Row(
            "CARD-3: clocks go ahead, the day's last", refused, tenth("2026-03-29", at: "2026-03-29T23:59:59.999+02:00")
        ),
        Row(
            "CARD-3: clocks go ahead, the day after", .pays("95.00").on("2026-03-30"),
            tenth("2026-03-29", at: "2026-03-30T00:00:00+02:00")),
    ]

    /// At the issuer, as no terminal may take so much offline; and at a terminal that sends it on.
    static let single: [Row] = [
        Row("CARD-4: 5,000.00", atHost: true, .pays("5000.00", of: 900_000).by("CARD-21", .approvedOnline)) {
            large("5000.00", &$0)
        },
        Row("CARD-4: 4,999.99", atHost: true, .pays("4999.99", of: 900_000).by("CARD-21", .approvedOnline)) {
            large("4999.99", &$0)
        },
        Row("CARD-4: 5,000.01", atHost: true, .declined("CARD-4", .perTransactionLimit)) { large("5000.01", &$0) },
        Row("CARD-4: 5,000.00 is sent to the host", .online) { large("5000.00", &$0) },
        Row("CARD-4: 5,000.01 is not", .declined("CARD-4", .perTransactionLimit)) { large("5000.01", &$0) },
        Row("CARD-4: in part is no way round it", .declined("CARD-4", .perTransactionLimit)) {
            large("5000.01", &$0)
            $0.request.allowsPartial = true
        },
    ]

    static func large(_ amount: String, _ scene: inout Scene) {
        scene.amount = sek(amount)
        scene.limit { $0.balance = 900_000 }
        scene.evidence.cryptogram = .arqc
        scene.evidence.verification = .pin
        scene.terminal.hostReachable = true
    }

    static func shown(_ expiry: String?, at time: String) -> (inout Scene) -> Void {
        { scene in
            scene.evidence.expiry = expiry.flatMap { day($0) }
            scene.time(time)
        }
    }

    static let expired = Expected.declined("CARD-6", .expired)

    static let expiry: [Row] = [
        Row(
            "CARD-6: 30 Nov 23:59:59.999", .pays("95.00").on("2026-12-01"),
            shown("2026-11-30", at: "2026-11-30T23:59:59.999+01:00")),
        Row("CARD-6: 1 Dec 00:00", expired, shown("2026-11-30", at: "2026-12-01T00:00:00+01:00")),
        Row(
            "CARD-6: the day within the month is of no account", .pays("95.00").on("2026-12-01"),
            shown("2026-11-01", at: "2026-11-30T23:59:59.999+01:00")),
        Row(
            "CARD-6: 1 Dec in Helsinki is 30 Nov in Stockholm", .pays("95.00").on("2026-12-01"),
            shown("2026-11-30", at: "2026-12-01T00:00:00+02:00")),
        Row("CARD-6: 1 Dec in Stockholm is 30 Nov in UTC", expired, shown("2026-11-30", at: "2026-11-30T23:00:00Z")),
        Row(
            "CARD-6: 30 June 23:59:59.999 in summer", .pays("95.00").on("2026-07-01"),
            shown("2026-06-30", at: "2026-06-30T23:59:59.999+02:00")),
        Row("CARD-6: 1 July 00:00 in summer", expired, shown("2026-06-30", at: "2026-07-01T00:00:00+02:00")),
        Row(
            "CARD-6: the month before, the year after", .pays("95.00"),
            shown("2027-10-31", at: "2026-11-19T12:00:00+01:00")),
        Row("CARD-6: the month after, the year before", expired, shown("2025-12-31", at: "2026-11-19T12:00:00+01:00")),
        Row("CARD-6: December to January", expired, shown("2026-12-31", at: "2027-01-01T00:00:00+01:00")),
        Row("CARD-6: no date", .declined("CARD-6", .cardDataInvalid), shown(nil, at: "2026-11-19T12:00:00+01:00")),
        Row("CARD-6: at the issuer", atHost: true, expired, shown("2026-10-31", at: "2026-11-19T12:00:00+01:00")),
    ]

    static let partial: [Row] = [
        Row("CARD-11: 70.00 available, 95.00 asked", .pays("70.00", of: 7000)) { short(7000, &$0) },
        Row("CARD-11: 94.99 available", .pays("94.99", of: 9499)) { short(9499, &$0) },
        Row("CARD-11: 95.00 available", .pays("95.00", of: 9500)) { short(9500, &$0) },
        Row("CARD-11: 0.01 available", .pays("0.01", of: 1)) { short(1, &$0) },
        Row("CARD-11: the checkout takes no part", .declined("CARD-1", .insufficientFunds)) {
            short(7000, &$0)
            $0.request.allowsPartial = false
        },
        Row("CARD-11: a hold is whole or none", .declined("CARD-1", .insufficientFunds)) {
            short(7000, &$0)
            $0.request.kind = .hold
        },
        Row("CARD-11: at the issuer", atHost: true, .pays("70.00", of: 7000).by("CARD-21", .approvedOnline)) {
            short(7000, &$0)
        },
        Row("CARD-11: the programme takes no part", .mobile, .declined("CARD-1", .insufficientFunds)) {
            $0.purse("lunch", 999)
            $0.request.allowsPartial = true
        },
        Row("CARD-11: that programme, all there", .mobile, .pays("10.00", [share("lunch", 1000)], after: 0)) {
            $0.purse("lunch", 1000)
            $0.request.allowsPartial = true
        },
    ]

    static func short(_ balance: Int64, _ scene: inout Scene) {
        scene.limit { $0.balance = balance }
        scene.request.allowsPartial = true
    }

    @Test("Balance", arguments: balance + available) func balanceRows(_ row: Row) throws { try row.run() }
    @Test("Count of the day", arguments: counts) func countsRows(_ row: Row) throws { try row.run() }
    @Test("Single purchase", arguments: single) func singleRows(_ row: Row) throws { try row.run() }
    @Test("Expiry", arguments: expiry) func expiryRows(_ row: Row) throws { try row.run() }
    @Test("In part", arguments: partial) func partialRows(_ row: Row) throws { try row.run() }

    @Test("CARD-11: what is left due is reported")
    func due() throws {
        var scene = Scene.card
        Self.short(7000, &scene)
        #expect(try scene.decide().due(of: scene.amount) == sek("25.00"))
        scene.limit { $0.balance = 0 }
        #expect(try scene.decide().due(of: scene.amount) == sek("95.00"))
    }
}
