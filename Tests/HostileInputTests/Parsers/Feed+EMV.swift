import Core
import Crypto
import SmartCard

@testable import EMV
@testable import Tags

extension Feed {
    /// What a card gives in answers and records, read by everything that reads such. First byte: file; second: length of the AFL.
    static func records(_ bytes: [UInt8]) throws {
        let file = bytes.first ?? 0
        let locator = bytes.dropFirst(2).prefix(Int(bytes.dropFirst().first ?? 0) % 33)
        if let list = try? ApplicationFileLocator(Array(locator)) {
            try promise(list.records.count <= ApplicationFileLocator.greatestRecordCount, "\(list.records.count) records")
        }
        let body = Array(bytes.dropFirst(2 + locator.count))
        var card = CardData()
        var staticData = StaticData()
        staticData.append(body, file: file)
        _ = try? staticData.completed(for: card)
        if let objects = try? TLV.flattened(body) {
            do { try card.insert(objects.filter { !$0.tag.isConstructed }) } catch {}
            for object in objects {
                let value = Array(object.value)
                _ = Track2(value)
                if let list = CVMList(value) { try promise(list.rules.count <= 122, "\(list.rules.count) rules") }
                _ = NumericField.digits(compressed: value)
                _ = NumericField.date(yymmdd: value)
            }
        }
        _ = try? staticData.completed(for: card)
        _ = try? VisaCardFacts(card, currency: .sek)
        _ = try? ContactCardFacts(card)
        _ = try? CryptogramAnswer(body)
        _ = try? FileControlInformation(body)
        _ = try? RawExchange.answer(body)
        if let found = try? CombinationSelection.find(
            directory: body, prepared: [Preprocessing.Prepared(combination: visa, indicators: PreprocessingIndicators(qualifiers: visa.qualifiers))],
            configured: [visa])
        {
            try promise(found.candidates.count <= CombinationSelection.greatestDirectory, "\(found.candidates.count) candidates")
        }
        var scripts = ScriptProcessing((try? TLV.list(body)) ?? [])
        var commands = 0
        while scripts.next() != nil, commands <= ScriptProcessing.greatestScriptCount * ScriptProcessing.greatestCommandCount {
            scripts.received(StatusWord(0x90, file))
            commands += 1
        }
        try promise(commands <= ScriptProcessing.greatestScriptCount * ScriptProcessing.greatestCommandCount, "scripts without end")
    }

    static let visa = Combination(
        applicationIdentifier: Combination.visaCreditDebit,
        qualifiers: [.emvMode, .onlinePIN, .signature, .deviceVerification, .fDDAVersion1], supportsExtendedSelection: true)

    /// Certificates and signatures after recovery. The key is made: with exponent 1 a signature is what it recovers to, so that
    /// the input itself reaches what is behind the RSA. Header, trailer and hash are mended unless a bit says no.
    ///
    /// First bytes: what it is, what is not mended, length of the remainder, exponent and length of the static data.
    static func certificates(_ bytes: [UInt8]) throws {
        guard bytes.count >= 5 else { return }
        let (what, unmended) = (bytes[0], bytes[1])
        var rest = bytes[4...]
        let remainder = Array(rest.prefix(Int(bytes[2])))
        rest = rest.dropFirst(remainder.count)
        let exponent: [UInt8] = [[0x03], [0x01, 0x00, 0x01], [0x02], []][Int(bytes[3] & 0x03)]
        let signedData = Array(rest.prefix(Int(bytes[3] >> 2)))
        rest = rest.dropFirst(signedData.count)
        let body = Array(rest.prefix(248 - 22))
        let isCertificate = what % 6 < 2
        let hashed = isCertificate ? body + remainder + exponent + signedData : body + signedData
        var hash = Array(Insecure.SHA1.hash(data: hashed))
        if unmended & 1 != 0 { hash[0] ^= 0x01 }
        let signature = [unmended & 2 == 0 ? 0x6A : 0x6B] + body + hash + [unmended & 4 == 0 ? 0xBC : 0xCC]
        let signer = RSAPublicKey(
            modulus: [UInt8](repeating: 0xFF, count: signature.count + (unmended & 8 == 0 ? 0 : 1)), exponent: [0x01])
        let date = CivilDate(daysSince1970: 20_778)
        switch what % 6 {
        case 0, 1:
            guard let certificate = try? RecoveredCertificate(
                what % 6 == 0 ? .issuer : .card, certificate: signature, signer: signer, remainder: remainder, exponent: exponent,
                signedData: signedData, date: date)
            else { return }
            try promise(unmended & 7 == 0, "a certificate with a wrong hash, header or trailer was taken")
            try promise((64...248).contains(certificate.key.modulus.count), "a key of \(certificate.key.modulus.count) bytes")
            try promise(certificate.serial.count == 3, "a serial number of \(certificate.serial.count) bytes")
            // What a wrong key recovers is as arbitrary.
            _ = certificate.key.recover([UInt8](repeating: 0x01, count: certificate.key.modulus.count))
        case 2: _ = try? ContactSignature.verifyStatic(signature, issuer: signer, staticData: signedData)
        case 3: _ = try? ContactSignature.verifyDynamic(signature, key: signer, values: signedData)
        case 4:
            _ = try? ContactSignature.verifyCombined(
                signature, key: signer, unpredictableNumber: signedData, information: 0x40, transactionData: remainder)
        default:
            if let dynamic = try? DynamicData(body[...]) {
                try promise(dynamic.number.count <= body.count, "a number longer than its data")
                _ = try? dynamic.combined()
            }
        }
    }
}
