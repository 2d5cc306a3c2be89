import Core
import Crypto
import EMV
import SmartCard

/// A prepaid benefit card with a chip of its own: qVSDC, contactless, with an offline balance that it debits itself.
///
/// Its cryptograms are of version 18 (``ApplicationCryptogram`` says what the MAC covers and in which order), under the
/// card key derived from ``testIssuerMasterKey``; its dynamic signatures are fDDA version 01 under ``TestKeys``.
public final class VisaPrepaidCard: VirtualCard {
    /// The issuer master key of all virtual cards: worthless and known to everybody.
    public static let testIssuerMasterKey = [UInt8](repeating: 0xAA, count: 16)

    /// What is printed on the card and written into it once.
    public struct Configuration: Sendable {
        public var pan: PrimaryAccountNumber
        /// 0–99
        public var panSequenceNumber: UInt8
        /// Good through the last day of this month.
        public var expiryYear: Int
        public var expiryMonth: Int
        /// Of the offline balance; a purchase in another one goes online.
        public var currency: Currency
        /// ISO 3166 numeric.
        public var issuerCountryCode: UInt16
        /// Never approves offline.
        public var isOnlineOnly: Bool
        /// A phone whose holder has already been verified (CDCVM).
        public var isHolderVerified: Bool
        /// CARD-18: a virtual card has no PIN.
        public var hasPIN: Bool
        public var label: String

        public init(
            pan: PrimaryAccountNumber, panSequenceNumber: UInt8 = 1, expiryYear: Int, expiryMonth: Int,
            currency: Currency, issuerCountryCode: UInt16 = 752, isOnlineOnly: Bool = false,
            isHolderVerified: Bool = false, hasPIN: Bool = true, label: String = "VISA PREPAID"
        ) {
            self.pan = pan
            self.panSequenceNumber = panSequenceNumber
            self.expiryYear = expiryYear
            self.expiryMonth = expiryMonth
            self.currency = currency
            self.issuerCountryCode = issuerCountryCode
            self.isOnlineOnly = isOnlineOnly
            self.isHolderVerified = isHolderVerified
            self.hasPIN = hasPIN
            self.label = label
        }
    }

    /// What the card remembers between taps.
    public struct CardState: Sendable, Hashable, Codable {
        /// Application transaction counter of the last transaction.
        public var atc: UInt16
        /// Minor units of the card's currency.
        public var offlineBalance: Int64

        public init(atc: UInt16 = 0, offlineBalance: Int64) {
            self.atc = atc
            self.offlineBalance = offlineBalance
        }
    }

    /// What the card has certified, for a log of its own.
    public struct IssuedCryptogram: Sendable, Hashable, Codable {
        public var atc: UInt16
        public var type: CryptogramType
        /// Minor units.
        public var amount: Int64
        /// Hexadecimal, eight bytes.
        public var cryptogram: String
    }

    public enum Failure: Error, Hashable, Sendable {
        case badExpiry
        /// Negative, or more than twelve digits.
        case badBalance
        /// The certificates could not be made.
        case personalisation
    }

    /// ISO/IEC 14443 A part 4 card as a PC/SC reader reports it, without historical bytes.
    public let answerToReset: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]
    public let configuration: Configuration
    public private(set) var state: CardState
    /// Of the newest transaction since the card was made; nil before the first.
    public private(set) var lastCryptogram: IssuedCryptogram?

    private enum Stage {
        case idle
        case selected
        /// GET PROCESSING OPTIONS done: the records can be read, another one needs a new SELECT.
        case initiated
    }

    private var stage = Stage.idle
    private let personal: PrepaidPersonalisation
    /// 9F69 of this transaction, which a record carries.
    private var relatedData: [UInt8] = []

    public init(configuration: Configuration, state: CardState) throws(Failure) {
        guard NumericField.encode(state.offlineBalance, bytes: 6) != nil else { throw .badBalance }
        self.configuration = configuration
        self.state = state
        personal = try PrepaidPersonalisation(configuration)
    }

    public func reset() {
        stage = .idle
        relatedData = []
    }

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard let apdu = try? CommandAPDU(bytes: command) else { return StatusWord.wrongLength.bytes }
        do {
            return try answer(apdu).encodedResponse
        } catch {
            return error.status.bytes
        }
    }

    private struct Refusal: Error {
        let status: StatusWord
    }

    private func answer(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        switch (apdu.cla, apdu.ins) {
        case (0x00, 0xA4): return try select(apdu)
        case (0x80, 0xA8): return try processingOptions(apdu)
        case (0x00, 0xB2): return try readRecord(apdu)
        case (0x80, 0xCA): return try getData(apdu)
        case (0x00, _), (0x80, _): throw Refusal(status: .instructionNotSupported)
        default: throw Refusal(status: .classNotSupported)
        }
    }

    private func select(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        guard apdu.p1 == 0x04, apdu.p2 == 0x00 else { throw Refusal(status: .incorrectParameters) }
        stage = .idle
        if apdu.data == PrepaidPersonalisation.directoryName { return personal.directory }
        guard apdu.data.count >= 5, Combination.visaCreditDebit.starts(with: apdu.data) else {
            throw Refusal(status: .fileNotFound)
        }
        stage = .selected
        return personal.control
    }

    private func getData(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        switch (apdu.p1, apdu.p2) {
        case (0x9F, 0x5D): return TLV(0x9F5D, NumericField.encode(state.offlineBalance, bytes: 6) ?? [])
        case (0x9F, 0x36): return TLV(0x9F36, [UInt8(state.atc >> 8), UInt8(state.atc & 0xFF)])
        default: throw Refusal(status: .referencedDataNotFound)
        }
    }

    private func readRecord(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        guard stage == .initiated else { throw Refusal(status: .conditionsNotSatisfied) }
        guard apdu.p2 & 0x07 == 0x04 else { throw Refusal(status: .incorrectParameters) }
        switch (apdu.p2 >> 3, apdu.p1) {
        case (3, 1): return personal.staticRecord
        case (2, 1): return personal.issuerRecord
        case (2, 2): return TLV(0x70, personal.cardKeyObjects + [TLV(0x9F69, relatedData)])
        default: throw Refusal(status: .recordNotFound)
        }
    }
}

// MARK: - GET PROCESSING OPTIONS

extension VisaPrepaidCard {
    private func processingOptions(_ apdu: CommandAPDU) throws(Refusal) -> TLV {
        guard stage == .selected, state.atc < UInt16.max else { throw Refusal(status: .conditionsNotSatisfied) }
        guard let template = try? TLV.list(apdu.data).first, template.tag == EMVTag.commandTemplate,
            let request = PrepaidRequest(template.value)
        else { throw Refusal(status: .wrongLength) }
        guard request.qualifiers.contains(.emvMode) else { throw Refusal(status: .conditionsNotSatisfied) }

        let decision = decide(request)
        // Debit and count before anything is answered: a torn answer leaves the money spent, as on a real card.
        state.atc += 1
        if decision.type == .tc { state.offlineBalance -= request.amount }
        stage = .initiated

        let counter = [UInt8(state.atc >> 8), UInt8(state.atc & 0xFF)]
        let issuerData = Self.issuerApplicationData(decision.type)
        guard let cryptogram = cryptogram(request, counter: counter, issuerData: issuerData) else {
            throw Refusal(status: StatusWord(rawValue: 0x6F00))
        }
        lastCryptogram = IssuedCryptogram(
            atc: state.atc, type: decision.type, amount: request.amount, cryptogram: Hex.encode(cryptogram))
        let signs = decision.type == .tc
            || (decision.type == .arqc && request.qualifiers.contains(.dataAuthenticationForOnline))
        var objects = [
            TLV(EMVTag.applicationInterchangeProfile, PrepaidPersonalisation.interchangeProfile),
            TLV(EMVTag.track2EquivalentData, personal.track2),
            TLV(EMVTag.panSequenceNumber, personal.sequenceNumber),
            TLV(EMVTag.issuerApplicationData, issuerData),
            TLV(EMVTag.applicationCryptogram, cryptogram),
            TLV(EMVTag.cryptogramInformationData, [decision.type.information]),
            TLV(EMVTag.applicationTransactionCounter, counter),
            TLV(EMVTag.cardTransactionQualifiers, decision.qualifiers.bytes),
        ]
        if !configuration.isOnlineOnly {
            objects.append(
                TLV(
                    EMVTag.availableOfflineSpendingAmount,
                    NumericField.encode(max(0, state.offlineBalance), bytes: 6) ?? []))
        }
        if signs {
            relatedData = [0x01] + cardNumber(counter) + decision.qualifiers.bytes + [0x00]
            guard let signature = TestIssuer.signature(
                dynamicNumber: counter,
                signedData: request.unpredictableNumber + request.amountBytes + request.currencyCode + relatedData)
            else { throw Refusal(status: StatusWord(rawValue: 0x6F00)) }
            objects.append(TLV(EMVTag.applicationFileLocator, PrepaidPersonalisation.fileLocator))
            objects.append(TLV(EMVTag.signedDynamicApplicationData, signature))
        }
        return TLV(EMVTag.responseTemplateFormat2, objects)
    }

    private struct Decision {
        let type: CryptogramType
        let qualifiers: CardTransactionQualifiers
    }

    private func decide(_ request: PrepaidRequest) -> Decision {
        let reader = request.qualifiers
        var wishes: CardTransactionQualifiers = []
        var verified = !reader.contains(.verificationRequired)
        if configuration.isHolderVerified, reader.contains(.deviceVerification) {
            wishes.insert(.deviceVerificationPerformed)
            verified = true
        } else if !verified, configuration.hasPIN, reader.contains(.onlinePIN) {
            wishes.insert(.onlinePINRequired)
            verified = true
        } else if !verified, reader.contains(.signature) {
            wishes.insert(.signatureRequired)
            verified = true
        }
        // A refund moves no money on the card, so the card has nothing to certify; without a common method of
        // verification it takes no part.
        guard verified, request.type != 0x20 else { return Decision(type: .aac, qualifiers: wishes) }
        let fits = request.currencyCode == personal.currencyCode && request.amount <= state.offlineBalance
        let offline = fits && !configuration.isOnlineOnly && !reader.contains(.onlineCryptogramRequired)
            && !wishes.contains(.onlinePINRequired)
        if offline { return Decision(type: .tc, qualifiers: wishes) }
        return Decision(type: reader.contains(.offlineOnly) ? .aac : .arqc, qualifiers: wishes)
    }

    private func cryptogram(_ request: PrepaidRequest, counter: [UInt8], issuerData: [UInt8]) -> [UInt8]? {
        let data = request.cryptogramData + PrepaidPersonalisation.interchangeProfile + counter + issuerData
        guard let key = try? ApplicationCryptogram.sessionKey(masterKey: personal.masterKey, atc: state.atc) else { return nil }
        return try? ApplicationCryptogram.compute(sessionKey: key, data: data)
    }

    /// `06 | key index 01 | version 18 | card verification results`, whose second byte tells the type.
    private static func issuerApplicationData(_ type: CryptogramType) -> [UInt8] {
        [0x06, 0x01, 0x12, 0x03, 0x80 | type.information >> 2, 0x00, 0x00]
    }

    /// A card has a random generator; a pure twin makes its number from what never repeats: the card and its counter.
    private func cardNumber(_ counter: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: Array(configuration.pan.digits.utf8) + counter).prefix(4))
    }
}

extension CryptogramType {
    /// Bits 8 and 7 of tag 9F27.
    fileprivate var information: UInt8 {
        switch self {
        case .aac: 0x00
        case .tc: 0x40
        case .arqc: 0x80
        }
    }
}

extension TLV {
    fileprivate var encodedResponse: [UInt8] { encoded + StatusWord.success.bytes }
}
