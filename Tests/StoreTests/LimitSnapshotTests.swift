import Core
import Foundation
import GRDB
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

@Suite("Snapshots and deltas of the limit store")
struct LimitSnapshotTests {
    let scene: StoreScene

    init() throws { scene = try StoreScene() }

    private func pseudonym(_ number: UInt8) throws -> Pseudonym {
        try #require(Pseudonym(bytes: [UInt8](repeating: number, count: 16)))
    }

    /// An account with the instruments of these numbers.
    private func account(
        _ id: String, _ instruments: UInt8..., version: Int64, balance: Int64 = 1_000, countedThrough: Int64 = 0
    ) throws -> AccountLimit {
        var limit = try scene.account(balance: balance, version: version, countedThrough: countedThrough)
        limit.account = id
        limit.instruments = try instruments.map { InstrumentBinding(pseudonym: try pseudonym($0), kind: .card) }
        return limit
    }

    /// Id and balance of the account that an instrument pays from, such as `A 1000`.
    private func found(_ number: UInt8) throws -> String? {
        try scene.store.account(instrument: pseudonym(number), today: nil).map { "\($0.limit.account) \($0.limit.balance)" }
    }

    private func stop(_ number: UInt8, _ reason: StopReason) throws -> StopEntry {
        StopEntry(instrument: try pseudonym(number), reason: reason)
    }

    /// Whether the cache takes a statement that comes with an online authorisation.
    private func states(_ limit: AccountLimit) throws -> Bool {
        try scene.store.writeCurrent { try PaymentStore.takeStatement($0, limit, incarnation: 1) }
    }

    private func cacheAge() throws -> Int64? {
        try scene.store.terminalState(currency: .sek, now: scene.now, hostReachable: false).cacheAge
    }

    private func later(_ milliseconds: Int64) {
        scene.now = TrustedTime(instant: scene.now.instant.advanced(byMilliseconds: milliseconds), anchored: true)
    }

    private func position(_ at: Int64, _ after: String) -> SnapshotPosition { SnapshotPosition(at: at, after: after) }

    private func generations() throws -> Set<Int64> {
        try scene.store.read { database in
            try ["account", "instrument", "stop"].reduce(into: []) {
                $0.formUnion(try Int64.fetchSet(database, sql: "SELECT DISTINCT generation FROM \($1)"))
            }
        }
    }

    @Test("A snapshot in three pages is invisible, also over a restart, until its last page; then it is all there is")
    func threePages() throws {
        try scene.apply(scene.limits([account("A", 1, version: 4), account("Z", 9, version: 5)], version: 5,
            stops: StopChanges(added: [stop(8, .suspended)])))
        later(1_000)
        try scene.apply(scene.limits([account("A", 1, version: 8, balance: 2_000)], version: 9, next: position(9, "A")))
        scene.store.close()
        #expect(try scene.store.snapshotPosition() == position(9, "A"))
        #expect(try scene.store.limitPosition() == (1, 5))
        try scene.apply(scene.limits(
            [account("B", 2, version: 9)], version: 9, stops: StopChanges(added: [stop(7, .lostOrStolen)]),
            from: position(9, "A"), next: position(9, "B")))
        scene.store.close()

        #expect(try [found(1), found(2), found(9)] == ["A 1000", nil, "Z 1000"])
        #expect(try scene.store.stopped(instrument: pseudonym(8)) == .suspended)
        #expect(try scene.store.stopped(instrument: pseudonym(7)) == nil)
        #expect(try scene.store.accountCount() == 2)
        #expect(try cacheAge() == 1_000)

        try scene.apply(scene.limits([account("C", 3, version: 6)], version: 9, from: position(9, "B")))
        #expect(try [found(1), found(2), found(3), found(9)] == ["A 2000", "B 1000", "C 1000", nil])
        #expect(try scene.store.stopped(instrument: pseudonym(8)) == nil)
        #expect(try scene.store.stopped(instrument: pseudonym(7)) == .lostOrStolen)
        #expect(try scene.store.accountCount() == 3)
        #expect(try scene.store.limitPosition() == (1, 9))
        #expect(try scene.store.snapshotPosition() == nil)
        #expect(try cacheAge() == 0)
    }

    @Test("What a snapshot replaces, and one that was given up, is cleared away in bounded steps; numbers are never reused")
    func tidy() throws {
        #expect(try !scene.store.tidy(rows: 10))
        let many = try (1...5).map { try account("A\($0)", UInt8($0), version: 1) }
        try scene.apply(scene.limits(many, version: 1, stops: StopChanges(added: [stop(7, .blocked), stop(8, .blocked)])))
        try scene.apply(scene.limits(many, version: 2, next: position(2, "A5")))
        try scene.apply(scene.limits([account("B", 20, version: 2)], version: 2, next: position(2, "B")))
        try scene.apply(scene.limits([account("C", 21, version: 2)], version: 2, from: position(2, "B")))
        try scene.apply(scene.limits(many, version: 3, next: position(3, "A5")))
        #expect(try generations() == [2, 3, 4, 5])
        var steps = 0
        while try scene.store.tidy(rows: 3) { steps += 1 }
        // 22 rows of two generations, three at a time.
        #expect(steps == 7)
        #expect(try generations() == [4, 5])
        #expect(try found(20) == "B 1000" && found(21) == "C 1000" && found(1) == nil)
        try scene.apply(scene.limits([], version: 3, from: position(3, "A5")))
        #expect(try found(5) == "A5 1000")
    }

    @Test("A page that goes on elsewhere is a gap and changes nothing; a new first page begins anew")
    func interrupted() throws {
        try scene.apply(scene.limits([account("A", 1, version: 1)], version: 1))
        for stray in [position(4, "A"), position(5, "B")] {
            #expect(throws: LimitPageRefusal.gap) { try scene.apply(scene.limits(version: stray.at, from: stray)) }
        }
        try scene.apply(scene.limits([account("A", 1, version: 4, balance: 7)], version: 4, next: position(4, "A")))
        for stray in [position(4, "B"), position(5, "A")] {
            #expect(throws: LimitPageRefusal.gap) { try scene.apply(scene.limits(version: stray.at, from: stray)) }
        }
        #expect(throws: LimitPageRefusal.gap) {
            try scene.apply(scene.limits(version: 4, from: position(4, "A"), incarnation: 2))
        }
        #expect(try found(1) == "A 1000")
        #expect(try scene.store.snapshotPosition() == position(4, "A"))
        try scene.apply(scene.limits([account("B", 2, version: 6)], version: 6, next: position(6, "B")))
        try scene.apply(scene.limits(version: 6, from: position(6, "B")))
        #expect(try [found(1), found(2)] == [nil, "B 1000"])
        #expect(try scene.store.accountCount() == 1)
    }

    @Test("Rollback attack: incarnation and version only go forward; the same version again is fine")
    func rollback() throws {
        try scene.apply(scene.limits([account("A", 1, version: 10)], version: 10, incarnation: 2))
        for (version, base, incarnation) in [(9, 0, 2), (9, 10, 2), (99, 0, 1), (99, 10, 1)] as [(Int64, Int64, Int64)] {
            #expect(throws: LimitPageRefusal.stale) {
                try scene.apply(scene.limits(
                    [account("A", 1, version: 1, balance: 5)], version: version, base: base, incarnation: incarnation))
            }
        }
        #expect(throws: LimitPageRefusal.stale) {
            try scene.apply(scene.limits(version: 9, next: position(9, "A"), incarnation: 2))
        }
        #expect(throws: LimitPageRefusal.gap) { try scene.apply(scene.limits(version: 12, base: 10, incarnation: 3)) }
        #expect(throws: LimitPageRefusal.gap) { try scene.apply(scene.limits(version: 12, base: 11, incarnation: 2)) }
        #expect(throws: LimitPageRefusal.stale) {
            var other = scene.limits(version: 11, base: 10, incarnation: 2)
            other.terminal = "T2"
            try scene.apply(other)
        }
        #expect(try found(1) == "A 1000")
        #expect(try scene.store.limitPosition() == (2, 10))
        try scene.apply(scene.limits(version: 10, base: 10, incarnation: 2))
        try scene.apply(scene.limits([account("A", 1, version: 10)], version: 10, incarnation: 2))
        #expect(try found(1) == "A 1000")
    }

    @Test("A delta overtakes a snapshot under way: its last page would take the cache back and is refused")
    func overtaken() throws {
        try scene.apply(scene.limits([account("A", 1, version: 1)], version: 1))
        try scene.apply(scene.limits([account("A", 1, version: 3)], version: 4, next: position(4, "A")))
        try scene.apply(scene.limits([account("A", 1, version: 6, balance: 6)], version: 6, base: 1))
        #expect(try scene.store.snapshotPosition() == nil)
        #expect(throws: LimitPageRefusal.stale) { try scene.apply(scene.limits(version: 4, from: position(4, "A"))) }
        #expect(try found(1) == "A 6")
    }

    @Test("A delta with more to come moves the version, not the cache's age")
    func more() throws {
        try scene.apply(scene.limits([account("A", 1, version: 1)], version: 1))
        later(5_000)
        try scene.apply(scene.limits([account("A", 1, version: 2, balance: 2)], version: 2, base: 1, more: true))
        #expect(try found(1) == "A 2" && scene.store.limitVersion() == 2)
        #expect(try cacheAge() == 5_000)
        try scene.apply(scene.limits(version: 3, base: 2))
        #expect(try cacheAge() == 0)
    }

    @Test("A removed account is gone, its numbers and spends stay; a statement newer than the removal stays too")
    func removed() throws {
        try scene.apply(scene.limits([scene.account(version: 1), account("B", 2, version: 1)], version: 1))
        try scene.pay(1_000)
        #expect(try states(account("B", 2, version: 9)))
        try scene.apply(scene.limits(version: 5, base: 1, removed: ["A1", "B", "unknown"]))
        #expect(try scene.store.account(instrument: scene.instrument, today: nil) == nil)
        #expect(try found(2) == "B 1000")
        #expect(try scene.store.accountCount() == 1)
        // A statement from before the removal does not bring it back.
        #expect(try !states(scene.account(version: 3)))
        #expect(try scene.store.accountCount() == 1)
        try scene.apply(scene.limits([scene.account(version: 7)], version: 7, base: 5))
        #expect(try scene.state().available() == scene.sek(99_000))
        try scene.pay(1_000)
        #expect(try scene.records().map(\.accountSequence) == [1, 2])
    }

    @Test("A statement that comes while a snapshot is under way is not undone by its flip")
    func statement() throws {
        try scene.apply(scene.limits([account("A", 1, version: 1), account("B", 2, version: 1)], version: 1))
        try scene.apply(scene.limits([account("A", 1, version: 1)], version: 4, next: position(4, "A")))
        #expect(try states(account("A", 1, version: 6, balance: 600)))
        #expect(try states(account("B", 2, version: 7, balance: 700)))
        // A newer entry is not replaced by this one, which it includes.
        #expect(try states(account("A", 1, version: 5, balance: 500)))
        #expect(try found(1) == "A 600" && found(2) == "B 700")
        try scene.apply(scene.limits(
            [account("B", 2, version: 1), account("C", 3, version: 2)], version: 4, from: position(4, "A")))
        #expect(try [found(1), found(2), found(3)] == ["A 600", "B 700", "C 1000"])
        #expect(try scene.store.accountCount() == 3)
    }

    @Test("While the books are being set back, an online approval is subtracted here: its version can't be compared")
    func statementOfOtherBooks() throws {
        try scene.apply(scene.limits([scene.account(version: 5)], version: 5))
        try scene.apply(scene.limits([scene.account(version: 2)], version: 2, next: position(2, "A1"), incarnation: 2))
        let payment = try scene.begin(9_500)
        let answer = AuthorisationAnswer(
            payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: "1",
            account: try scene.account(balance: 90_500, version: 9), hostTime: scene.now.instant)
        _ = try scene.store.settle(scene.closing(payment, 9_500)) { _, _ in
            .host(
                Decision(outcome: .approved, approvedAmount: scene.sek(9_500), rule: "CARD-21", reason: .approvedOnline),
                answer)
        }
        #expect(try scene.state().available() == scene.sek(90_500))
        try scene.apply(scene.limits(version: 2, from: position(2, "A1"), incarnation: 2))
        #expect(try scene.state().available() == scene.sek(90_500))
    }

    @Test("A host whose books were set back gets every record once more; its acknowledgements take them out again")
    func setBack() throws {
        let scene = scene
        try scene.page([scene.account(version: 1)], version: 1)
        try scene.pay(1_000)
        try scene.pay(2_000)
        try scene.acknowledge()
        try scene.pay(4_000)
        #expect(try scene.store.queueSummary().depth == 1)
        try scene.apply(scene.limits([scene.account(version: 1)], version: 1, incarnation: 2))
        #expect(try scene.store.pending(limit: 10).map(\.sequence) == [1, 2, 3])
        #expect(try scene.store.queueSummary().exposure == [scene.sek(7_000)])
        try scene.acknowledge(.duplicate)
        #expect(try scene.store.queueSummary().depth == 0)
        #expect(try scene.store.queueSummary().exposure.isEmpty)
    }

    @Test("WAL-8: an instrument moves between accounts, whichever entry comes first", arguments: [true, false])
    func moves(_ giverFirst: Bool) throws {
        try scene.apply(scene.limits([account("A", 1, 2, version: 1), account("B", 3, version: 1)], version: 1))
        let giver = try account("A", 2, version: 5)
        let taker = try account("B", 1, 3, version: 5)
        try scene.apply(scene.limits([giverFirst ? giver : taker], version: 5, base: 1, more: true))
        try scene.apply(scene.limits([giverFirst ? taker : giver], version: 5, base: 5))
        #expect(try [found(1), found(2), found(3)] == ["B 1000", "A 1000", "B 1000"])
        // Neither does an entry from before the move take it back.
        #expect(try states(account("A", 1, 2, version: 4)))
        #expect(try found(1) == "B 1000")
        try scene.apply(scene.limits(version: 6, base: 5, removed: ["A"]))
        #expect(try [found(1), found(2)] == ["B 1000", nil])
    }

    @Test("WAL-8: an entry from before the move, later in the same snapshot, does not take the instrument back")
    func movedWithinSnapshot() throws {
        try scene.apply(scene.limits([account("B", 1, version: 7)], version: 8, next: position(8, "B")))
        try scene.apply(scene.limits([account("A", 1, 2, version: 3)], version: 8, from: position(8, "B")))
        #expect(try [found(1), found(2)] == ["B 1000", "A 1000"])
    }

    @Test("CARD-8, WAL-6: the stop list knows instruments without accounts; deltas add, change and remove; the rules are told")
    func stops() throws {
        try scene.apply(scene.limits(
            [scene.account(version: 1)], version: 1,
            stops: StopChanges(added: StopReason.allCases.enumerated().map { try stop(UInt8($0.offset + 1), $0.element) })))
        #expect(try (1...4).map { try scene.store.stopped(instrument: pseudonym($0)) }
            == StopReason.allCases.map { $0 } + [nil])
        try scene.apply(scene.limits(
            version: 2, base: 1,
            stops: StopChanges(
                added: [stop(2, .blocked), StopEntry(instrument: scene.instrument, reason: .lostOrStolen)],
                removed: [pseudonym(1), pseudonym(6)])))
        #expect(try (1...3).map { try scene.store.stopped(instrument: pseudonym($0)) } == [nil, .blocked, .suspended])
        let payment = try scene.begin(100)
        _ = try scene.store.settle(scene.closing(payment, 100)) { _, terminal in
            #expect(terminal.stopped == .lostOrStolen && terminal.storeIsCurrent)
            #expect(terminal.merchant == "M1" && terminal.merchantCategory == "5812" && terminal.rates.count == 1)
            return .local(.declined(scene.sek(100), rule: "CARD-8", reason: .lostOrStolen), cardMovedOn: false)
        }
    }
}
