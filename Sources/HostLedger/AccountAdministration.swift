import Core
import Foundation
import GRDB
import HostProtocol
import Programmes

/// An account to be opened.
public struct NewAccount: Sendable {
    public var id: String
    public var programme: String
    public var currency: Currency
    /// In the order in which they are shown; the programme's order is that of use.
    public var purses: [PurseBalance]
    public var instruments: [InstrumentBinding]
    /// SMA-2: a pseudonym of the person, in hexadecimal; nil when no one says whose it is.
    public var person: String?
    public var status: AccountStatus
    public var lastDay: CivilDate?
    /// Used when a card's record names none (CARD-6).
    public var expiry: CivilDate?
    public var pin: PINState?

    public init(
        id: String, programme: String, currency: Currency, purses: [PurseBalance], instruments: [InstrumentBinding] = [],
        person: String? = nil, status: AccountStatus = .active, lastDay: CivilDate? = nil, expiry: CivilDate? = nil,
        pin: PINState? = nil
    ) {
        self.id = id
        self.programme = programme
        self.currency = currency
        self.purses = purses
        self.instruments = instruments
        self.person = person
        self.status = status
        self.lastDay = lastDay
        self.expiry = expiry
        self.pin = pin
    }
}

/// What the issuer's people do to accounts.
extension SQLiteLedger {
    /// Opens an account with what is in its purses and its instruments, and books what was held for it.
    /// - Throws: ``LedgerError/exists`` when the id is or was in use, or an instrument pays from another account;
    ///   ``LedgerError/duplicatePerson`` when the person has an account of the programme (SMA-2).
    public func addAccount(_ account: NewAccount, now: UTCInstant) async throws(LedgerError) {
        try check(account)
        try await write { try $0.add(account, now: now) }
    }

    /// Opens many accounts in one transaction: all of them, or none.
    public func addAccounts(_ accounts: [NewAccount], now: UTCInstant) async throws(LedgerError) {
        for account in accounts { try check(account) }
        try await write { books in
            for account in accounts { try books.add(account, now: now) }
        }
    }

    /// Opens the account of a prepaid card.
    public func addAccount(
        _ id: String, programme: String, balance: Money, instruments: [Pseudonym], expiry: CivilDate? = nil, now: UTCInstant
    ) async throws(LedgerError) {
        let account = NewAccount(
            id: id, programme: programme, currency: balance.currency,
            purses: [PurseBalance(purse: PurseBalance.prepaid, balance: balance.minorUnits)],
            instruments: instruments.map { InstrumentBinding(pseudonym: $0, kind: .card) }, expiry: expiry)
        // The books of a prepaid card may begin below zero: such are brought over from elsewhere.
        guard Self.isID(id) else { throw .malformed(field: "id") }
        guard programmes[programme] != nil else { throw .unknownProgramme }
        try await write { try $0.add(account, now: now) }
    }

    private func check(_ account: NewAccount) throws(LedgerError) {
        guard Self.isID(account.id) else { throw .malformed(field: "id") }
        guard let programme = programmes[account.programme] else { throw .unknownProgramme }
        guard !account.purses.isEmpty, account.purses.count <= 64,
            Set(account.purses.map { PurseLine($0.purse, $0.denomination) }).count == account.purses.count,
            account.purses.allSatisfy({ Self.isKnown($0.purse, $0.denomination, in: programme) && $0.balance >= 0 })
        else { throw .malformed(field: "purses") }
        if let person = account.person {
            guard Pseudonym(hex: person) != nil else { throw .malformed(field: "person") }
        }
        try Self.check(account.pin)
    }

    /// As terminals take it: visible ASCII.
    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func check(_ pin: PINState?) throws(LedgerError) {
        guard let verifier = pin?.verifier else { return }
        guard (1...1024).contains(verifier.utf8.count), verifier.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed(field: "pin")
        }
    }

    /// Vouchers have a face value, nothing else does (SMA-4).
    static func isKnown(_ purse: String, _ denomination: Int64?, in programme: Programme) -> Bool {
        guard let kind = programme.purses.first(where: { $0.id == purse })?.kind else { return false }
        return kind == .vouchers ? denomination ?? 0 > 0 : denomination == nil
    }

    /// The account is no longer there for terminals, and its instruments are free; its history stays, and its id is not
    /// used again.
    public func removeAccount(_ id: String, now: UTCInstant) async throws(LedgerError) {
        try await write { books in
            let account = try books.present(id)
            for row in try books.rows("SELECT pseudonym FROM instrument WHERE account = ?", [account.id]) {
                guard let instrument = Pseudonym(bytes: Array(row["pseudonym"] as Data)) else { continue }
                try books.unbind(instrument, now: now)
            }
            try books.run("UPDATE account SET removed = 1 WHERE id = ?", [account.id])
            try books.touch(id)
        }
    }

    /// CARD-21: the issuer's consent to offline approvals at one terminal; nil withdraws it.
    public func setAllowance(
        _ allowance: OfflineAllowance?, account: String, terminal: String
    ) async throws(LedgerError) {
        if let allowance, allowance.amount < 0 || allowance.count < 0 || allowance.perTransaction < 0 {
            throw .malformed(field: "allowance")
        }
        try await write { books in
            _ = try books.present(account)
            _ = try books.terminal(terminal)
            if let allowance {
                try books.run(
                    "INSERT OR REPLACE INTO allowance VALUES (?, ?, ?, ?, ?)",
                    [account, terminal, allowance.amount, allowance.count, allowance.perTransaction])
            } else {
                try books.run("DELETE FROM allowance WHERE account = ? AND terminal = ?", [account, terminal])
            }
            try books.touch(account)
        }
    }

    /// CARD-8, CARD-7, MOB-8, SMA-3: reaches each terminal with its next sync.
    public func setStatus(_ status: AccountStatus, account: String) async throws(LedgerError) {
        try await write { books in
            _ = try books.present(account)
            try books.run("UPDATE account SET status = ? WHERE id = ?", [status.rawValue, account])
            try books.touch(account)
        }
    }

    /// MOB-8, SMA-3: the last day of use, inclusive; nil: no end is known.
    public func setLastDay(_ day: CivilDate?, account: String) async throws(LedgerError) {
        try await write { books in
            _ = try books.present(account)
            try books.run("UPDATE account SET last_day = ? WHERE id = ?", [day?.description, account])
            try books.touch(account)
        }
    }

    /// CARD-5: what the issuer says of the PIN; nil when there is none.
    public func setPIN(_ pin: PINState?, account: String) async throws(LedgerError) {
        try Self.check(pin)
        try await write { books in
            _ = try books.present(account)
            try books.setPIN(pin, account: account)
            try books.touch(account)
        }
    }

    /// Sets the balance of the first purse by an entry for the difference.
    public func setBalance(_ balance: Money, account: String, now: UTCInstant) async throws(LedgerError) {
        try await write { books in
            let held = try books.present(account)
            guard held.currency == balance.currency else { throw LedgerError.malformed(field: "currency") }
            let first = try books.purses(of: account).first
            try books.set(
                PurseBalance(
                    purse: first?.purse ?? PurseBalance.prepaid, denomination: first?.denomination,
                    balance: balance.minorUnits, validThrough: first?.validThrough), of: held, now: now)
        }
    }

    /// Sets one purse, or one denomination of vouchers, by an entry for the difference; opens it when it is not there.
    public func setBalance(_ purse: PurseBalance, account: String, now: UTCInstant) async throws(LedgerError) {
        try await write { books in
            let held = try books.present(account)
            guard let programme = books.programmes[held.programme],
                SQLiteLedger.isKnown(purse.purse, purse.denomination, in: programme), purse.balance >= 0
            else { throw LedgerError.malformed(field: "purse") }
            try books.set(purse, of: held, now: now)
        }
    }

    /// The currency of an account, for reading amounts people type.
    public func currency(of account: String) async throws(LedgerError) -> Currency {
        try await read { try $0.present(account).currency }
    }
}

extension LedgerTransaction {
    func add(_ new: NewAccount, now: UTCInstant) throws {
        guard try account(new.id) == nil else { throw LedgerError.exists }
        if let person = new.person,
            try holds(
                "SELECT 1 FROM account WHERE person = ? AND programme = ? AND removed = 0", [person, new.programme])
        {
            throw LedgerError.duplicatePerson
        }
        try run(
            """
            INSERT INTO account (id, programme, currency, status, expiry, version, person, last_day)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                new.id, new.programme, new.currency.code, new.status.rawValue, new.expiry?.description, try nextVersion(),
                new.person, new.lastDay?.description,
            ])
        if let pin = new.pin { try setPIN(pin, account: new.id) }
        for purse in new.purses { try openPurse(purse, of: new.id) }
        if let account = try account(new.id) {
            let opening = new.purses.map {
                PurseShare(
                    purse: $0.purse, denomination: $0.denomination, units: $0.balance, money: value($0.balance, $0, of: account))
            }
            try move(account, taken: try opening.negated(), Occasion("opening", at: now))
        }
        for instrument in new.instruments { try bind(instrument, to: new.id, now: now) }
        try release(account: new.id, now: now)
    }

    /// What units of a purse are in minor units, where they are that by themselves: points are worth what a purchase makes
    /// of them.
    func value(_ units: Int64, _ purse: PurseBalance, of account: Account) -> Int64 {
        if let denomination = purse.denomination { return units.multipliedReportingOverflow(by: denomination).partialValue }
        let kind = programmes[account.programme]?.purses.first { $0.id == purse.purse }?.kind
        return kind == .points ? 0 : units
    }

    func set(_ purse: PurseBalance, of account: Account, now: UTCInstant) throws {
        let key: StatementArguments = [account.id, purse.purse, purse.denomination ?? 0]
        let held = try number("SELECT units FROM purse WHERE account = ? AND purse = ? AND denomination = ?", key)
        if held == nil { try openPurse(purse, of: account.id) }
        let (difference, overflow) = purse.balance.subtractingReportingOverflow(held ?? 0)
        guard !overflow else { throw LedgerError.malformed(field: "balance") }
        let gain = PurseShare(
            purse: purse.purse, denomination: purse.denomination, units: difference,
            money: value(difference, purse, of: account))
        try move(account, taken: try [gain].negated(), Occasion("adjustment", at: now))
        try run(
            "UPDATE purse SET valid_through = ? WHERE account = ? AND purse = ? AND denomination = ?",
            [purse.validThrough?.description] + key)
        try touch(account.id)
    }

    func setPIN(_ pin: PINState?, account: String) throws {
        try run(
            "UPDATE account SET pin_disabled = ?, pin_enabled_from = ?, pin_verifier = ? WHERE id = ?",
            [pin.map { $0.disabled ? 1 : 0 }, pin?.enabledFrom?.milliseconds, pin?.verifier, account])
    }
}

extension SQLiteLedger {
    public func programme(of account: String) async throws(LedgerError) -> String {
        try await read { try $0.present(account).programme }
    }
}
