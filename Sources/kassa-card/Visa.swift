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
    @OptionGroup var account: AccountOptions

    @Option(help: "Offline balance as a decimal; a state file that exists wins.")
    var balance = "500.00"

    @Option(help: ArgumentHelp("JSON that keeps balance and counter between taps.", valueName: "file"))
    var state: String?

    @Option(help: ArgumentHelp("Append each cryptogram to this file, a line of JSON, before its answer goes out.", valueName: "file"))
    var log: String?

    @Flag(help: "Never approve offline.")
    var onlineOnly = false

    @Flag(help: "A phone whose holder has been verified on it (CDCVM).")
    var holderVerified = false

    func run() throws {
        let currency = try account.parsedCurrency()
        guard let balance = try? Money(decimal: balance, currency: currency) else {
            throw ValidationError("--balance takes a decimal of the currency.")
        }
        let (number, expiry) = (try account.parsedPAN(), try account.parsedExpiry())
        let file = state.map { CardStateFile<VisaPrepaidCard.CardState>(path: $0) }
        let kept = try file?.read() ?? VisaPrepaidCard.CardState(offlineBalance: balance.minorUnits)
        let card: VisaPrepaidCard
        do {
            card = try VisaPrepaidCard(
                configuration: .init(
                    pan: number, expiryYear: expiry.year, expiryMonth: expiry.month, currency: currency,
                    isOnlineOnly: onlineOnly, isHolderVerified: holderVerified),
                state: kept)
        } catch {
            throw ValidationError("The card can't be made: \(error).")
        }
        let log = try log.map { try CryptogramLog($0) }
        try KassaCard.present(faults.spoil(card), presentation, keeping: file) {
            log?.keep(card.lastCryptogram)
            return card.state
        }
    }
}
