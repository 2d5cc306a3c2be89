import ArgumentParser
import Core
import VirtualCards

/// `kassa-card tag`
struct AnyTag: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "An NFC tag of any type with one URI record, which can be written to while it is presented.")

    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case ntag213, ntag215, ntag216, type3, type4, type5, classic

        var model: NTAG21x.Model? {
            switch self {
            case .ntag213: .ntag213
            case .ntag215: .ntag215
            case .ntag216: .ntag216
            case .type3, .type4, .type5, .classic: nil
            }
        }

        /// Bytes of UID, and one that is good.
        var uid: String {
            switch self {
            case .ntag213, .ntag215, .ntag216, .type4: "04A1B2C3D4E5F6"
            case .type3: "01FE0102030405A6"
            case .type5: "E004015011223344"
            case .classic: "DEADBEEF"
            }
        }
    }

    enum Dialect: String, CaseIterable, ExpressibleByArgument {
        case none, transparent, acr122

        var passThrough: PassThrough {
            switch self {
            case .none: .refused
            case .transparent: .transparent
            case .acr122: .acr122
            }
        }
    }

    @OptionGroup var presentation: PresentationOptions
    @OptionGroup var faults: FaultOptions

    @Argument(help: "ntag213, ntag215, ntag216, type3, type4, type5 or classic.")
    var kind = Kind.ntag215

    @Option(help: "The URI.")
    var uri = "https://kassa.example/t/1"

    @Option(help: "In hexadecimal: 7 bytes (first one 04) for ntag and type4, 8 for type3 and type5, 4 for classic.")
    var uid: String?

    @Option(help: "How the reader passes the chip's own commands on: none, transparent or acr122.")
    var passThrough = Dialect.none

    @Option(help: ArgumentHelp("Originality signature of an NTAG.", valueName: "64 hexadecimal digits"))
    var signature: String?

    func run() throws {
        guard let uid = Hex.decode(uid ?? kind.uid), uid.count * 2 == kind.uid.count else {
            throw ValidationError("--uid takes \(kind.uid.count / 2) bytes in hexadecimal for \(kind.rawValue).")
        }
        guard !uri.utf8.isEmpty, uri.utf8.count <= 180 || kind.model != nil else {
            throw ValidationError("--uri does not fit into the tag.")
        }
        try KassaCard.present(faults.spoil(try card(uid)), presentation)
    }

    private func card(_ uid: [UInt8]) throws -> any VirtualCard {
        switch kind {
        case .type3:
            let card = FeliCaTag(uid: uid, uri: uri)
            card.passThrough = passThrough.passThrough
            return card
        case .type4: return Type4Tag(uid: uid, uri: uri)
        case .type5: return Type5Tag(uid: uid, uri: uri)
        case .classic: return ClassicTag(uid: uid, uri: uri)
        case .ntag213, .ntag215, .ntag216:
            let card: NTAG21x
            do { card = try NTAG21x(uid: uid, uri: uri, model: kind.model ?? .ntag215) } catch {
                throw ValidationError(
                    error == .badUID ? "--uid takes seven bytes, the first one 04." : "--uri does not fit into the tag.")
            }
            card.passThrough = passThrough.passThrough
            if let signature {
                guard let bytes = Hex.decode(signature), bytes.count == 32 else {
                    throw ValidationError("--signature takes 32 bytes in hexadecimal.")
                }
                card.signature = bytes
            }
            return card
        }
    }
}
