import Core
import Crypto
import Foundation
import HostProtocol
import Testing

@testable import HostLedger

/// A terminal's limit store, as the wire's doc comments define it, in memory.
private struct LimitStore {
    var accounts: [String: AccountLimit] = [:]
    var stops: [Pseudonym: StopReason] = [:]
    var version: Int64 = 0
    var incarnation: Int64 = 0
    /// A snapshot under way.
    var staged: (at: Int64, incarnation: Int64, next: SnapshotPosition?, accounts: [String: AccountLimit], stops: [Pseudonym: StopReason])?

    /// - Returns: false when the page does not fit.
    mutating func apply(_ page: LimitPage) -> Bool {
        guard page.base == 0 else {
            guard page.base == version, page.incarnation == incarnation, page.version >= version else { return false }
            staged = nil
            Self.apply(page, &accounts, &stops)
            version = page.version
            return true
        }
        var stage = staged ?? (0, 0, nil, [:], [:])
        if let position = page.position {
            guard position == stage.next, page.version == stage.at, page.incarnation == stage.incarnation else { return false }
        } else {
            stage = (page.version, page.incarnation, nil, [:], [:])
        }
        Self.apply(page, &stage.accounts, &stage.stops)
        stage.next = page.next
        staged = stage
        guard page.next == nil else { return true }
        // The pair only goes forward.
        guard (page.incarnation, page.version) >= (incarnation, version) else { return false }
        (accounts, stops, version, incarnation) = (stage.accounts, stage.stops, page.version, page.incarnation)
        staged = nil
        return true
    }

    private static func apply(
        _ page: LimitPage, _ accounts: inout [String: AccountLimit], _ stops: inout [Pseudonym: StopReason]
    ) {
        for account in page.accounts { accounts[account.account] = account }
        for id in page.removed { accounts[id] = nil }
        for place in stride(from: 0, to: page.stops.added.count, by: 17) {
            let entry = Array(page.stops.added.dropFirst(place).prefix(17))
            if let pseudonym = Pseudonym(bytes: Array(entry.prefix(16))) { stops[pseudonym] = StopReason(rawValue: entry[16]) }
        }
        for place in stride(from: 0, to: page.stops.removed.count, by: 16) {
            if let pseudonym = Pseudonym(bytes: Array(page.stops.removed.dropFirst(place).prefix(16))) { stops[pseudonym] = nil }
        }
    }
}

private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite("Snapshots and deltas")
struct SyncTests {
    private func pseudonym(_ number: Int) -> Pseudonym {
        Pseudonym(domain: "test", identifier: String(number), key: Books.pseudonymKey)
    }

    private func change(_ books: Books, _ dice: inout Seeded, _ live: inout Set<String>, _ count: inout Int) async throws -> String {
        let ledger = books.ledger
        let id = live.sorted().randomElement(using: &dice)
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<30:
            guard let id else { return "none" }
            try await ledger.setBalance(Books.sek(.random(in: 0...9_999, using: &dice)), account: id, now: Books.noon)
            return "balance"
        case 30..<45:
            count += 1
            let shown = Bool.random(using: &dice)
            try await ledger.addAccount(
                NewAccount(
                    id: "N\(count)", programme: shown ? "epassi-card" : "epassi-wallet", currency: shown ? .sek : .eur,
                    purses: [PurseBalance(purse: shown ? "prepaid" : "own", balance: Int64(count))],
                    instruments: [InstrumentBinding(pseudonym: pseudonym(1_000 + count), kind: .tag)]), now: Books.noon)
            if shown { live.insert("N\(count)") }
            return "add"
        case 45..<55:
            guard let id, live.count > 5 else { return "none" }
            try await ledger.removeAccount(id, now: Books.noon)
            live.remove(id)
            return "remove"
        case 55..<65:
            guard let id else { return "none" }
            try await ledger.bind(InstrumentBinding(pseudonym: pseudonym(.random(in: 1...10, using: &dice)), kind: .tag), to: id, now: Books.noon)
            return "bind"
        case 65..<82:
            let reason = StopReason.allCases.randomElement(using: &dice) ?? .blocked
            try await ledger.stop(StopEntry(instrument: pseudonym(.random(in: 1...12, using: &dice)), reason: reason))
            return "stop"
        case 82..<94:
            try await ledger.unstop(pseudonym(.random(in: 1...12, using: &dice)))
            return "unstop"
        case 94..<97:
            let version = try await books.page("T3").version
            try await ledger.compactTombstones(through: version - .random(in: 0...10, using: &dice))
            return "compact"
        case 97: return "restored \(try await ledger.restored())"
        case 98:
            try await books.addTerminal("T3", merchant: "M\(Int.random(in: 0...9, using: &dice))")
            return "terminal"
        default:
            try await ledger.setRate(ExchangeRate(from: .eur, to: .sek, rate: "11.\(Int.random(in: 0...9, using: &dice))"))
            return "rate"
        }
    }

    @Test("Any order of changes, pages, lost pages and restarts ends in exactly the ledger's state", arguments: [1, 2, 3] as [UInt64])
    func interrupted(_ seed: UInt64) async throws {
        let books = try await Books()
        try await books.addTerminal("T3", merchant: "M1")
        var dice = Seeded(state: seed)
        var (store, live, count) = (LimitStore(), Set(["A1"]), 0)
        var (seen, compared) = ([String: Int](), 0)

        func sync(lost: Bool) async throws -> LimitPage {
            let page = try await books.page(
                "T3", since: store.version, snapshot: store.staged?.next, incarnation: store.incarnation,
                size: LimitPageSize(
                    accounts: .random(in: 1...4, using: &dice), stops: .random(in: 1...3, using: &dice),
                    scanned: .random(in: 1...9, using: &dice), bytes: .random(in: 10...9_000, using: &dice)))
            let kind = page.base > 0 ? "delta" : page.position == nil ? "snapshot" : "continued"
            seen[lost ? "lost" : kind, default: 0] += 1
            if !lost {
                let fits = store.apply(page)
                #expect(fits, "seed \(seed): a page that does not fit")
            }
            return page
        }
        for step in 0..<1_500 {
            switch Int.random(in: 0..<100, using: &dice) {
            case 0..<45: seen[try await change(books, &dice, &live, &count).prefix { $0 != " " }.description, default: 0] += 1
            case 45..<88: _ = try await sync(lost: false)
            case 88..<94: _ = try await sync(lost: true)
            case 94..<96: store.staged = nil
            case 96: store = LimitStore()
            default:
                var page = try await sync(lost: false)
                while page.more || page.next != nil || page.base == 0 { page = try await sync(lost: false) }
                compared += 1
                var truth = LimitStore()
                let fits = truth.apply(try await books.page("T3"))
                #expect(fits)
                #expect(store.accounts == truth.accounts, "seed \(seed), step \(step)")
                #expect(store.stops == truth.stops, "seed \(seed), step \(step)")
                #expect((store.version, store.incarnation) == (truth.version, truth.incarnation))
                #expect(Set(store.accounts.keys) == live)
            }
        }
        #expect(compared > 20)
        for kind in ["delta", "snapshot", "continued", "lost", "balance", "add", "remove", "bind", "stop", "unstop", "compact"] {
            #expect(seen[kind, default: 0] > 10, "seed \(seed): \(kind) \(seen)")
        }
        #expect(try books.report().faults == [])
    }

    @Test("A delta's bytes follow the change, not the store")
    func proportional() async throws {
        let books = try await Books()
        try await books.ledger.addAccounts((0..<3_000).map { number in
            NewAccount(
                id: "C\(1_000_000 + number)", programme: "epassi-card", currency: .sek,
                purses: [PurseBalance(purse: "prepaid", balance: 100_000)],
                instruments: [InstrumentBinding(pseudonym: pseudonym(number), kind: .card)])
        }, now: Books.noon)
        var page = try await books.page()
        #expect(page.accounts.count == 2_000 && page.next != nil)
        page = try await books.page(snapshot: page.next)
        #expect(page.accounts.count == 1_001 && page.next == nil)
        let version = page.version
        func bytes() async throws -> Int { try WireJSON.encode(try await books.page(since: version)).count }
        let none = try await bytes()
        try await books.ledger.setStatus(.blocked, account: "C1000007")
        let one = try await bytes() - none
        for number in 0..<20 { try await books.ledger.setStatus(.blocked, account: "C\(1_000_007 + number)") }
        let twenty = try await bytes() - none
        #expect((1...600).contains(one))
        #expect(abs(twenty - 20 * one) < one)
    }

    @Test("A page stays below 4 MiB and each of its changes has a version of its own", .timeLimit(.minutes(15)))
    func large() async throws {
        let books = try await Books()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("stops-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        // Scattered as pseudonyms are, each of them another one.
        let lines = (0..<230_000).map { number in
            let scattered = UInt32(truncatingIfNeeded: number &* 2_654_435_761)
            return Hex.encode((0..<16).map { UInt8(truncatingIfNeeded: $0 < 4 ? scattered >> (8 * $0) : 7) }) + " blocked"
        }
        try Data((lines.joined(separator: "\n") + "\n\n").utf8).write(to: file)
        let before = try await books.page().version
        let added = try await books.ledger.importStops(from: file, partSize: 50_000)
        #expect(added == Set(lines).count)
        // Again: nothing new, no new version.
        #expect(try await books.ledger.importStops(from: file) == 0)
        var (since, entries, pages) = (before, 0, 0)
        while true {
            let page = try await books.page(since: since)
            #expect(try WireJSON.encode(page).count < 4 << 20)
            #expect(page.stops.isWellFormed)
            (since, entries, pages) = (page.version, entries + page.stops.count, pages + 1)
            guard page.more else { break }
        }
        #expect(entries == added)
        #expect(pages == 3)
        #expect(since == before + Int64(added))
        try Data("00 blocked\n".utf8).write(to: file)
        await #expect(throws: LedgerError.malformed(field: "line 1")) { try await books.ledger.importStops(from: file) }
    }

    @Test("An unknown or outdated place in a snapshot begins a new one", arguments: [
        "x", "1:a", "1:z:A1", "2:a:A1", "1:s:zz", "1:s:00",
    ])
    func position(_ mark: String) async throws {
        let books = try await Books()
        let version = try await books.page().version
        let page = try await books.page(snapshot: SnapshotPosition(at: version, after: mark))
        #expect(page.position == nil)
        #expect(page.accounts.map(\.account) == ["A1"])
        let good = SnapshotPosition(at: version, after: "1:a:A0")
        #expect(try await books.page(snapshot: good).position == good)
        for at in [0, version + 1, -1] {
            #expect(try await books.page(snapshot: SnapshotPosition(at: at, after: "1:a:A1")).position == nil)
        }
        // What it may see has changed since: the place is of another snapshot.
        try await books.addTerminal("T1", merchant: "M1")
        #expect(try await books.page(snapshot: good).position == nil)
    }

    @Test("CARD-8: a stopped instrument pays nothing, and pays again when it is cleared", arguments: [
        (StopReason.blocked, "blocked"), (.lostOrStolen, "lostOrStolen"), (.suspended, "suspended"),
    ])
    func stopped(_ reason: StopReason, _ word: String) async throws {
        let books = try await Books()
        try await books.ledger.stop(StopEntry(instrument: Books.instrument, reason: reason))
        #expect(try await books.authorise(try Books.request(100)).reason == word)
        try await books.ledger.unstop(Books.instrument)
        #expect(try await books.authorise(try Books.request(100)).approved)
    }

    @Test(
        "Measured: a delta of 100,000 changed accounts",
        .enabled(if: ProcessInfo.processInfo.environment["KASSA_MEASURE"] != nil))
    func measured() async throws {
        let books = try await Books()
        for part in 0..<20 {
            try await books.ledger.addAccounts((0..<5_000).map { number in
                NewAccount(
                    id: "C\(1_000_000 + 5_000 * part + number)", programme: "epassi-card", currency: .sek,
                    purses: [PurseBalance(purse: "prepaid", balance: 100_000)],
                    instruments: [InstrumentBinding(pseudonym: pseudonym(5_000 * part + number), kind: .card)])
            }, now: Books.noon)
        }
        let clock = ContinuousClock()
        for kind in ["delta", "snapshot"] {
            var (since, position, bytes, pages) = (Int64(kind == "delta" ? 4 : 0), SnapshotPosition?.none, 0, 0)
            var encoding = Duration.zero
            let time = try await clock.measure {
                while true {
                    let page = try await books.page(since: since, snapshot: position)
                    encoding += try clock.measure { bytes += try WireJSON.encode(page).count }
                    (pages, position) = (pages + 1, page.next)
                    if page.base > 0 { since = page.version }
                    guard page.more || page.next != nil else { break }
                }
            }
            print("MEASURED \(kind): \(pages) pages, \(bytes) bytes, \(time), of that encoding \(encoding)")
        }
    }
}
