import ArgumentParser
import Core
import Glibc
import VirtualCards

/// `kassa-card visa`
struct Visa: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visa", abstract: "A prepaid benefit card with a chip and an offline balance.")

    @OptionGroup var presentation: PresentationOptions
    @OptionGroup var faults: FaultOptions

    @Option(help: "Offline balance as a decimal; a state file that exists wins.")
    var balance = "500.00"

    @Option(help: "ISO 4217 code.")
    var currency = "SEK"

    @Option(help: ArgumentHelp("Last month the card is good for.", valueName: "YYYY-MM"))
    var expiry = "2030-12"

    @Option(help: "Account number; the default is a test number.")
    var pan = "4761739001010010"

    @Option(help: ArgumentHelp("JSON that keeps balance and counter between taps.", valueName: "file"))
    var state: String?

    @Flag(help: "Never approve offline.")
    var onlineOnly = false

    @Flag(help: "A phone whose holder has been verified on it (CDCVM).")
    var holderVerified = false

    func run() throws {
        guard let currency = Currency(code: currency) else { throw ValidationError("--currency is not known.") }
        guard let balance = try? Money(decimal: balance, currency: currency) else {
            throw ValidationError("--balance takes a decimal of the currency.")
        }
        guard let number = PrimaryAccountNumber(digits: pan) else { throw ValidationError("--pan is no account number.") }
        let month = expiry.split(separator: "-").map { Int($0) }
        guard month.count == 2, let expiryYear = month[0], let expiryMonth = month[1] else {
            throw ValidationError("--expiry takes YYYY-MM.")
        }
        let file = state.map { CardStateFile<VisaPrepaidCard.CardState>(path: $0) }
        let kept = try file?.read() ?? VisaPrepaidCard.CardState(offlineBalance: balance.minorUnits)
        let card: VisaPrepaidCard
        do {
            card = try VisaPrepaidCard(
                configuration: .init(
                    pan: number, expiryYear: expiryYear, expiryMonth: expiryMonth, currency: currency,
                    isOnlineOnly: onlineOnly, isHolderVerified: holderVerified),
                state: kept)
        } catch {
            throw ValidationError("The card can't be made: \(error).")
        }
        var written = kept
        try file?.write(kept)
        try KassaCard.present(faults.spoil(card), presentation) {
            // Before the answer goes out: a torn answer must not give the money back.
            guard card.state != written else { return }
            try file?.write(card.state)
            written = card.state
        }
    }
}
