import ArgumentParser
import Core
import Foundation
import HostLedger
import HostProtocol

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Accounts and their limits.", subcommands: [Add.self, Set.self])

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

        func apply(to account: String, in ledger: Ledger, currency: Currency) async throws {
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
            abstract: "Opens an account with its first balance. Card numbers become pseudonyms at once; they are not kept.")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The account's id.")
        var id: String
        @Option(help: "Its programme.")
        var programme: String
        @Option(help: "ISO 4217 code.")
        var currency: String
        @Option(help: "First balance, such as 1000.00.")
        var balance: String
        @Option(help: "A card number that pays from it; may be repeated.")
        var pan: [String] = []
        @Option(help: "Last month of validity, YYYY-MM, for cards whose data name none.")
        var expiry: String?
        @OptionGroup var allowance: AllowanceOptions

        func run() async throws {
            guard let unit = Currency(code: currency) else { throw ValidationError("--currency is not known") }
            let numbers = pan.compactMap { PrimaryAccountNumber(digits: $0) }
            guard numbers.count == pan.count else { throw ValidationError("--pan must be 8 to 19 digits") }
            let month = expiry.flatMap { CivilDate("\($0)-01") }
            guard (month == nil) == (expiry == nil) else { throw ValidationError("--expiry must be YYYY-MM") }
            let identity = try host.directory.identity()
            let ledger = try host.directory.ledger()
            try await ledger.addAccount(
                id, programme: programme, balance: try amount(balance, unit, "--balance"),
                instruments: numbers.map { $0.pseudonym(key: identity.pseudonymKey) }, expiry: month, now: Clock.now)
            try await allowance.apply(to: id, in: ledger, currency: unit)
            print("account \(id) opened" + numbers.map { ", card \($0.masked)" }.joined())
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes status, balance or allowance; terminals see it with their next sync.")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The account's id.")
        var id: String
        @Option(help: "\(AccountStatus.allCases.map(\.rawValue).joined(separator: ", ")).")
        var status: String?
        @Option(help: "New balance, such as 250.00.")
        var balance: String?
        @OptionGroup var allowance: AllowanceOptions

        func run() async throws {
            let ledger = try host.directory.ledger()
            let unit = try await ledger.currency(of: id)
            if let status {
                guard let state = AccountStatus(rawValue: status) else { throw ValidationError("--status is not known") }
                try await ledger.setStatus(state, account: id)
            }
            if let balance {
                try await ledger.setBalance(try amount(balance, unit, "--balance"), account: id, now: Clock.now)
            }
            try await allowance.apply(to: id, in: ledger, currency: unit)
        }
    }
}

/// Reads an amount that someone typed after `option`.
private func amount(_ text: String, _ currency: Currency, _ option: String) throws -> Money {
    guard let money = try? Money(decimal: text, currency: currency) else {
        throw ValidationError("\(option) is no amount in \(currency)")
    }
    return money
}
