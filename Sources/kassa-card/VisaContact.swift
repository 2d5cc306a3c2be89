import ArgumentParser
import Core
import EMV
import Glibc
import VirtualCards

/// `kassa-card visa-contact`
struct VisaContact: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visa-contact", abstract: "A card with contacts and a PIN.")

    enum Authentication: String, ExpressibleByArgument, CaseIterable {
        case none, sda, dda, cda

        var method: ContactAuthenticationMethod? { ContactAuthenticationMethod(rawValue: rawValue) }
    }

    enum Method: String, ExpressibleByArgument, CaseIterable {
        case pin, encipheredPin = "enciphered-pin", onlinePin = "online-pin", signature, none

        /// The rule's first byte.
        var code: UInt8 {
            switch self {
            case .pin: CVMCode.plaintextPIN.rawValue
            case .encipheredPin: CVMCode.encipheredPIN.rawValue
            case .onlinePin: CVMCode.onlinePIN.rawValue
            case .signature: CVMCode.signature.rawValue
            case .none: CVMCode.noneRequired.rawValue
            }
        }
    }

    @OptionGroup var presentation: PresentationOptions
    @OptionGroup var faults: FaultOptions
    @OptionGroup var account: AccountOptions

    @Option(help: "How the card proves itself.")
    var authentication = Authentication.cda

    @Option(help: "Ways to verify the holder, best first. May be repeated.")
    var verify: [Method] = [.encipheredPin, .pin, .signature]

    @Option(help: "Four to twelve digits of a test card.")
    var pin = "1234"

    @Option(help: "Approves by itself up to this amount.")
    var offlineLimit = "100.00"

    @Option(help: ArgumentHelp("JSON that keeps counters and PIN tries.", valueName: "file"))
    var state: String?

    @Flag(help: "Without a directory: the terminal has to try its own list.")
    var noDirectory = false

    func run() throws {
        let currency = try account.parsedCurrency()
        guard let limit = try? Money(decimal: offlineLimit, currency: currency) else {
            throw ValidationError("--offline-limit takes a decimal of the currency.")
        }
        let (number, expiry) = (try account.parsedPAN(), try account.parsedExpiry())
        let digits = pin.utf8.map { $0 &- UInt8(ascii: "0") }
        guard (4...12).contains(digits.count), digits.allSatisfy({ $0 <= 9 }) else {
            throw ValidationError("--pin takes four to twelve digits.")
        }
        // Each method where the terminal can, the next one where it fails.
        let rules = verify.prefix(100).flatMap { [$0.code | 0x40, CVMCondition.terminalSupportsMethod.rawValue] }
        let file = state.map { CardStateFile<VisaContactCard.CardState>(path: $0) }
        let kept = try file?.read() ?? VisaContactCard.CardState()
        let card: VisaContactCard
        do {
            card = try VisaContactCard(
                configuration: .init(
                    pan: number, expiryYear: expiry.year, expiryMonth: expiry.month, currency: currency,
                    authentication: authentication.method, pin: digits, offlineLimit: limit.minorUnits,
                    verificationList: [0, 0, 0, 0, 0, 0, 0, 0] + rules, hasDirectory: !noDirectory),
                state: kept)
        } catch {
            throw ValidationError("The card can't be made: \(error).")
        }
        try KassaCard.present(faults.spoil(card), presentation, keeping: file) { card.state }
    }
}
