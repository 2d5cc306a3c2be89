import ArgumentParser
import Core
import Crypto
import VirtualCards

/// `kassa-card phone`
struct Phone: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phone", abstract: "A telephone with the programme's application (host card emulation).",
        subcommands: [Present.self, Issuer.self], defaultSubcommand: Present.self)

    /// `kassa-card phone issuer`
    struct Issuer: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the public key (P-256, hexadecimal) that signs virtual telephones' credentials. For tests only.")

        func run() throws { print(Hex.encode(Array(try TestTags.phoneIssuer.publicKey.x963Representation))) }
    }

    /// `kassa-card phone present`
    struct Present: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Presents it.")

        @OptionGroup var presentation: PresentationOptions
        @OptionGroup var faults: FaultOptions

        @Option(help: "Which instrument of the programme it is: 16 bytes in hexadecimal.")
        var instrument = "00112233445566778899AABBCCDDEEFF"

        @Option(help: ArgumentHelp("Last day its credential is good for, in UTC.", valueName: "YYYY-MM-DD"))
        var expiry = "2030-12-31"

        @Option(help: ArgumentHelp("JSON that keeps its counter between taps.", valueName: "file"))
        var state: String?

        @Option(help: "Bytes of one answer, 1 to 255.")
        var piece = 250

        @Flag(help: "Sign nothing: the screen is locked.")
        var locked = false

        @Flag(help: "The holder has not been verified on it.")
        var notVerified = false

        private struct State: Codable, Equatable { var counter: UInt32 = 0 }

        func run() throws {
            guard let instrument = Hex.decode(instrument), instrument.count == 16 else {
                throw ValidationError("--instrument takes 16 bytes in hexadecimal.")
            }
            guard (1...255).contains(piece) else { throw ValidationError("--piece takes 1 to 255.") }
            guard let day = CivilDate(expiry) else { throw ValidationError("--expiry takes YYYY-MM-DD.") }
            let file = self.state.map { CardStateFile<State>(path: $0) }
            let kept = try file?.read() ?? State()
            let phone = try TestTags.phone(
                instrument: instrument, expiry: day.adding(days: 1).daysSince1970 * 86_400_000, counter: kept.counter)
            phone.pieceBytes = piece
            phone.isLocked = locked
            phone.isHolderVerified = !notVerified
            // A signature counts once.
            try KassaCard.present(faults.spoil(phone), presentation, keeping: file) { State(counter: phone.counter) }
        }
    }
}
