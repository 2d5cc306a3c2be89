import Core
import Foundation
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

@Suite("Holds, completions, releases, refunds and voids")
struct AmendmentTests {
    let scene: StoreScene

    init() throws {
        scene = try StoreScene()
        try scene.page([scene.account(version: 1)], version: 1)
    }

    private func available() throws -> Int64 { try scene.state().available().minorUnits }
    private func exposure() throws -> [Int64] { try scene.store.queueSummary().exposure.map(\.minorUnits) }

    /// The host's books after it has counted a prefix of the account's records.
    private func counted(_ through: Int64, balance: Int64, holds: [UUIDv7] = []) throws {
        let version = try scene.store.limitVersion() + 1
        var limit = try scene.account(balance: balance, version: version, countedThrough: through)
        limit.openHolds = holds
        try scene.page([limit], version: version, base: version - 1)
    }

    @Test("CARD-12: hold 300, complete 240: 60 is released in the same step; both records tell the host how")
    func completion() throws {
        let hold = try scene.hold(30_000)
        #expect(try available() == 70_000)
        #expect(try scene.store.payment(hold)?.state == .held)
        #expect(try exposure() == [30_000])
        let settled = try scene.amend(.completion, hold, 24_000)
        #expect(settled.decision.approved && settled.sequence == 2)
        #expect(try available() == 76_000)
        let state = try scene.state().uncounted
        #expect(state.offlineAmount == 24_000 && state.offlineCount == 1)
        #expect(state.purchasesToday == 1 && state.amountToday == 24_000)
        #expect(try exposure() == [30_000])
        let stored = try #require(try scene.store.payment(hold))
        #expect(stored.state == .completed && stored.kind == .hold)

        let records = try scene.records()
        #expect(records.map(\.kind) == [.hold, .completion])
        #expect(records.map(\.accountSequence) == [1, 2])
        #expect(records.map(\.split) == [30_000, 24_000].map { [PurseShare(purse: "prepaid", units: $0, money: $0)] })
        #expect(records[0].expiresAt == stored.expiresAt && stored.expiresAt != nil)
        #expect(records[0].verification == "device" && records[1].original == hold && records[1].merchant == "M1")
        #expect(throws: StoreError.wrongState) {
            _ = try scene.store.amend(scene.amendment(.completion, hold, 1)) { _, _, _ in
                Decision(outcome: .approved, approvedAmount: scene.sek(1), rule: "CARD-12", reason: .approvedOffline)
            }
        }
        #expect(try scene.amend(.completion, hold, 1).decision.reason == .holdClosed)
    }

    @Test("ALL-4: a completion that the host lost weighs again, unless the hold that waits with it does", arguments: [false, true])
    func forwardedAgain(_ both: Bool) throws {
        let hold = try scene.hold(30_000)
        let first = try scene.records()
        try scene.acknowledge()
        try counted(1, balance: 70_000)
        try scene.amend(.completion, hold, 24_000)
        #expect(try exposure() == [24_000])
        let second = try scene.records()
        try scene.acknowledge()
        #expect(try exposure() == [])
        #expect((first + second).map(\.kind) == [.hold, .completion])
        let lost = (second + (both ? first : [])).map { ReconciliationDifference(.missingAtHost, sequence: $0.sequence, id: $0.id) }
        #expect(try scene.store.forwardAgain(lost) == lost.count)
        #expect(try exposure() == [both ? 30_000 : 24_000])
    }

    /// The hold, its end and what the host has counted, in every order: available is the same throughout.
    @Test("ALL-3: whichever part the host has counted, a completed hold takes its final amount once")
    func countedCompletion() throws {
        let hold = try scene.hold(30_000)
        try counted(1, balance: 70_000, holds: [hold])
        #expect(try available() == 70_000)
        try scene.amend(.completion, hold, 24_000)
        #expect(try available() == 76_000)
        scene.store.close()
        #expect(try available() == 76_000)
        try counted(1, balance: 70_000, holds: [hold])
        #expect(try available() == 76_000)
        try counted(2, balance: 76_000)
        #expect(try available() == 76_000)
    }

    @Test("CARD-12: when the host has let the hold expire, a completion takes the whole amount and a release gives nothing back")
    func expiredAtHost() throws {
        let first = try scene.hold(30_000)
        try scene.amend(.completion, first, 24_000)
        let second = try scene.hold(10_000)
        try scene.amend(.release, second, 10_000)
        #expect(try available() == 76_000)
        // Counted, and given back by the host before it saw their ends.
        try counted(1, balance: 100_000)
        #expect(try available() == 76_000)
        #expect(try scene.state().uncounted.offlineAmount == 24_000)
        try counted(3, balance: 76_000)
        #expect(try available() == 76_000)
        try counted(4, balance: 76_000)
        #expect(try available() == 76_000)

        let third = try scene.hold(5_000)
        try counted(5, balance: 76_000)
        let earlier = try #require(try scene.store.earlier(third))
        #expect(earlier.state == .held && !earlier.isReserved)
        #expect(try scene.amend(.completion, third, 5_000).decision.approved)
        #expect(try available() == 71_000)
    }

    @Test("The exposure of a hold falls with its acknowledgement; a completion of one that is reserved adds none")
    func exposures() throws {
        let hold = try scene.hold(30_000)
        try scene.acknowledge()
        #expect(try exposure() == [])
        try counted(1, balance: 70_000, holds: [hold])
        try scene.amend(.completion, hold, 24_000)
        #expect(try exposure() == [])
        let lapsed = try scene.hold(6_000)
        try scene.acknowledge()
        try counted(3, balance: 76_000)
        try scene.amend(.completion, lapsed, 6_000)
        #expect(try exposure() == [6_000])
        try scene.acknowledge()
        #expect(try exposure() == [])
    }

    @Test("Holds past their end are found, oldest first, and released")
    func expiry() throws {
        let first = try scene.hold(1_000)
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: 1), anchored: true)
        let second = try scene.hold(2_000)
        let ends = try [first, second].map { try #require(try scene.store.payment($0)?.expiresAt) }
        #expect(try scene.store.expiredHolds(now: ends[0]) == [])
        #expect(try scene.store.expiredHolds(now: ends[1]) == [first])
        #expect(try scene.store.expiredHolds(now: ends[1].advanced(byMilliseconds: 1)) == [first, second])
        #expect(try scene.amend(.release, first, 1_000).decision.reason == .released)
        #expect(try scene.store.expiredHolds(now: ends[1].advanced(byMilliseconds: 1)) == [second])
        #expect(try available() == 98_000)
        #expect(try scene.store.payment(first)?.state == .released)
        #expect(try scene.records().last?.kind == .release)
    }

    @Test("CARD-13: purchase 100, refunds 60 + 50: the second is refused; what is refunded is the host's to credit")
    func refunds() throws {
        let purchase = try scene.begin(10_000)
        try scene.settle(purchase, 10_000)
        #expect(try scene.amend(.refund, purchase, 6_000).decision.approved)
        scene.store.close()
        #expect(try scene.amend(.refund, purchase, 5_000).decision.reason == .refundExceedsPurchase)
        #expect(try scene.store.payment(purchase)?.refunded == scene.sek(6_000))
        #expect(try available() == 90_000)
        #expect(try scene.amend(.refund, purchase, 4_000).decision.approved)
        #expect(throws: StoreError.wrongState) {
            _ = try scene.store.amend(scene.amendment(.refund, purchase, 1)) { _, _, _ in
                Decision(outcome: .approved, approvedAmount: scene.sek(1), rule: "CARD-13", reason: .refunded)
            }
        }
        #expect(try scene.records().map(\.kind) == [.offlineApproval, .refund, .refund])
        #expect(try scene.records().map(\.approved.minorUnits) == [10_000, 6_000, 4_000])
        #expect(try scene.amend(.void, purchase, 10_000).decision.reason == .purchaseChanged)
        try counted(3, balance: 100_000)
        #expect(try available() == 100_000)
    }

    @Test("CARD-14: a void gives the whole purchase back, once, wherever the host's count stands", arguments: [false, true])
    func void(_ countedBefore: Bool) throws {
        let purchase = try scene.begin(10_000)
        try scene.settle(purchase, 10_000)
        if countedBefore { try counted(1, balance: 90_000) }
        #expect(try scene.amend(.void, purchase, 10_000).decision.reason == .voided)
        #expect(try available() == 100_000)
        // What was given back does not reopen the day: conservative until the host has said so.
        #expect(try scene.state().uncounted.purchasesToday == (countedBefore ? 0 : 1))
        #expect(try scene.amend(.void, purchase, 10_000).decision.reason == .purchaseChanged)
        #expect(try scene.amend(.refund, purchase, 10).decision.reason == .purchaseChanged)
        try counted(1, balance: 90_000)
        #expect(try available() == 100_000)
        try counted(2, balance: 100_000)
        #expect(try available() == 100_000)
    }

    @Test("ALL-8: the same reference with the same content gives the same answer, also of a refusal; other content is refused")
    func reference() throws {
        let purchase = try scene.begin(10_000, reference: "till-1")
        try scene.settle(purchase, 10_000)
        let first = try scene.amend(.refund, purchase, 6_000, reference: "till-2")
        scene.store.close()
        #expect(try scene.amend(.refund, purchase, 6_000, reference: "till-2") == first)
        #expect(try scene.store.payment(purchase)?.refunded == scene.sek(6_000))
        for other in [
            scene.amendment(.refund, purchase, 5_000, reference: "till-2"),
            scene.amendment(.void, purchase, 6_000, reference: "till-2"),
            scene.amendment(.refund, scene.mint(), 6_000, reference: "till-2"),
            scene.amendment(.refund, purchase, 10_000, reference: "till-1"),
        ] {
            #expect(throws: StoreError.referenceReused) { try scene.amend(other) }
        }
        #expect(throws: StoreError.referenceReused) { try scene.begin(6_000, reference: "till-2") }
        #expect(throws: StoreError.referenceReused) { try scene.begin(10_000, reference: "till-1", kind: .hold) }

        let refused = try scene.amend(.refund, purchase, 5_000, reference: "till-3")
        #expect(refused.decision.reason == .refundExceedsPurchase && refused.sequence == nil)
        #expect(try scene.store.payment(reference: "till-3")?.state == .declined)
        #expect(try scene.amend(.refund, purchase, 5_000, reference: "till-3") == refused)
        // Asked again with its own id: the call whose answer was lost.
        let again = scene.amendment(.refund, purchase, 1_000)
        #expect(try scene.amend(again) == scene.amend(again))
        #expect(try scene.store.payment(purchase)?.refunded == scene.sek(7_000))
    }

    @Test("Only payments that took something can be amended")
    func unknown() throws {
        let open = try scene.begin(100)
        let purchase = try scene.begin(100)
        try scene.settle(purchase, 100)
        let refund = scene.amendment(.refund, purchase, 10)
        try scene.amend(refund)
        for original in [open, scene.mint(), refund.payment] {
            #expect(try scene.amend(.refund, original, 10).decision.reason == .unknownPurchase)
            #expect(throws: StoreError.wrongState) {
                _ = try scene.store.amend(scene.amendment(.void, original, 10)) { _, _, _ in
                    Decision(outcome: .approved, approvedAmount: scene.sek(10), rule: "CARD-14", reason: .voided)
                }
            }
        }
        #expect(try scene.records().count == 2)
    }

    @Test("An account that is gone can still be given back to: the record carries its next number")
    func accountGone() throws {
        let purchase = try scene.begin(100)
        try scene.settle(purchase, 100)
        try scene.page([], version: 2)
        #expect(try scene.amend(.void, purchase, 100).decision.approved)
        let last = try #require(try scene.records().last)
        #expect(last.account == "A1" && last.accountSequence == 2)
        try scene.page([scene.account(version: 3)], version: 3)
        #expect(try available() == 100_000)
    }

    @Test("ALL-7: a deferred approval that the host declines later says so; its spend stays until the host counts it")
    func declinedLater() throws {
        let payment = try scene.begin(1_000)
        let decision = Decision(
            outcome: .approved, approvedAmount: scene.sek(1_000), rule: "ALL-7", reason: .approvedDeferred,
            split: [PurseShare(purse: "prepaid", units: 1_000, money: 1_000)],
            valueDate: CivilDate(year: 2026, month: 11, day: 23))
        _ = try scene.store.settle(scene.closing(payment, 1_000)) { _, _ in .local(decision, cardMovedOn: false) }
        let record = try #require(try scene.records().first)
        #expect(record.kind == .deferredApproval && record.valueDate == decision.valueDate)
        #expect(try exposure() == [1_000])
        #expect(try scene.state().uncounted.offlineCount == 1)
        try scene.acknowledge(.declinedLater, reason: "insufficientFunds")
        #expect(try scene.store.payment(payment)?.state == .declinedLater)
        #expect(try scene.store.queueSummary().depth == 0 && exposure() == [])
        #expect(try available() == 99_000)
        #expect(try scene.amend(.refund, payment, 100).decision.reason == .purchaseChanged)
        try counted(1, balance: 100_000)
        #expect(try available() == 100_000)
    }

    @Test("CARD-19: a fee on a decline is debited and forwarded; it is no purchase")
    func feeOnDecline() throws {
        let payment = try scene.begin(1_000)
        let decision = Decision(
            outcome: .declined, approvedAmount: .zero(.sek), rule: "CARD-19", reason: .insufficientFunds,
            split: [PurseShare(purse: "prepaid", units: 50, money: 50)],
            lines: [ChargeLine(kind: .fee, amount: scene.sek(50))])
        _ = try scene.store.settle(scene.closing(payment, 1_000)) { _, _ in .local(decision, cardMovedOn: false) }
        let record = try #require(try scene.records().first)
        #expect(record.kind == .declineAdvice && record.split == decision.split && record.lines == decision.lines)
        let state = try scene.state()
        #expect(try state.available() == scene.sek(99_950))
        #expect(state.uncounted.offlineCount == 0 && state.uncounted.purchasesToday == 0 && state.uncounted.amountToday == 0)
        #expect(try exposure() == [])
    }
}
