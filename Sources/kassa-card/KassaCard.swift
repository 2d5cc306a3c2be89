import ArgumentParser
import Core
import Glibc
import VirtualCards

@main
struct KassaCard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kassa-card",
        abstract: "Presents a virtual card to a real pcscd through the virtual reader vsmartcard-vpcd.",
        discussion: """
            The process is the card in the field: it stays until SIGTERM or SIGINT, and its end takes the card away. \
            Exit 0: taken away. Exit 2: the card tore itself away. Exit 3: the reader has gone.
            """,
        subcommands: [Visa.self, VisaContact.self, Tag.self, AnyTag.self, CAKeys.self, IssuerKey.self])

    /// Keeps the card presented and turns what ended it into the exit status.
    static func present(
        _ card: any VirtualCard, _ options: PresentationOptions, afterCommand: () throws -> Void = {}
    ) throws {
        switch try Presentation(options).run(card, afterCommand: afterCommand) {
        case .removed: return
        case .torn: throw ExitCode(2)
        case .readerGone: throw ExitCode(3)
        }
    }

    /// A card that remembers: what a command has changed is in the file before its answer goes out, or a torn answer would
    /// give it back.
    static func present<State: Codable & Equatable>(
        _ card: any VirtualCard, _ options: PresentationOptions, keeping file: CardStateFile<State>?,
        state: () -> State
    ) throws {
        var written = state()
        try file?.write(written)
        try present(card, options) {
            let now = state()
            guard now != written else { return }
            try file?.write(now)
            written = now
        }
    }
}

/// `kassa-card ntag`
struct Tag: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ntag", abstract: "An NTAG215 with one URI record.")

    @OptionGroup var presentation: PresentationOptions
    @OptionGroup var faults: FaultOptions

    @Option(help: "The URI.")
    var uri = "https://kassa.example/t/1"

    @Option(help: "Seven bytes in hexadecimal, the first one 04.")
    var uid = "04A1B2C3D4E5F6"

    func run() throws {
        guard let uid = Hex.decode(uid) else { throw ValidationError("--uid takes hexadecimal digits.") }
        let tag: NTAG215
        do { tag = try NTAG215(uid: uid, uri: uri) } catch {
            throw ValidationError(
                error == .badUID ? "--uid takes seven bytes, the first one 04." : "--uri does not fit into the tag.")
        }
        try KassaCard.present(faults.spoil(tag), presentation)
    }
}
