import Core
import Foundation
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

@Suite("Purses of several kinds, and how lists rest in a column")
struct PurseTests {
    @Test("Every field of an account is what the page said, after a reopening")
    func fields() throws {
        let scene = try StoreScene()
        var limit = try scene.account(version: 3, countedThrough: 2)
        limit.programme = "smartum"
        limit.currency = .eur
        limit.purses = [
            PurseBalance(purse: "lunch", balance: 5_000, validThrough: CivilDate(year: 2026, month: 12, day: 31)),
            PurseBalance(purse: "voucher", denomination: 500, balance: 3),
            PurseBalance(purse: "voucher", denomination: 1_000, balance: 2), PurseBalance(purse: "ä-öljy", balance: -7),
        ]
        limit.lastDay = CivilDate(year: 2027, month: 1, day: 31)
        limit.countedDay = CivilDate(year: 2026, month: 11, day: 20)
        limit.purchasesOnCountedDay = 4
        limit.amountOnCountedDay = 777
        limit.openHolds = [scene.mint(), scene.mint()]
        limit.pin = PINState(disabled: true, enabledFrom: UTCInstant(milliseconds: 99), verifier: "YWJj")
        limit.instruments = [InstrumentBinding(pseudonym: scene.instrument, kind: .phone, isVirtual: true)]
        for status in AccountStatus.allCases {
            limit.status = status
            try scene.page([limit], version: 3)
            scene.store.close()
            #expect(try scene.state().limit == limit)
        }
        limit.pin = PINState(disabled: false)
        limit.openHolds = []
        limit.purses = []
        limit.instruments[0].isVirtual = nil
        try scene.page([limit], version: 3)
        #expect(try scene.state().limit == limit)
        #expect(try scene.state().limit.instruments[0].isVirtual == nil)
    }

    @Test("SMA-4, ALL-3: shares are subtracted by purse and denomination, and voids give back what each gave")
    func vouchers() throws {
        let scene = try StoreScene()
        var limit = try scene.account(version: 1)
        limit.purses = [
            PurseBalance(purse: "prepaid", balance: 5_000), PurseBalance(purse: "voucher", denomination: 500, balance: 3),
            PurseBalance(purse: "voucher", denomination: 1_000, balance: 2),
        ]
        try scene.page([limit], version: 1)
        let split = [
            PurseShare(purse: "voucher", denomination: 500, units: 2, money: 1_000),
            PurseShare(purse: "voucher", denomination: 1_000, units: 1, money: 900),
            PurseShare(purse: "prepaid", units: 200, money: 200),
        ]
        var payments: [UUIDv7] = []
        for _ in 0..<2 {
            let payment = try scene.begin(2_100)
            payments.append(payment)
            _ = try scene.store.settle(scene.closing(payment, 2_100)) { _, _ in
                .local(
                    Decision(
                        outcome: .approved, approvedAmount: scene.sek(2_100), rule: "SMA-4", reason: .approvedOffline,
                        split: split), cardMovedOn: false)
            }
        }
        func units() throws -> [Int64?] {
            let state = try scene.state()
            return [
                state.units("voucher", denomination: 500), state.units("voucher", denomination: 1_000), state.units("prepaid"),
            ]
        }
        #expect(try units() == [-1, 0, 4_600])
        #expect(try scene.state().uncounted.offlineAmount == 4_200)
        let told = try #require(try scene.store.uncountedOffline(instrument: scene.instrument))
        #expect(told.from == 0 && told.amount == 4_200)
        #expect(told.shares.map(\.units) == [4, 2, 400] && told.shares.map(\.money) == [2_000, 1_800, 400])
        #expect(try scene.records().first?.split == split)
        #expect(try scene.amend(.void, payments[0], 2_100).decision.approved)
        #expect(try units() == [1, 1, 4_800])
        limit.purses[0].balance = 4_600
        limit.purses[1].balance = -1
        limit.purses[2].balance = 0
        limit.version = 2
        limit.countedThrough = 2
        try scene.page([limit], version: 2, base: 1)
        #expect(try units() == [1, 1, 4_800])
    }

    @Test("The host's split counts where its statement does not; without any, the first purse of the right currency pays")
    func onlineSplit() throws {
        let scene = try StoreScene()
        var limit = try scene.account(version: 5)
        limit.purses.append(PurseBalance(purse: "own", balance: 1_000))
        try scene.page([limit], version: 5)
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(300), rule: "CARD-21", reason: .approvedOnline)
        let split = [PurseShare(purse: "own", units: 300, money: 300)]
        let day = CivilDate(year: 2026, month: 11, day: 24)
        let lines = [ChargeLine(kind: .purchase, amount: scene.sek(300))]
        for given in [split, nil] {
            let payment = try scene.begin(300)
            let answer = AuthorisationAnswer(
                payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: "1",
                account: nil, hostTime: scene.now.instant, split: given, lines: lines, valueDate: day)
            _ = try scene.store.settle(scene.closing(payment, 300)) { _, _ in .host(decision, answer) }
        }
        let state = try scene.state()
        #expect(state.units("own") == 700 && state.units("prepaid") == 99_700)
        let records = try scene.records()
        #expect(records.map(\.split) == [split, [PurseShare(purse: "prepaid", units: 300, money: 300)]])
        #expect(records.allSatisfy { $0.lines == lines && $0.valueDate == day && $0.kind == .onlineApproval })
        #expect(try scene.store.uncountedOffline(instrument: scene.instrument)?.shares == [])
    }

    @Test("An absurd statement is not stored: what the host approved is subtracted here")
    func absurdStatement() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 5)], version: 5)
        let payment = try scene.begin(300)
        let answer = AuthorisationAnswer(
            payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: "1",
            account: try scene.account(balance: .max, version: 6), hostTime: scene.now.instant,
            split: [PurseShare(purse: "", units: .min, money: .min)])
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(300), rule: "CARD-21", reason: .approvedOnline)
        _ = try scene.store.settle(scene.closing(payment, 300)) { _, _ in .host(decision, answer) }
        #expect(try scene.state().available() == scene.sek(99_700))
    }

    @Test("A damaged list is an error with a remedy, not a trap", arguments: [
        "UPDATE account SET purses = 'prepaid'", "UPDATE account SET purses = 'prepaid' || char(9) || 'x'",
        "UPDATE account SET purses = replace(purses, '-', '2026-02-30')", "UPDATE account SET purses = purses || char(9)",
        "UPDATE account SET purses = purses || char(10)", "UPDATE account SET open_holds = 'zz'",
        "UPDATE account SET open_holds = ''  || char(10)", "UPDATE account SET pin = '2' || char(9) || '-' || char(9) || '-'",
        "UPDATE account SET pin = ''", "UPDATE spend SET lines = '1'", "UPDATE spend SET lines = lines || char(9) || '1'",
        "UPDATE account SET last_day = 'soon'", "UPDATE instrument SET kind = 'odd'", "UPDATE spend SET hold = x'00'",
    ])
    func damaged(_ damage: String) throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(100)
        try scene.store.write { try $0.execute(sql: damage) }
        #expect(throws: StoreError.damaged) { try scene.pay(100) }
        #expect(try scene.store.queueSummary().depth == 1)
    }

    @Test("Sums that can't be computed are an error, not a trap")
    func overflow() throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(100)
        try scene.pay(100)
        try scene.store.write {
            try $0.execute(sql: "UPDATE spend SET lines = replace(lines, '100', '9223372036854775807')")
        }
        #expect(throws: StoreError.damaged) { _ = try scene.state() }
    }

    @Test("Counts that can't be summed are an error too", arguments: ["approvals", "purchases"])
    func countOverflow(_ column: String) throws {
        let scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(100)
        try scene.pay(100)
        try scene.store.write { try $0.execute(sql: "UPDATE spend SET \(column) = 4611686018427387904") }
        #expect(throws: StoreError.damaged) { _ = try scene.state() }
    }
}
