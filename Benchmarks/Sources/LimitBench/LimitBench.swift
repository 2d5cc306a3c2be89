// The limit store at its full size: a million accounts and a stop list of ten million on one terminal.
//
//   LimitBench fill FILE ACCOUNTS STOPS              applies a snapshot in pages; prints seconds and megabytes of the file
//   LimitBench measure FILE ACCOUNTS STOPS COUNT     prints open-µs resident-KiB p50-µs p99-µs look-up-p50-µs
//   LimitBench memory COUNT                          prints decisions per second without a store
//   LimitBench sync FILE ACCOUNTS CHANGED            prints seconds, bytes on the wire and peak KiB of a delta
import Core
import Foundation
import HostProtocol
import Payments
import Programmes
import Simulation
import Store

@main
enum LimitBench {
    static let terminal = "T1"
    static let now = TrustedTime(instant: UTCInstant(milliseconds: 1_795_258_800_000), anchored: true)
    static let anchor = TrustedClock.Anchor(hostTime: now.instant, bootMilliseconds: 0, bootID: "bench")
    static let accountsPerPage = 2_000
    static let stopsPerPage = 100_000

    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        let numbers = words.dropFirst(2).compactMap { Int($0) }
        switch (words.first, numbers.count) {
        case ("fill", 2): try fill(words[1], accounts: numbers[0], stops: numbers[1])
        case ("measure", 3): try measure(words[1], accounts: numbers[0], stops: numbers[1], count: numbers[2])
        case ("sync", 2): try sync(words[1], accounts: numbers[0], changed: numbers[1])
        case ("memory", _): try memory(count: words.count == 2 ? Int(words[1]) ?? 0 : 0)
        default: throw Stop("LimitBench fill|measure|sync|memory; see its source")
        }
    }

    private static func programme() throws -> Programme {
        guard let programme = try Programme.shipped().first else { throw Stop("no programme") }
        return programme
    }

    // MARK: What is in the store

    /// Spread like the keyed pseudonyms they stand for; the same for the same number.
    static func instrument(_ account: Int) -> Pseudonym? {
        var generator = SplitMix64(seed: UInt64(account))
        return pseudonym(generator.next(), generator.next())
    }

    /// In ascending order, over the whole range.
    static func stopped(_ number: Int, of stops: Int) -> Pseudonym? {
        var generator = SplitMix64(seed: UInt64(number))
        return pseudonym(UInt64(number) * (UInt64.max / UInt64(max(1, stops))), generator.next())
    }

    private static func pseudonym(_ high: UInt64, _ low: UInt64) -> Pseudonym? {
        Pseudonym(bytes: [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } })
    }

    static func account(_ number: Int, version: Int64) -> AccountLimit {
        AccountLimit(
            account: name(number), programme: "epassi-card", version: version, currency: .sek, balance: 100_000,
            status: .active, countedThrough: 0, countedDay: CivilDate(year: 2026, month: 11, day: 21), purchasesOnCountedDay: 1,
            offlineAllowance: OfflineAllowance(amount: 50_000, count: 5, perTransaction: 30_000),
            instruments: instrument(number).map { [$0] } ?? [])
    }

    private static func name(_ number: Int) -> String {
        let digits = String(number)
        return "A" + String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
    }

    private static func page(
        _ accounts: [AccountLimit], _ stops: StopChanges, version: Int64, base: Int64, position: SnapshotPosition?,
        next: SnapshotPosition?, more: Bool = false
    ) -> LimitPage {
        LimitPage(
            terminal: terminal, nonce: UUIDv7(milliseconds: 0, random: []), version: version, base: base, issuedAt: now.instant,
            merchant: "M1", enrolledProgrammes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 1_000_000_000, maximumCacheAge: 86_400_000), accounts: accounts, stops: stops,
            position: position, next: next, more: more, merchantCategory: "5812")
    }

    // MARK: Commands

    private static func fill(_ file: String, accounts: Int, stops: Int) throws {
        let store = PaymentStore(path: file, terminal: terminal)
        let start = ContinuousClock.now
        let version = Int64(accounts) + 1
        var position: SnapshotPosition?
        var (account, stop) = (0, 0)
        repeat {
            let some = (account..<min(accounts, account + accountsPerPage)).map { self.account($0, version: Int64($0) + 1) }
            account += some.count
            var listed: [StopEntry] = []
            if some.isEmpty {
                listed = (stop..<min(stops, stop + stopsPerPage)).compactMap { number in
                    stopped(number, of: stops).map { StopEntry(instrument: $0, reason: .lostOrStolen) }
                }
                stop += listed.count
            }
            let isLast = account == accounts && stop == stops
            let next = isLast ? nil : SnapshotPosition(at: version, after: "\(account) \(stop)")
            try store.apply(
                page(some, StopChanges(added: listed), version: version, base: 0, position: position, next: next), anchor: anchor)
            position = next
        } while position != nil
        store.close()
        let size = (try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
        print(String(format: "%.1f", seconds(since: start)), size / 1_048_576)
    }

    private static func measure(_ file: String, accounts: Int, stops: Int, count: Int) throws {
        let programme = try programme()
        let opening = ContinuousClock.now
        let store = PaymentStore(path: file, terminal: terminal)
        try store.open()
        _ = try store.recoverOpenPayments(now: now) {
            UUIDv7(milliseconds: now.instant.milliseconds, random: (0..<10).map { _ in .random(in: 0...255) })
        }
        let opened = seconds(since: opening) * 1e6

        // One open payment; the rules' answer "go online" ends a look without a write, so that what is timed is the
        // transaction with its look-ups and the rules, and no fsync.
        var generator = SplitMix64(seed: 7)
        let payment = UUIDv7(milliseconds: now.instant.milliseconds, random: (0..<10).map { _ in .random(in: 0...255) })
        let request = PurchaseRequest(amount: Money(minorUnits: 9_500, currency: .sek))
        _ = try store.begin(PaymentIntent(id: payment, reference: nil, amount: request.amount, startedAt: now.instant))
        let evidence = InstrumentEvidence(
            cryptogram: .tc, authentication: .passed, expiry: CivilDate(year: 2030, month: 12, day: 31))
        var whole: [Int64] = []
        var looks: [Int64] = []
        for _ in 0..<count {
            let known = instrument(Int(generator.next() % UInt64(max(1, accounts))))
            let listed = stopped(Int(generator.next() % UInt64(max(1, stops))), of: stops)
            let shown = generator.next() % 4 == 0 && stops > 0 ? listed : known
            let closing = PaymentClosing(
                payment: payment, record: payment, request: request, programme: programme, instrument: shown,
                sealedEvidence: nil, now: now, hostReachable: false)
            var decided: Decision?
            let start = ContinuousClock.now
            _ = try store.settle(closing) { account, terminal in
                let decision = programme.decide(request, evidence: evidence, account: account, terminal: terminal, now: now)
                decided = decision
                return .local(
                    Decision(outcome: .goOnline, approvedAmount: .zero(.sek), rule: decision.rule, reason: decision.reason),
                    cardMovedOn: false)
            }
            whole.append(nanoseconds(since: start))
            guard decided?.reason == (shown == listed ? .lostOrStolen : .approvedOffline) else {
                throw Stop("decided \(decided?.reason.rawValue ?? "nothing")")
            }
            guard let shown else { throw Stop("no instrument") }
            let look = ContinuousClock.now
            _ = try store.stopped(instrument: shown)
            looks.append(nanoseconds(since: look))
        }
        store.close()
        print(
            String(format: "%.0f", opened), status("VmRSS"), microseconds(whole, 50), microseconds(whole, 99),
            microseconds(looks, 50))
    }

    private static func memory(count: Int) throws {
        let programme = try programme()
        let account = AccountState(limit: account(1, version: 1))
        let terminal = TerminalState(
            enrolledProgrammes: ["epassi-card"], risk: TerminalRiskLimits(exposureCap: 1_000_000, maximumCacheAge: 86_400_000),
            exposure: 0, cacheAge: 1_000, hostReachable: false, merchant: "M1", merchantCategory: "5812")
        let evidence = InstrumentEvidence(
            cryptogram: .tc, authentication: .passed, expiry: CivilDate(year: 2030, month: 12, day: 31))
        var approved = 0
        let start = ContinuousClock.now
        for number in 0..<max(1, count) {
            let request = PurchaseRequest(amount: Money(minorUnits: Int64(number % 20_000) + 1, currency: .sek))
            if programme.decide(request, evidence: evidence, account: account, terminal: terminal, now: now).approved {
                approved += 1
            }
        }
        guard approved == max(1, count) else { throw Stop("not approved") }
        print(String(format: "%.0f", Double(max(1, count)) / seconds(since: start)))
    }

    private static func sync(_ file: String, accounts: Int, changed: Int) throws {
        let store = PaymentStore(path: file, terminal: terminal)
        try store.open()
        var version = try store.limitVersion()
        var (bytes, applying, decoding) = (0, 0.0, 0.0)
        var generator = SplitMix64(seed: 11)
        var done = 0
        while done < changed {
            let some = (0..<min(accountsPerPage, changed - done)).map { offset in
                var account = account(Int(generator.next() % UInt64(max(1, accounts))), version: version + Int64(offset) + 1)
                account.balance = 90_000
                return account
            }
            done += some.count
            let wire = try WireJSON.encode(
                page(
                    some, StopChanges(), version: version + Int64(some.count), base: version, position: nil, next: nil,
                    more: done < changed))
            bytes += wire.count
            let start = ContinuousClock.now
            let page = try WireJSON.decode(LimitPage.self, from: wire)
            decoding += seconds(since: start)
            let apply = ContinuousClock.now
            try store.apply(page, anchor: anchor)
            applying += seconds(since: apply)
            version += Int64(some.count)
        }
        store.close()
        print(String(format: "%.1f %.1f", decoding, applying), bytes, status("VmHWM"))
    }

    // MARK: Figures

    private static func seconds(since start: ContinuousClock.Instant) -> Double { Double(nanoseconds(since: start)) / 1e9 }

    private static func nanoseconds(since start: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    private static func microseconds(_ values: [Int64], _ percent: Int) -> String {
        let sorted = values.sorted()
        let place = min(sorted.count - 1, sorted.count * percent / 100)
        return String(format: "%.1f", Double(place >= 0 ? sorted[place] : 0) / 1000)
    }

    /// A line of /proc/self/status, in KiB.
    private static func status(_ field: String) -> String {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") } ?? ""
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.map(String.init) ?? "0"
    }
}

struct Stop: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
