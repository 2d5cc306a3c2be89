import Core
import Foundation
import HostProtocol
import Programmes

/// What ``MemoryLedger`` holds. A value: a copy of it is a transaction.
struct MemoryBooks {
    struct Place: Hashable {
        var account: String
        var terminal: String
    }

    struct Day: Hashable {
        var account: String
        var day: String
    }

    struct Bought {
        var count = 0
        var amount: Int64 = 0
    }

    struct Entry {
        var account: String
        var double: DoubleEntry
        /// Of each line, after it.
        var balances: [Int64]
        var occasion: Occasion
    }

    /// A record that was accepted.
    struct Kept {
        var record: JournalRecord
        var hash: [UInt8]
        var chain: Data
        var image: Int64
        var receivedAt: UTCInstant
    }

    let rules: LedgerRules
    private(set) var version: Int64 = 0
    var terminals: [String: BookTerminal] = [:]
    var accounts: [String: BookAccount] = [:]
    var purses: [String: [PurseBalance]] = [:]
    var instruments: [Pseudonym: (account: String, binding: InstrumentBinding)] = [:]
    var allowances: [Place: OfflineAllowance] = [:]
    var bought: [Day: Bought] = [:]
    var entries: [Entry] = []
    var charges: [UUIDv7: Charge] = [:]
    /// Completions, and the holds that they ended.
    var aliases: [UUIDv7: UUIDv7] = [:]
    /// Holds that ended by a record that does not count yet, and its number.
    var endings: [UUIDv7: Int64] = [:]
    var authorisations: [UUIDv7: BookAuthorisation] = [:]
    /// In the order in which they came.
    var records: [Kept] = []
    var places: [UUIDv7: Int] = [:]
    var declined: [UUIDv7: Reason] = [:]
    /// Payments, and what was declined later that they collect.
    var collects: [UUIDv7: UUIDv7] = [:]
    /// Accepted, and not booked yet: ids of records, by what they wait for.
    var held: [RecordWant: [UUIDv7]] = [:]
    var counted: [Place: Int64] = [:]
    var ahead: [Place: [Int64: Effect]] = [:]

    init(rules: LedgerRules) { self.rules = rules }

    mutating func nextVersion() -> Int64 {
        version += 1
        return version
    }

    mutating func touch(_ account: String) {
        let next = nextVersion()
        accounts[account]?.version = next
    }

    func charge(_ payment: UUIDv7) -> Charge? { charges[aliases[payment] ?? payment] }

    // MARK: Accounts

    mutating func add(_ new: NewAccount, now: UTCInstant) throws {
        guard accounts[new.id] == nil else { throw LedgerError.exists }
        guard let programme = rules.programmes[new.programme] else { throw LedgerError.unknownProgramme }
        if let person = new.person,
            accounts.values.contains(where: { $0.person == person && $0.programme == new.programme })
        {
            throw LedgerError.duplicatePerson
        }
        guard new.instruments.allSatisfy({ instruments[$0.pseudonym] == nil }) else { throw LedgerError.exists }
        let account = BookAccount(
            id: new.id, programme: new.programme, currency: new.currency, status: new.status, expiry: new.expiry,
            lastDay: new.lastDay, person: new.person, pin: new.pin, isRemoved: false, version: nextVersion())
        accounts[new.id] = account
        purses[new.id] = new.purses.map { purse in
            var empty = purse
            empty.balance = 0
            return empty
        }
        let opening = new.purses.map { purse in
            let isPoints = programme.purses.first { $0.id == purse.purse }?.kind == .points
            let value = purse.balance.multipliedReportingOverflow(by: purse.denomination ?? 1).partialValue
            return PurseShare(
                purse: purse.purse, denomination: purse.denomination, units: purse.balance, money: isPoints ? 0 : value)
        }
        try move(account, taken: try opening.negated(), Occasion("opening", at: now))
        for binding in new.instruments { instruments[binding.pseudonym] = (new.id, binding) }
        try release(.account(new.id), now: now)
    }

    // MARK: Double entry

    mutating func move(_ account: BookAccount, taken: [PurseShare], _ occasion: Occasion) throws(RecordRefusal) {
        guard let double = try entry(taken, occasion) else { return }
        var balances: [Int64] = []
        for gain in double.gains {
            let place: Int
            if let found = purses[account.id]?.firstIndex(where: { PurseLine($0.purse, $0.denomination) == PurseLine(gain) }) {
                place = found
            } else {
                place = purses[account.id]?.count ?? 0
                purses[account.id, default: []].append(
                    PurseBalance(purse: gain.purse, denomination: gain.denomination, balance: 0))
            }
            let before = purses[account.id]?[place].balance ?? 0
            let (balance, overflow) = before.addingReportingOverflow(gain.units)
            guard !overflow else { throw RecordRefusal(reason: "amountOverflow") }
            purses[account.id]?[place].balance = balance
            balances.append(balance)
        }
        entries.append(Entry(account: account.id, double: double, balances: balances, occasion: occasion))
    }

    private func entry(_ taken: [PurseShare], _ occasion: Occasion) throws(RecordRefusal) -> DoubleEntry? {
        if let other = CounterAccount(entry: occasion.kind) { return try DoubleEntry(taken: taken, other: other) }
        let payment = occasion.charge ?? occasion.payment
        var due = ChargeFees.none
        if let fees = occasion.fees, let payment {
            let own = aliases[payment] ?? payment
            for entry in entries {
                guard let booked = entry.occasion.payment, (aliases[booked] ?? booked) == own else { continue }
                for side in entry.double.sides where side.ledger == .fees { due.fees -= side.share.money }
                for side in entry.double.sides where side.ledger == .exchange { due.exchange -= side.share.money }
            }
            due.fees += fees.fees
            due.exchange += fees.exchange
        }
        let merchant = occasion.merchant ?? payment.flatMap { charge($0)?.merchant }
        let standing = occasion.terminal.flatMap { terminals[$0]?.merchant }
        return try DoubleEntry(taken: taken, other: .merchant(merchant ?? standing ?? ""), fees: due)
    }

    func trialBalance() -> [TrialLine] {
        var sums: [String: TrialLine] = [:]
        func add(_ ledger: String, _ currency: Currency, _ share: PurseShare) {
            let key = "\(currency.code) \(share.purse) \(share.denomination ?? 0) \(ledger)"
            var line = sums[key] ?? TrialLine(
                ledger: ledger, currency: currency.code, purse: share.purse, denomination: share.denomination, units: 0, money: 0)
            line.units += share.units
            line.money += share.money
            sums[key] = line
        }
        for entry in entries {
            guard let currency = accounts[entry.account]?.currency else { continue }
            for gain in entry.double.gains { add("customers", currency, gain) }
            for side in entry.double.sides { add(side.ledger.description, currency, side.share) }
        }
        return sums.values.sorted {
            ($0.currency, $0.purse, $0.denomination ?? 0, $0.ledger) < ($1.currency, $1.purse, $1.denomination ?? 0, $1.ledger)
        }
    }

    func receipt(of asked: UUIDv7) throws(LedgerError) -> LedgerReceipt {
        guard let charge = charge(asked), let account = accounts[charge.account] else {
            throw .refused(Reason.unknownPurchase.rawValue)
        }
        let own = entries.filter { entry in
            guard let payment = entry.occasion.payment else { return false }
            if (aliases[payment] ?? payment) == charge.payment { return true }
            // Refunds and voids are payments of their own that name this one in their record.
            let record = entry.occasion.record.flatMap { places[$0] }.map { records[$0].record }
            return entry.account == charge.account && record?.original.map { aliases[$0] ?? $0 } == charge.payment
        }
        return LedgerReceipt(
            charge, currency: account.currency,
            entries: own.map { LedgerReceipt.Entry($0.double, balances: $0.balances, $0.occasion) })
    }
}
