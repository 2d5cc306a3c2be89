import Core
import Crypto
import EMV
import SmartCard

/// A card with contacts and a PIN: SDA, DDA or CDA, offline PIN in the clear and enciphered, cryptograms of version 18,
/// issuer authentication. Under the same worthless keys as ``VisaPrepaidCard``.
public final class VisaContactCard: VirtualCard {
    /// What is written into the card once.
    public struct Configuration: Sendable {
        public var pan: PrimaryAccountNumber
        /// 0–99
        public var panSequenceNumber: UInt8
        /// Good through the last day of this month.
        public var expiryYear: Int
        public var expiryMonth: Int
        public var currency: Currency
        /// ISO 3166 numeric.
        public var issuerCountryCode: UInt16
        /// Nil: the card can't prove itself.
        public var authentication: ContactAuthenticationMethod?
        /// Four to twelve digits 0–9, each a byte.
        public var pin: [UInt8]
        /// Minor units up to which the card approves by itself.
        public var offlineLimit: Int64
        /// Tag 8E: plaintext PIN, else signature, else nothing, unless told otherwise.
        public var verificationList: [UInt8]
        /// 9F0E, 9F0F and 9F0D.
        public var actionCodes: ActionCodes
        /// Has a directory (1PAY.SYS.DDF01).
        public var hasDirectory: Bool

        public init(
            pan: PrimaryAccountNumber, panSequenceNumber: UInt8 = 1, expiryYear: Int, expiryMonth: Int, currency: Currency,
            issuerCountryCode: UInt16 = 752, authentication: ContactAuthenticationMethod? = .cda,
            pin: [UInt8] = [1, 2, 3, 4], offlineLimit: Int64 = 10_000,
            verificationList: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0x44, 0x03, 0x41, 0x03, 0x5E, 0x03, 0x1F, 0x03],
            actionCodes: ActionCodes = ActionCodes(
                online: [.floorLimitExceeded, .selectedAtRandom, .forcedOnline, .verificationFailed],
                whenOffline: [.floorLimitExceeded, .verificationFailed]),
            hasDirectory: Bool = true
        ) {
            self.pan = pan
            self.panSequenceNumber = panSequenceNumber
            self.expiryYear = expiryYear
            self.expiryMonth = expiryMonth
            self.currency = currency
            self.issuerCountryCode = issuerCountryCode
            self.authentication = authentication
            self.pin = pin
            self.offlineLimit = offlineLimit
            self.verificationList = verificationList
            self.actionCodes = actionCodes
            self.hasDirectory = hasDirectory
        }
    }

    /// What the card remembers.
    public struct CardState: Sendable, Hashable, Codable {
        public var atc: UInt16
        public var lastOnlineATC: UInt16
        public var pinTriesLeft: UInt8
        /// Challenges given out, so that none comes twice.
        public var challenges: UInt32

        public init(atc: UInt16 = 0, lastOnlineATC: UInt16 = 0, pinTriesLeft: UInt8 = 3, challenges: UInt32 = 0) {
            self.atc = atc
            self.lastOnlineATC = lastOnlineATC
            self.pinTriesLeft = pinTriesLeft
            self.challenges = challenges
        }
    }

    public enum Failure: Error, Hashable, Sendable {
        case badExpiry
        /// Not four to twelve digits.
        case badPIN
        /// The certificates could not be made, or 8E has no CVM list's shape.
        case personalisation
    }

    public static let pinTryLimit: UInt8 = 3

    /// A card of protocol T=1 as EMV Book 1 §8.3 wants it.
    public let answerToReset: [UInt8] = [0x3B, 0xE0, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x45, 0xEB]
    public let configuration: Configuration
    public internal(set) var state: CardState

    enum Stage {
        case idle
        case selected
        case initiated
        /// The first cryptogram was an ARQC: the issuer's answer and a second one are to come.
        case requested
        case closed
    }

    var stage = Stage.idle
    var isInDirectory = false
    let personal: ContactPersonalisation
    let pinBlock: [UInt8]
    var challenge: [UInt8]?
    var optionsValues: [UInt8] = []
    var firstValues: [UInt8] = []
    var request: [UInt8] = []
    /// Nil until EXTERNAL AUTHENTICATE.
    var isIssuerAuthentic: Bool?

    public init(configuration: Configuration, state: CardState = CardState()) throws(Failure) {
        guard (4...12).contains(configuration.pin.count), configuration.pin.allSatisfy({ $0 <= 9 }) else { throw .badPIN }
        guard CVMList(configuration.verificationList) != nil else { throw .personalisation }
        self.configuration = configuration
        self.state = state
        var nibbles = [0x2, UInt8(configuration.pin.count)] + configuration.pin
        nibbles += [UInt8](repeating: 0xF, count: 16 - nibbles.count)
        pinBlock = stride(from: 0, to: 16, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
        personal = try ContactPersonalisation(configuration)
    }

    public func reset() {
        stage = .idle
        isInDirectory = false
        challenge = nil
    }

    struct Refusal: Error {
        let status: StatusWord

        init(_ status: StatusWord) { self.status = status }
    }

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        // A challenge is good for the very next command.
        let challenge = challenge
        self.challenge = nil
        do {
            return try answer(apdu, challenge) + StatusWord.success.bytes
        } catch {
            return error.status.bytes
        }
    }

    private func answer(_ apdu: CommandAPDU, _ challenge: [UInt8]?) throws(Refusal) -> [UInt8] {
        switch (apdu.cla, apdu.ins) {
        case (0x00, 0xA4): return try select(apdu).encoded
        case (0x00, 0xB2): return try readRecord(apdu).encoded
        case (0x80, 0xA8): return try processingOptions(apdu).encoded
        case (0x80, 0xCA): return try getData(apdu).encoded
        case (0x00, 0x84): return try getChallenge()
        case (0x00, 0x20): return try verify(apdu, challenge)
        case (0x00, 0x88): return try internalAuthenticate(apdu).encoded
        case (0x80, 0xAE): return try generateCryptogram(apdu).encoded
        case (0x00, 0x82): return try externalAuthenticate(apdu)
        case (0x00, _), (0x80, _): throw Refusal(.instructionNotSupported)
        default: throw Refusal(.classNotSupported)
        }
    }

    private func select(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        guard apdu.p1 == 0x04, apdu.p2 == 0x00 || apdu.p2 == 0x02 else { throw Refusal(.incorrectParameters) }
        // There is one application: no next one.
        guard apdu.p2 == 0x00 else { throw Refusal(.fileNotFound) }
        stage = .idle
        isInDirectory = configuration.hasDirectory && apdu.data == ContactPersonalisation.directoryName
        if isInDirectory { return personal.directory }
        guard apdu.data.count >= 5, Combination.visaCreditDebit.starts(with: apdu.data) else { throw Refusal(.fileNotFound) }
        stage = .selected
        return personal.control
    }

    private func readRecord(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        guard apdu.p2 & 0x07 == 0x04 else { throw Refusal(.incorrectParameters) }
        switch (apdu.p2 >> 3, Int(apdu.p1)) {
        case (1, 1) where isInDirectory: return personal.directoryRecord
        case (1, _) where isInDirectory: throw Refusal(.recordNotFound)
        case (1, 1) where stage == .initiated: return personal.trackRecord
        case (1, _) where stage == .initiated: throw Refusal(.recordNotFound)
        case (2, 1...personal.records.count) where stage == .initiated: return personal.records[Int(apdu.p1) - 1]
        case (2, _) where stage == .initiated: throw Refusal(.recordNotFound)
        default: throw Refusal(.fileNotFound)
        }
    }

    private func processingOptions(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        guard stage == .selected, state.atc < UInt16.max else { throw Refusal(.conditionsNotSatisfied) }
        guard let template = try? TLV.list(apdu.data).first, template.tag == EMVTag.commandTemplate, template.value.count == 2
        else { throw Refusal(.wrongLength) }
        state.atc += 1
        stage = .initiated
        optionsValues = Array(template.value)
        isIssuerAuthentic = nil
        return TLV(EMVTag.responseTemplateFormat1, personal.profile.bytes + personal.locator)
    }

    private func getData(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        switch (apdu.p1, apdu.p2) {
        case (0x9F, 0x17): TLV(EMVTag.pinTryCounter, [state.pinTriesLeft])
        case (0x9F, 0x36): TLV(EMVTag.applicationTransactionCounter, Self.bytes(state.atc))
        case (0x9F, 0x13): TLV(EMVTag.lastOnlineCounter, Self.bytes(state.lastOnlineATC))
        default: throw Refusal(.referencedDataNotFound)
        }
    }

    static func bytes(_ counter: UInt16) -> [UInt8] { [UInt8(counter >> 8), UInt8(counter & 0xFF)] }
}
