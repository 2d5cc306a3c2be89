import Core
import SmartCard

/// What every contact application has to give in its records (EMV Book 3 §7.2), read and checked once.
struct ContactCardFacts: Sendable {
    let pan: PrimaryAccountNumber
    let panSequenceNumber: UInt8?
    let expiry: CivilDate
    let firstList: DataObjectList
    let secondList: DataObjectList

    init(_ card: CardData) throws(EndApplicationReason) {
        func required(_ tag: Tag) throws(EndApplicationReason) -> [UInt8] {
            guard let value = card[tag] else { throw .missing(tag) }
            return value
        }
        func malformed(_ tag: Tag) -> EndApplicationReason { .malformed(.readRecord(file: 0, record: 0), .value(tag)) }
        guard let digits = NumericField.digits(compressed: try required(EMVTag.primaryAccountNumber)),
            let pan = PrimaryAccountNumber(digits: digits)
        else { throw malformed(EMVTag.primaryAccountNumber) }
        guard let expiry = NumericField.date(yymmdd: try required(EMVTag.applicationExpirationDate)) else {
            throw malformed(EMVTag.applicationExpirationDate)
        }
        if let track = card[EMVTag.track2EquivalentData] {
            guard let track2 = Track2(track) else { throw malformed(EMVTag.track2EquivalentData) }
            guard track2.pan.digits == pan.digits else { throw .accountNumbersDiffer }
        }
        guard let firstList = try? DataObjectList(try required(EMVTag.cardDOL1)) else { throw malformed(EMVTag.cardDOL1) }
        guard let secondList = try? DataObjectList(try required(EMVTag.cardDOL2)) else { throw malformed(EMVTag.cardDOL2) }
        self.pan = pan
        self.expiry = expiry
        self.firstList = firstList
        self.secondList = secondList
        panSequenceNumber = card[EMVTag.panSequenceNumber].flatMap { $0.count == 1 ? NumericField.decode($0) : nil }
            .map { UInt8(clamping: $0) }
    }
}

/// The answer to GENERATE AC, in format 1 or 2 (EMV Book 3 §6.5.5.4).
struct CryptogramAnswer: Sendable {
    /// Tag 9F27.
    let information: UInt8
    let atc: UInt16
    /// Nil where it is inside the signature.
    let cryptogram: [UInt8]?
    let issuerApplicationData: [UInt8]?
    /// Tag 9F4B.
    let signature: [UInt8]?
    /// The objects of format 2 as they came, without the signature: what CDA hashes.
    let signedObjects: [UInt8]

    var type: CryptogramType? {
        switch information >> 6 {
        case 0: .aac
        case 1: .tc
        case 2: .arqc
        default: nil
        }
    }

    init(_ data: [UInt8]) throws(EndApplicationReason) {
        let command = CardCommand.generateCryptogram
        func list(_ bytes: ArraySlice<UInt8>) throws(EndApplicationReason) -> [TLV] {
            do { return try DataFault.list(bytes) } catch { throw .malformed(command, error) }
        }
        let outer = try list(data[...])
        guard outer.count == 1, let template = outer.first else {
            throw .malformed(command, .template(expected: EMVTag.responseTemplateFormat2))
        }
        if template.tag == EMVTag.responseTemplateFormat1 {
            let value = Array(template.value)
            guard (11...43).contains(value.count) else { throw .malformed(command, .value(template.tag)) }
            information = value[0]
            atc = UInt16(value[1]) << 8 | UInt16(value[2])
            cryptogram = Array(value[3..<11])
            issuerApplicationData = value.count > 11 ? Array(value[11...]) : nil
            (signature, signedObjects) = (nil, [])
            return
        }
        guard template.tag == EMVTag.responseTemplateFormat2 else {
            throw .malformed(command, .template(expected: EMVTag.responseTemplateFormat2))
        }
        let objects = try list(template.value)
        func value(_ tag: Tag, _ lengths: ClosedRange<Int>) throws(EndApplicationReason) -> [UInt8]? {
            let found = objects.filter { $0.tag == tag }
            guard found.count <= 1 else { throw .repeated(tag) }
            guard let value = found.first?.value else { return nil }
            guard lengths.contains(value.count) else { throw .malformed(command, .value(tag)) }
            return Array(value)
        }
        guard let information = try value(EMVTag.cryptogramInformationData, 1...1)?.first else {
            throw .missing(EMVTag.cryptogramInformationData)
        }
        guard let counter = try value(EMVTag.applicationTransactionCounter, 2...2) else {
            throw .missing(EMVTag.applicationTransactionCounter)
        }
        self.information = information
        atc = counter.reduce(0) { $0 << 8 | UInt16($1) }
        cryptogram = try value(EMVTag.applicationCryptogram, 8...8)
        issuerApplicationData = try value(EMVTag.issuerApplicationData, 1...32)
        signature = try value(EMVTag.signedDynamicApplicationData, 1...255)
        guard cryptogram != nil || signature != nil else { throw .missing(EMVTag.applicationCryptogram) }
        // As they came, lengths and all: the card hashed its own coding.
        var hashed: [UInt8] = []
        var start = template.value.startIndex
        for object in objects {
            if object.tag != EMVTag.signedDynamicApplicationData { hashed += data[start..<object.value.endIndex] }
            start = object.value.endIndex
        }
        signedObjects = hashed
    }

    init(_ other: CryptogramAnswer, cryptogram: [UInt8]) {
        information = other.information
        atc = other.atc
        self.cryptogram = cryptogram
        issuerApplicationData = other.issuerApplicationData
        signature = other.signature
        signedObjects = other.signedObjects
    }
}
