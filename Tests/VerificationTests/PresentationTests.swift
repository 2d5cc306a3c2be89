import Core
import Crypto
import Foundation
import SmartCard
import Tags
import Testing
import VirtualCards

@testable import Verification

@Suite("A receipt is shown by the telephone that it names, now, and to this till") struct PresentationTests {
    let host: ReceiptHost
    let step: Int64 = 119_684_160

    init() throws { host = try ReceiptHost() }

    private func maker(phone: Int = 0, holder: String = "Aino Virtanen") throws -> PresentationMaker {
        try #require(PresentationMaker(token: try host.ed25519.token(try host.receipt(holder: holder, phone: phone)), key: host.phones[phone]))
    }

    private func read(_ text: String) -> PresentationError? {
        do throws(PresentationError) { _ = try Presentation(qr: text, keys: host.keys) } catch { return error }
        return nil
    }

    @Test("As a QR code: read back with its step, by telephones of both kinds", arguments: [0, 1]) func qr(phone: Int) throws {
        let maker = try maker(phone: phone)
        let text = try maker.qr(step: step)
        let shown = try Presentation(qr: text, keys: host.keys)
        #expect(shown.token == maker.token && shown.step == step && shown.form == .qr)
        // What scanners add.
        #expect(read(text + "\r\n") == nil && read("\t" + text) == nil)
        // Every symbol is of the alphanumeric mode.
        let alphanumeric = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        #expect(text.allSatisfy { alphanumeric.contains($0) })
    }

    @Test("A proof stands for its step, its token and its telephone alone") func bound() throws {
        let maker = try maker()
        let packed = PresentationPacking.pack(maker.token)
        func text(_ step: Int64, _ proof: [UInt8], _ token: [UInt8]? = nil) -> String {
            "KR1:" + String(decoding: PresentationBase45.encode((token ?? packed) + PresentationProof.bytes(step) + proof), as: UTF8.self)
        }
        let message = PresentationProof.message(maker.token, step: step, challenge: nil)
        let proof = try host.phones[0].sign(message)
        #expect(read(text(step, proof)) == nil)
        // Dated on by whoever has the picture.
        #expect(read(text(step + 1, proof)) == .proofNotAuthentic)
        // Another telephone of either kind.
        for thief in [ReceiptSigningKey(id: "t", P256.Signing.PrivateKey())!, ReceiptSigningKey(id: "t", Curve25519.Signing.PrivateKey())!] {
            #expect(read(text(step, try thief.sign(message))) == .proofNotAuthentic)
            #expect(PresentationMaker(token: maker.token, key: thief) == nil)
        }
        // Another receipt of the same telephone.
        let other = try host.ed25519.token(try host.receipt(site: "shop-2"))
        #expect(read(text(step, proof, PresentationPacking.pack(other))) == .proofNotAuthentic)
        // Signed by a stranger in the host's name.
        let stranger = ReceiptSigningKey(id: host.ed25519.id, Curve25519.Signing.PrivateKey())!
        let forged = try stranger.token(try host.receipt())
        let forgedProof = try host.phones[0].sign(PresentationProof.message(forged, step: step, challenge: nil))
        #expect(read(text(step, forgedProof, PresentationPacking.pack(forged))) == .receipt(.notAuthentic))
        // A proof made for a till over NFC is none for a QR code.
        let challenge = try #require(HCEReceiptChallenge(terminal: "T1", nonce: [UInt8](repeating: 1, count: 16), amount: maker.token.receipt.amount))
        #expect(read(text(step, try maker.answer(to: challenge, step: step).proof)) == .proofNotAuthentic)
    }

    @Test("What is no presentation: each told apart, and 100 kB before it is looked into") func shapes() throws {
        let text = try maker().qr(step: step)
        for (shown, error) in [
            ("", .notAPresentation), ("https://example.fi/", .notAPresentation), ("kr1:" + text.dropFirst(4), .notAPresentation),
            ("КR1:" + text.dropFirst(4), .notAPresentation), ("KR2:" + text.dropFirst(4), .notAPresentation),
            (String(decoding: try maker().token.text, as: UTF8.self), .notAPresentation), ("KR1:", .malformed), ("KR1:A", .malformed),
            ("KR1:00", .malformed), (text.lowercased().replacing("kr1", with: "KR1"), .malformed), (text + "00", .malformed),
            (String(text.dropLast(3)), .malformed), (text.replacing("KR1:", with: "KR1:::"), .malformed),
            ("KR1:" + String(repeating: "0", count: 4092), .malformed), ("KR1:" + String(repeating: "0", count: 209), .receipt(.malformed(.header))),
            (String(repeating: "0", count: 4097), .tooLong), ("KR1:" + String(repeating: "0", count: 100_000), .tooLong),
            (String(repeating: "\u{10FFFF}", count: 100_000), .tooLong),
        ] as [(String, PresentationError)] {
            #expect(read(shown) == error, "\(shown.prefix(30))")
        }
        for end in 4..<text.utf8.count { #expect(read(String(text.prefix(end))) != nil) }
    }

    // MARK: NFC

    private func challenge(_ nonce: UInt8 = 1, terminal: String = "T1", amount: Int64 = 1270) throws -> HCEReceiptChallenge {
        try #require(
            HCEReceiptChallenge(
                terminal: terminal, nonce: [UInt8](repeating: nonce, count: 16), amount: Money(minorUnits: amount, currency: .eur)))
    }

    /// A virtual telephone with a receipt for its own key.
    private func phone(holder: String = "Aino Virtanen") throws -> HCEPhone {
        let phone = try HCEPhone(enrolledBy: P256.Signing.PrivateKey(), instrument: [UInt8](repeating: 1, count: 16), expiry: .max)
        let receipt = try host.receipt()
        let own = try Receipt(
            payment: receipt.payment, site: receipt.site, amount: receipt.amount, paidAt: receipt.paidAt, holder: holder,
            person: receipt.person, programme: receipt.programme, purses: receipt.purses, serial: receipt.serial, device: .p256(phone.publicKey))
        let step = step
        phone.receipt = HCEPhone.HeldReceipt(token: String(decoding: try host.p256.token(own).text, as: UTF8.self)) { step }
        return phone
    }

    private func tap(_ card: any VirtualCard, _ challenge: HCEReceiptChallenge) -> HCEReceiptOutcome {
        card.reset()
        var tap = HCEReceiptTap(challenge)
        return tap.run(on: DirectChannel(card))
    }

    @Test("The virtual telephone, which shares no code with the till, shows both forms; in pieces of any size", arguments: [60, 128, 250, 255])
    func telephone(pieces: Int) throws {
        let phone = try phone(holder: "Þórdís Ólafsdóttir")
        phone.pieceBytes = pieces
        let challenge = try challenge()
        guard case .shown(let answer) = tap(phone, challenge) else {
            Issue.record("no answer")
            return
        }
        let shown = try Presentation(answer: answer, to: challenge, keys: host.keys)
        #expect(shown.form == .nfc && shown.step == step && shown.receipt.holder == "Þórdís Ólafsdóttir")
        let qr = try Presentation(qr: try #require(phone.receiptQR()), keys: host.keys)
        #expect(qr.token == shown.token && qr.form == .qr)
    }

    @Test("An answer is for one terminal, one nonce and one amount") func answers() throws {
        let phone = try phone()
        let asked = try challenge()
        guard case .shown(let answer) = tap(phone, asked) else {
            Issue.record("no answer")
            return
        }
        for other in [try challenge(2), try challenge(terminal: "T2"), try challenge(amount: 1271)] {
            #expect(throws: PresentationError.proofNotAuthentic) { try Presentation(answer: answer, to: other, keys: host.keys) }
        }
        let dated = HCEReceiptAnswer(token: answer.token, step: answer.step + 1, proof: answer.proof)
        #expect(throws: PresentationError.proofNotAuthentic) { try Presentation(answer: dated, to: asked, keys: host.keys) }
        let longer = HCEReceiptAnswer(token: answer.token + [0], step: answer.step, proof: answer.proof)
        #expect(throws: PresentationError.malformed) { try Presentation(answer: longer, to: asked, keys: host.keys) }
    }

    @Test("Locked, without a receipt, no telephone, gone at any command, answers without end") func taps() throws {
        let phone = try phone()
        let challenge = try challenge()
        phone.isLocked = true
        #expect(tap(phone, challenge) == .unlock)
        phone.isLocked = false
        for commands in 0..<4 {
            guard case .tryAgain = tap(FaultyCard(phone, faults: [.tear(afterCommands: commands)]), challenge) else {
                Issue.record("torn after \(commands)")
                continue
            }
        }
        phone.receipt = nil
        #expect(tap(phone, challenge) == .noReceipt)
        let tag = try Type4Tag(uid: [4, 1, 2, 3, 4, 5, 6], uri: "https://a.example/")
        #expect(tap(tag, challenge) == .notOurs(.fileNotFound))
        /// Promises more for ever.
        final class Endless: VirtualCard {
            let answerToReset: [UInt8] = []
            let piece: [UInt8]
            var commands = 0
            init(_ piece: [UInt8]) { self.piece = piece }
            func reset() {}
            func respond(to command: [UInt8]) -> [UInt8] {
                commands += 1
                return command[1] == 0xA4 ? [0xE0, 0x03, 0x80, 0x01, 0x01, 0x90, 0x00] : piece + [0x61, 0x00]
            }
        }
        for piece in [[], [0], [UInt8](repeating: 0, count: 256)] as [[UInt8]] {
            let card = Endless(piece)
            #expect(tap(card, challenge) == .refused(.tooLong))
            #expect(card.commands <= HCEReceiptTap.greatestCommands)
        }
    }

    // MARK: The QR code's size

    private struct Sizes: Codable { var version: Int, module: Int, bytes: Int, mode: String }
    private struct Codes: Codable { var texts: [String], error: String }

    @Test("The QR code is of version 18 or less at level L, 21 at level M, and smaller than one of token and proof in bytes") func size() throws {
        let (long, short) = (try maker(holder: "Maximilian-Alexander von und zu Hohenlohe-Waldenburg-Schillingsfürst"), try maker(phone: 1))
        let texts = [
            try short.qr(step: step), try maker().qr(step: step), try long.qr(step: step),
            String(decoding: try maker().token.text + [UInt8](repeating: UInt8(ascii: "a"), count: 98), as: UTF8.self),
        ]
        for (level, most) in [("L", 18), ("M", 21)] {
            let sizes = try ReceiptPeer().ask(
                """
                import segno
                answer = []
                for text in question['texts']:
                    code = segno.make(text, error=question['error'], boost_error=False, micro=False)
                    answer.append({'version': code.version, 'module': code.symbol_size(border=0)[0], 'bytes': len(text), 'mode': code.mode or 'mixed'})
                """, Codes(texts: texts, error: level), [Sizes].self)
            for size in sizes.prefix(3) { #expect(size.mode == "alphanumeric" && size.version <= most) }
            #expect(sizes[1].version < sizes[3].version)
        }
    }
}
