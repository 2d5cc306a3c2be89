import ArgumentParser
import Core
import Foundation
import HostLedger
import HostProtocol

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Accounts and their limits.",
        subcommands: [Add.self, Set.self, Bind.self, Unbind.self, Load.self, Redeem.self, Remove.self])

    /// CARD-21: the issuer's consent to offline approvals.
    struct AllowanceOptions: ParsableArguments {
        @Option(help: "Sum that one terminal may approve offline, such as 500.00.")
        var offlineAllowance: String?
        @Option(help: "Number of offline approvals in a row.")
        var offlineCount: Int = 3
        @Option(help: "Largest single offline approval; default: the allowance.")
        var offlinePerTransaction: String?
        @Option(help: "The terminal that the allowance is for.")
        var terminal: String?

        func validate() throws {
            guard (offlineAllowance == nil) == (terminal == nil) else {
                throw ValidationError("--offline-allowance and --terminal belong together")
            }
            guard offlineCount >= 0 else { throw ValidationError("--offline-count must not be negative") }
        }

        func apply(to account: String, in ledger: SQLiteLedger, currency: Currency) async throws {
            guard let offlineAllowance, let terminal else { return }
            let sum = try amount(offlineAllowance, currency, "--offline-allowance")
            let single = try offlinePerTransaction.map { try amount($0, currency, "--offline-per-transaction") } ?? sum
            try await ledger.setAllowance(
                OfflineAllowance(amount: sum.minorUnits, count: offlineCount, perTransaction: single.minorUnits),
                account: account, terminal: terminal)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Opens an account. Card numbers, phone numbers and addresses become pseudonyms at once; they are not kept.")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The account's id.")
        var id: String
        @Option(help: "Its programme.")
        var programme: String
        @Option(help: "ISO 4217 code.")
        var currency: String
        @Option(help: "First balance of a prepaid card, such as 1000.00.")
        var balance: String?
        @Option(help: "\(PurseText.help) May be repeated.")
        var purse: [String] = []
        @Option(help: "A card number that pays from it; may be repeated.")
        var pan: [String] = []
        @OptionGroup var instruments: InstrumentOptions
        @Option(help: "Pseudonym of its person, 32 hexadecimal digits: one account of a programme each (SMA-2).")
        var person: String?
        @Option(help: "\(AccountStatus.allCases.map(\.rawValue).joined(separator: ", ")).")
        var status: String?
        @Option(help: "Last day of use, YYYY-MM-DD.")
        var lastDay: String?
        @Option(help: "Last month of validity, YYYY-MM, for cards whose data name none.")
        var expiry: String?
        @OptionGroup var allowance: AllowanceOptions

        func validate() throws {
            guard (balance == nil) != purse.isEmpty else { throw ValidationError("give --balance, or --purse") }
        }

        func run() async throws {
            guard let unit = Currency(code: currency) else { throw ValidationError("--currency is not known") }
            let numbers = pan.compactMap { PrimaryAccountNumber(digits: $0) }
            guard numbers.count == pan.count else { throw ValidationError("--pan must be 8 to 19 digits") }
            let month = expiry.flatMap { CivilDate("\($0)-01") }
            guard (month == nil) == (expiry == nil) else { throw ValidationError("--expiry must be YYYY-MM") }
            let key = try host.directory.identity().pseudonymKey
            let plan = try host.directory.programme(programme)
            let purses =
                try balance.map { [PurseBalance(purse: PurseBalance.prepaid, balance: try amount($0, unit, "--balance").minorUnits)] }
                ?? purse.map { try PurseText.read($0, programme: plan, currency: unit) }
            let bound = numbers.map { InstrumentBinding(pseudonym: $0.pseudonym(key: key), kind: .card) }
                + (try instruments.bindings(key: key))
            let ledger = try host.directory.ledger()
            try await ledger.addAccount(
                NewAccount(
                    id: id, programme: programme, currency: unit, purses: purses, instruments: bound, person: person,
                    status: try status.map(accountStatus) ?? .active, lastDay: try lastDay.map(civilDate), expiry: month),
                now: Clock.now)
            try await allowance.apply(to: id, in: ledger, currency: unit)
            print("account \(id) opened" + numbers.map { ", card \($0.masked)" }.joined())
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes status, balances, last day, PIN or allowance; terminals that wait see it within a second.")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The account's id.")
        var id: String
        @Option(help: "\(AccountStatus.allCases.map(\.rawValue).joined(separator: ", ")).")
        var status: String?
        @Option(help: "New balance of the first purse, such as 250.00.")
        var balance: String?
        @Option(help: "\(PurseText.help) May be repeated.")
        var purse: [String] = []
        @Option(help: "Last day of use, YYYY-MM-DD, or none.")
        var lastDay: String?
        @Option(help: "What the issuer says of the PIN: enabled, disabled, or the instant in UTC from which it is enabled, in milliseconds since 1970.")
        var pin: String?
        @OptionGroup var allowance: AllowanceOptions

        func run() async throws {
            let ledger = try host.directory.ledger()
            let unit = try await ledger.currency(of: id)
            let state = try status.map(accountStatus)
            let sum = try balance.map { try amount($0, unit, "--balance") }
            let plan = try host.directory.programme(try await ledger.programme(of: id))
            let purses = try purse.map { try PurseText.read($0, programme: plan, currency: unit) }
            let day = try lastDay.map { $0 == "none" ? nil : try civilDate($0) }
            let pinState = try pin.map(Self.pinState)
            if let state { try await ledger.setStatus(state, account: id) }
            if let sum { try await ledger.setBalance(sum, account: id, now: Clock.now) }
            for purse in purses { try await ledger.setBalance(purse, account: id, now: Clock.now) }
            if let day { try await ledger.setLastDay(day, account: id) }
            if let pinState { try await ledger.setPIN(pinState, account: id) }
            try await allowance.apply(to: id, in: ledger, currency: unit)
        }

        private static func pinState(_ text: String) throws -> PINState {
            switch text {
            case "enabled": return PINState(disabled: false)
            case "disabled": return PINState(disabled: true)
            default:
                guard let milliseconds = Int64(text), milliseconds > 0 else { throw ValidationError("--pin is not understood") }
                return PINState(disabled: true, enabledFrom: UTCInstant(milliseconds: milliseconds))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes an account away from the terminals. Its history stays; its id is not used again.")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The account's id.")
        var id: String

        func run() async throws { try await host.directory.ledger().removeAccount(id, now: Clock.now) }
    }

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Loads own money, within the programme's limits (WAL-5).")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The account's id.")
        var id: String
        @Option(name: .customLong("amount"), help: "Such as 50.00.")
        var sum: String

        func run() async throws {
            let ledger = try host.directory.ledger()
            let unit = try await ledger.currency(of: id)
            try await ledger.load(try amount(sum, unit, "--amount"), account: id, now: Clock.now)
        }
    }

    struct Redeem: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Pays own money out, less the programme's fee (WAL-7).")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The account's id.")
        var id: String
        @Option(name: .customLong("amount"), help: "What leaves the purse, such as 50.00.")
        var sum: String

        func run() async throws {
            let ledger = try host.directory.ledger()
            let unit = try await ledger.currency(of: id)
            let paid = try await ledger.redeem(try amount(sum, unit, "--amount"), account: id, now: Clock.now)
            print("paid out \(paid)")
        }
    }
}

private func accountStatus(_ text: String) throws -> AccountStatus {
    guard let status = AccountStatus(rawValue: text) else { throw ValidationError("--status is not known") }
    return status
}

private func civilDate(_ text: String) throws -> CivilDate {
    guard let day = CivilDate(text) else { throw ValidationError("--last-day must be YYYY-MM-DD") }
    return day
}

/// Reads an amount that someone typed after `option`.
func amount(_ text: String, _ currency: Currency, _ option: String) throws -> Money {
    guard let money = try? Money(decimal: text, currency: currency) else {
        throw ValidationError("\(option) is no amount in \(currency)")
    }
    return money
}
