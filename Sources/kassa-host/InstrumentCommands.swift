import ArgumentParser
import Core
import Crypto
import Foundation
import HostLedger
import HostProtocol
import Programmes

/// Instruments that are no cards.
struct InstrumentOptions: ParsableArguments {
    @Option(help: "A phone number that pays from it; may be repeated.")
    var phone: [String] = []
    @Option(help: "An e-mail address that pays from it; may be repeated.")
    var email: [String] = []
    @Option(help: "A closed-loop tag that pays from it, by its UID of seven bytes in hexadecimal; may be repeated.")
    var tag: [String] = []
    @Option(
        help: """
            An instrument by its pseudonym, KIND:HEX with 32 digits, such as tag:…; kinds are \
            \(InstrumentKind.allCases.map(\.rawValue).joined(separator: ", ")). May be repeated.
            """)
    var instrument: [String] = []

    func bindings(key: SymmetricKey) throws -> [InstrumentBinding] {
        let phones = try phone.map { text in
            guard let number = try? PhoneNumber(text) else { throw ValidationError("--phone is no phone number") }
            return InstrumentBinding(pseudonym: number.pseudonym(key: key), kind: .phone)
        }
        let addresses = try email.map { text in
            guard let address = try? EmailAddress(text) else { throw ValidationError("--email is no e-mail address") }
            return InstrumentBinding(pseudonym: address.pseudonym(key: key), kind: .email)
        }
        let tags = try tag.map { text in
            // As ClosedLoopEvidence names it.
            guard let uid = Hex.decode(text), uid.count == 7 else { throw ValidationError("--tag takes seven bytes in hexadecimal") }
            return InstrumentBinding(pseudonym: Pseudonym(domain: "tag1", identifier: Hex.encode(uid), key: key), kind: .tag)
        }
        let others = try instrument.map { text in
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let kind = InstrumentKind(rawValue: parts[0]), let pseudonym = Pseudonym(hex: parts[1]) else {
                throw ValidationError("--instrument must be KIND:HEX")
            }
            return InstrumentBinding(pseudonym: pseudonym, kind: kind)
        }
        return phones + addresses + tags + others
    }
}

/// A purse as people write it: `benefit=150.00`, `points=1200`, `vouchers/5.00=10`.
enum PurseText {
    static let help = "A purse and what is in it: benefit=150.00, points=1200, or vouchers/5.00=10."

    static func read(_ text: String, programme: Programme, currency: Currency) throws -> PurseBalance {
        let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard halves.count == 2 else { throw ValidationError("--purse must be PURSE=AMOUNT") }
        let name = halves[0].split(separator: "/", maxSplits: 1).map(String.init)
        guard let id = name.first, let kind = programme.purses.first(where: { $0.id == id })?.kind else {
            throw ValidationError("--purse: \(programme.id) has no such purse")
        }
        switch kind {
        case .vouchers:
            guard name.count == 2, let count = Int64(halves[1]) else { throw ValidationError("--purse must be PURSE/VALUE=COUNT") }
            return PurseBalance(
                purse: id, denomination: try amount(name[1], currency, "--purse").minorUnits, balance: count)
        case .points:
            guard let points = Int64(halves[1]) else { throw ValidationError("--purse must be PURSE=POINTS") }
            return PurseBalance(purse: id, balance: points)
        case .benefit, .ownMoney, .prepaid:
            return PurseBalance(purse: id, balance: try amount(halves[1], currency, "--purse").minorUnits)
        }
    }
}

/// One instrument, by whatever names it.
struct OneInstrument: ParsableArguments {
    @OptionGroup var others: InstrumentOptions
    @Option(help: "A card number.")
    var pan: [String] = []
    @Flag(name: .customLong("virtual"), help: "The card has no plastic, and no PIN (CARD-18).")
    var isVirtual = false

    func binding(key: SymmetricKey) throws -> InstrumentBinding {
        let cards = try pan.map { text in
            guard let number = PrimaryAccountNumber(digits: text) else { throw ValidationError("--pan must be 8 to 19 digits") }
            return InstrumentBinding(pseudonym: number.pseudonym(key: key), kind: .card, isVirtual: isVirtual ? true : nil)
        }
        let all = cards + (try others.bindings(key: key))
        guard all.count == 1, let only = all.first else { throw ValidationError("name one instrument") }
        return only
    }
}

extension AccountCommand {
    struct Bind: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets an instrument pay from an account, whichever it paid from before (WAL-8).")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The account's id.")
        var id: String
        @OptionGroup var instrument: OneInstrument

        func run() async throws {
            let binding = try instrument.binding(key: try host.directory.identity().pseudonymKey)
            try await host.directory.ledger().bind(binding, to: id, now: Clock.now)
        }
    }

    struct Unbind: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets an instrument pay from no account. Its history stays (WAL-8).")

        @OptionGroup var host: DirectoryOption
        @OptionGroup var instrument: OneInstrument

        func run() async throws {
            let binding = try instrument.binding(key: try host.directory.identity().pseudonymKey)
            try await host.directory.ledger().unbind(binding.pseudonym, now: Clock.now)
        }
    }
}

struct PersonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person", abstract: "Persons, by their pseudonyms.", subcommands: [Loss.self])

    struct Loss: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops every account and every instrument of a person at once (WAL-6).")

        @OptionGroup var host: DirectoryOption
        @Option(help: "The person's pseudonym, 32 hexadecimal digits.")
        var id: String

        func run() async throws {
            let stopped = try await host.directory.ledger().loss(person: id, now: Clock.now)
            print("stopped: \(stopped.accounts) accounts, \(stopped.instruments) instruments")
        }
    }
}

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Instruments that pay nowhere (CARD-8).",
        subcommands: [Add.self, Remove.self, Import.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stops an instrument.")

        @OptionGroup var host: DirectoryOption
        @OptionGroup var instrument: OneInstrument
        @Option(help: "\(StopReason.allCases.map(\.word).joined(separator: ", ")).")
        var reason: String = StopReason.blocked.word

        func run() async throws {
            guard let reason = StopReason(word: reason) else { throw ValidationError("--reason is not known") }
            let binding = try instrument.binding(key: try host.directory.identity().pseudonymKey)
            try await host.directory.ledger().stop(StopEntry(instrument: binding.pseudonym, reason: reason))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Clears an instrument.")

        @OptionGroup var host: DirectoryOption
        @OptionGroup var instrument: OneInstrument

        func run() async throws {
            let binding = try instrument.binding(key: try host.directory.identity().pseudonymKey)
            try await host.directory.ledger().unstop(binding.pseudonym)
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops what a file lists: a pseudonym of 32 hexadecimal digits and a reason on each line.")

        @OptionGroup var host: DirectoryOption
        @Argument(help: "The file.")
        var file: String

        func run() async throws {
            let changed = try await host.directory.ledger().importStops(from: URL(fileURLWithPath: file))
            print("\(changed) entries added or changed")
        }
    }
}

struct RateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate", abstract: "Scheme rates (CARD-16).", subcommands: [Set.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets a rate: `rate set EUR SEK 11.20` is 11.20 SEK for one EUR.")

        @OptionGroup var host: DirectoryOption
        @Argument(help: "ISO 4217 code of the purchase.")
        var from: String
        @Argument(help: "ISO 4217 code of the account.")
        var to: String
        @Argument(help: "Units of the second for one of the first.")
        var rate: String

        func run() async throws {
            guard let source = Currency(code: from), let target = Currency(code: to) else {
                throw ValidationError("a currency is not known")
            }
            try await host.directory.ledger().setRate(ExchangeRate(from: source, to: target, rate: rate))
        }
    }
}

struct HoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Amounts that are reserved (CARD-12).", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the holds that have not ended.")

        @OptionGroup var host: DirectoryOption

        func run() async throws {
            for hold in try LedgerReport(path: host.directory.ledgerPath).holds { print(HoldCommand.text(hold)) }
        }
    }

    static func text(_ hold: LedgerReport.Hold) -> String {
        let end = hold.expiresAt.map { "until \(Date(timeIntervalSince1970: TimeInterval($0 / 1000)).formatted(.iso8601))" }
        return "\(hold.terminal)  \(money(hold.amount, hold.currency))  \(hold.account)  \(hold.payment)  \(end ?? "without end")"
    }
}

struct Restored: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says that the books were set back to an earlier state: every terminal takes them anew.")

    @OptionGroup var host: DirectoryOption

    func run() async throws { print("incarnation \(try await host.directory.ledger().restored())") }
}
