import Core
import Crypto
import SmartCard
import Tags

@testable import Verification

/// Receipts of a host whose keys are no secret. Ed25519 throughout: its signatures are the same in each run.
extension Samples {
    struct ReceiptHost: Sendable {
        let keys: ReceiptKeySet
        /// All that it ever issued.
        let tokens: Set<[UInt8]>
        let presentations: [(qr: String, answer: HCEReceiptAnswer)]
        let siteKeys: SiteKeySet
        let codes: [String]
    }

    static let receiptStep: Int64 = 119_684_160
    static let receiptAmount: Money? = Money(minorUnits: 1270, currency: .eur)
    static let receiptChallenge = HCEReceiptChallenge(
        terminal: "T1", nonce: [UInt8](repeating: 5, count: 16), amount: Money(minorUnits: 1270, currency: .eur))

    static var receiptHost: ReceiptHost {
        get throws {
            let noon = UTCInstant(milliseconds: 1_795_262_400_000)
            func key(_ id: String, _ seed: UInt8) throws -> ReceiptSigningKey {
                guard
                    let key = ReceiptSigningKey(
                        id: id, try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: seed, count: 32)))
                else { throw BrokenPromise("no key") }
                return key
            }
            let (host, phone) = (try key("host-1", 1), try key("phone", 2))
            guard let challenge = receiptChallenge, let amount = receiptAmount, let person = Pseudonym(bytes: [UInt8](repeating: 7, count: 16)),
                let hostKey = ReceiptHostKey(id: host.id, key: host.publicKey, from: UTCInstant(milliseconds: 0), until: UTCInstant(milliseconds: .max)),
                let keys = ReceiptKeySet([hostKey]), let day = CivilDate(year: 2026, month: 11, day: 21),
                let siteKeys = SiteKeyMaster(key: SymmetricKey(data: [UInt8](repeating: 3, count: 32)), site: "shop-1")?.keys(from: day, days: 2)
            else { throw BrokenPromise("no host") }
            var (tokens, presentations, codes): (Set<[UInt8]>, [(qr: String, answer: HCEReceiptAnswer)], [String]) = ([], [], [])
            for (place, holder) in ["Aino Virtanen", "Þórdís Ólafsdóttir", "王小明"].enumerated() {
                let receipt = try Receipt(
                    payment: "P\(place)", site: "shop-1", amount: amount, paidAt: noon, holder: holder, person: person, programme: "wallet",
                    purses: place == 0 ? [.init(purse: "own", amount: 1270)] : [.init(purse: "own", amount: 270), .init(purse: "b", amount: 1000)],
                    serial: UInt16(place), device: phone.publicKey)
                let token = try host.token(receipt)
                tokens.insert(token.text)
                guard let maker = PresentationMaker(token: token, key: phone), let code = siteKeys.code(receipt.codeName, amount: amount) else {
                    throw BrokenPromise("no maker")
                }
                presentations.append((try maker.qr(step: receiptStep), try maker.answer(to: challenge, step: receiptStep)))
                codes.append(code.grouped)
            }
            return ReceiptHost(keys: keys, tokens: tokens, presentations: presentations, siteKeys: siteKeys, codes: codes)
        }
    }

    static func receipts() throws -> [[UInt8]] {
        let tokens = try receiptHost.tokens.sorted { $0.lexicographicallyPrecedes($1) }
        let parts = try tokens.map { token in
            try token.split(separator: UInt8(ascii: ".")).map { part in
                guard let bytes = ReceiptBase64URL.decode(part) else { throw BrokenPromise("no base64url") }
                return bytes
            }
        }
        let escaped = #"{"alg":"EdDSA","kid":"host-1","typ":"kassa-receipt+jwt","crit":["exp",[1,-20]],"\u00e4\ud83d\ude00":"\n\"\\"}"#
        return tokens.map { [0] + $0 } + parts.map { [1] + $0[1] } + parts.prefix(1).map { [2] + $0[0] } + [[2] + Array(escaped.utf8)]
    }

    static func presentations() throws -> [[UInt8]] {
        let shown = try receiptHost.presentations
        let answers = shown.map { encoded($0.answer) }
        let taps = answers.prefix(1).map { answer -> [UInt8] in
            let select: [UInt8] = [0xE0, 0x03, 0x80, 0x01, 0x01, 0x90, 0x00]
            // Pieces of 200 bytes, as a telephone cuts them.
            let pieces = stride(from: 0, to: answer.count, by: 200).map { start -> [UInt8] in
                let piece = Array(answer[start..<min(start + 200, answer.count)])
                return piece + (start + 200 < answer.count ? [0x61, 0xC8] : [0x90, 0x00])
            }
            return [2] + ScriptedCard.script([select] + pieces)
        }
        return shown.map { [0] + Array($0.qr.utf8) } + answers.map { [1] + $0 } + taps
    }

    /// `E4 { 97 token, 98 step, 96 proof }`
    private static func encoded(_ answer: HCEReceiptAnswer) -> [UInt8] {
        let step = (0..<8).map { UInt8(truncatingIfNeeded: answer.step >> Int64(56 - 8 * $0)) }
        return TLV(0xE4, [TLV(0x97, answer.token), TLV(0x98, step), TLV(0x96, answer.proof)]).encoded
    }

    static func typedCodes() throws -> [[UInt8]] {
        try receiptHost.codes.map { Array($0.utf8) } + [Array("o0iLl-zzzz ".utf8), Array("0000000000".utf8)]
    }

    static func siteKeyForms() throws -> [[UInt8]] { [try receiptHost.siteKeys.sealedForm.withUnsafeBytes { Array($0) }] }
}
