import Core
import Crypto
import SmartCard
import Tags

@testable import Verification

extension Feed {
    // MARK: Receipts

    private static let host = try? Samples.receiptHost
    private static let noon = UTCInstant(milliseconds: 1_795_262_400_000)

    /// First byte: 0 a token, 1 claims as the host would have signed them, 2 a header.
    static func receipt(_ bytes: [UInt8]) throws {
        guard let host else { throw BrokenPromise("no host") }
        let text = Array(bytes.dropFirst())
        switch (bytes.first ?? 0) % 3 {
        case 0:
            guard let token = try? ReceiptToken(text, keys: host.keys) else { return }
            // Ed25519 has one signature for one message and key.
            try promise(host.tokens.contains(text), "a receipt that the host did not issue is believed")
            _ = "\(token)"
        case 1:
            guard let receipt = try? ReceiptClaims.read(text) else { return }
            try promise((try? ReceiptClaims.read(ReceiptClaims.write(receipt))) == receipt, "comes back differently")
            try promise(ReceiptText.name(receipt.holder) == receipt.holder, "a name that is not in its normal form")
        default:
            guard let members = try? ReceiptJSON.object(text) else { return }
            var writer = ReceiptJSONWriter()
            writer.write(.object(members))
            try promise((try? ReceiptJSON.object(writer.bytes)) == members, "comes back differently")
        }
    }

    /// First byte: 0 the text of a QR code, 1 what a telephone answers over NFC, 2 its tap with any answers.
    static func presentation(_ bytes: [UInt8]) throws -> Int {
        guard let host, let challenge = Samples.receiptChallenge else { throw BrokenPromise("no host") }
        func check(_ shown: Presentation) throws {
            try promise(host.tokens.contains(shown.token.text) && shown.step == Samples.receiptStep, "what no telephone showed is believed")
        }
        switch (bytes.first ?? 0) % 3 {
        case 0:
            let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
            if let shown = try? Presentation(qr: text, keys: host.keys) { try check(shown) }
            return 0
        case 1:
            guard let answer = try? HCEReceiptAnswer(Array(bytes.dropFirst())),
                let shown = try? Presentation(answer: answer, to: challenge, keys: host.keys)
            else { return 0 }
            try check(shown)
            return 0
        default:
            let card = ScriptedCard(bytes.dropFirst())
            var tap = HCEReceiptTap(challenge)
            let outcome = tap.run(on: card)
            try promise(tap.start() == .finished(outcome), "the outcome changed")
            if case .shown(let answer) = outcome, let shown = try? Presentation(answer: answer, to: challenge, keys: host.keys) { try check(shown) }
            return card.commands
        }
    }

    /// What a person typed, and the search for its payment.
    static func typedCode(_ bytes: [UInt8]) throws {
        guard let host, let amount = Samples.receiptAmount else { throw BrokenPromise("no host") }
        guard let code = try? VerificationCode(typed: String(decoding: bytes, as: UTF8.self)) else { return }
        try promise((try? VerificationCode(typed: code.grouped.lowercased())) == code, "comes back differently")
        let name = CodeCheck(validity: 300_000, ahead: 60_000).find(code, amount: amount, at: noon, keys: host.siteKeys)
        if let name { try promise(host.siteKeys.code(name, amount: amount) == code, "a code of no payment is found") }
    }

    /// Keys of a site, after they were opened.
    static func siteKeys(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty, let set = SiteKeySet(opened: SymmetricKey(data: bytes)) else { return }
        try promise(set.sealedForm.withUnsafeBytes { Array($0) } == bytes, "comes back differently")
    }
}
