import Core
import Crypto
import Foundation
import HostProtocol
import Testing

@testable import Programmes
@testable import Verification

/// 2026-11-21 12:00:00.000 UTC
private let noon = UTCInstant(milliseconds: 1_795_262_400_000)

/// From the text of the QR code to the rules, as a till goes: 10,000 random receipts, each taken as it is and refused in each way in
/// which it can be spoiled, for a reason of its own.
@Suite("10,000 random receipts and what can be done to them", .timeLimit(.minutes(20))) struct ReceiptTamperTests {
    private enum Outcome: Hashable {
        case accepted
        case presentation(PresentationError)
        case rule(Reason)
    }

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    /// A till of shop-1 with the host's keys.
    private struct Till {
        let keys: ReceiptKeySet
        let rules: ReceiptRules
        var merchant = "shop-1"
        var used: UsedReceipt?
        var isConfirmed = true
        var stopped: StopReason?

        func show(_ text: String, amount: Money, now: UTCInstant) -> Outcome {
            let presentation: Presentation
            do throws(PresentationError) { presentation = try Presentation(qr: text, keys: keys) } catch { return .presentation(error) }
            let verdict = rules.accept(
                ShownReceipt(presentation), used: used, identityConfirmed: isConfirmed, merchant: merchant, amount: amount,
                now: TrustedTime(instant: now, anchored: true), stopped: stopped)
            guard let acceptance = verdict.acceptance else { return verdict.ruling.refusal.map { .rule($0.reason) } ?? .accepted }
            return acceptance.payment == presentation.receipt.payment && acceptance.code == presentation.receipt.codeName ? .accepted : .rule(.interrupted)
        }
    }

    private let host = ReceiptSigningKey(id: "k1", Curve25519.Signing.PrivateKey())!
    private let second = ReceiptSigningKey(id: "k2", P256.Signing.PrivateKey())!
    private let retired = ReceiptSigningKey(id: "k0", Curve25519.Signing.PrivateKey())!
    private let stranger = ReceiptSigningKey(id: "k1", Curve25519.Signing.PrivateKey())!
    private let unknown = ReceiptSigningKey(id: "k9", Curve25519.Signing.PrivateKey())!
    private let phones = [ReceiptSigningKey(id: "p", P256.Signing.PrivateKey())!, ReceiptSigningKey(id: "e", Curve25519.Signing.PrivateKey())!]

    private func till() throws -> Till {
        let (long, late) = (noon.advanced(byMilliseconds: -1_000_000_000), noon.advanced(byMilliseconds: 1_000_000_000))
        let keys = [(host, long, late), (second, long, late), (retired, long, noon.advanced(byMilliseconds: -100_000_000))]
        return Till(
            keys: ReceiptKeySet(keys.map { ReceiptHostKey(id: $0.0.id, key: $0.0.publicKey, from: $0.1, until: $0.2)! })!,
            rules: try ReceiptRules(try TOMLFileTable(toml: receiptTOML, file: "receipt.toml"), currency: .eur))
    }

    private func receipt(_ random: inout Random, paidAt: UTCInstant, phone: ReceiptSigningKey, site: String = "shop-1") throws -> Receipt {
        let names = ["Aino Virtanen", "Åsa Öström", "Þórdís Ólafsdóttir", "Олена Шевченко", "王小明", "محمد علي"]
        let shares = (0..<Int(1 + random.next() % 3)).map { Receipt.Share(purse: "purse\($0)", amount: Int64(1 + random.next() % 100_000)) }
        let bytes = (0..<16).map { _ in UInt8(truncatingIfNeeded: random.next() >> 20) }
        return try Receipt(
            payment: UUIDv7(milliseconds: paidAt.milliseconds, random: bytes).description, site: site,
            amount: Money(minorUnits: shares.map(\.amount).reduce(0, +), currency: random.next() % 2 == 0 ? .eur : .sek), paidAt: paidAt,
            holder: names[Int(random.next() % 6)], person: Pseudonym(bytes: bytes)!, programme: "epassi-mobile", purses: shares,
            serial: UInt16(random.next() % 1024), device: phone.publicKey)
    }

    /// The QR code of a token whatever it says, with a good proof by this telephone.
    private func qr(_ text: [UInt8], _ receipt: Receipt, _ phone: ReceiptSigningKey, at now: UTCInstant) throws -> String {
        let token = ReceiptToken(receipt: receipt, text: text)
        let step = now.milliseconds / 15_000
        let proof = try phone.sign(PresentationProof.message(token, step: step, challenge: nil))
        let bytes = PresentationPacking.pack(token) + PresentationProof.bytes(step) + proof
        return "KR1:" + String(decoding: PresentationBase45.encode(bytes), as: UTF8.self)
    }

    private func replaced(_ token: [UInt8], part: Int, with bytes: [UInt8]) -> [UInt8] {
        var parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        parts[part] = ReceiptBase64URL.encode(bytes)
        return Array(parts.joined(separator: [UInt8(ascii: ".")]))
    }

    @Test("MOB-1…MOB-4, WAL-6: taken as issued; each tamper is refused with its own reason") func tampers() throws {
        let till = try till()
        var random = Random(state: 4)
        var reasons: [String: [Outcome: Int]] = [:]
        func tally(_ tamper: String, _ outcome: Outcome) { reasons[tamper, default: [:]][outcome, default: 0] += 1 }
        let count = 10_000
        for place in 0..<count {
            let phone = phones[place % 2]
            let signer = place % 3 == 0 ? second : host
            let now = noon.advanced(byMilliseconds: Int64(random.next() % 50_000_000))
            let paidAt = now.advanced(byMilliseconds: -Int64(random.next() % 900_000))
            let receipt = try receipt(&random, paidAt: paidAt, phone: phone)
            let claims = ReceiptClaims.write(receipt)
            let token = try signer.token(receipt).text
            let text = try qr(token, receipt, phone, at: now)
            tally("none", till.show(text, amount: receipt.amount, now: now))

            // What costs no signature is done to each receipt.
            tally("oversized", till.show(text + String(repeating: "0", count: 100_000), amount: receipt.amount, now: now))
            tally("truncated", till.show(String(text.prefix(4 + Int(random.next() % UInt64(text.utf8.count - 4)))), amount: receipt.amount, now: now))
            tally("another QR code", till.show("HTTPS" + text.dropFirst(3), amount: receipt.amount, now: now))
            let algorithm = place % 2 == 0 ? "none" : "HS256"
            let header = Array(#"{"alg":"\#(algorithm)","kid":"\#(signer.id)","typ":"kassa-receipt+jwt"}"#.utf8)
            var forged = replaced(token, part: 0, with: header)
            if algorithm == "HS256" {
                // The public key is known to everybody: a reader that believed `alg` would take it for the secret.
                let signed = forged.prefix(upTo: forged.lastIndex(of: UInt8(ascii: "."))!)
                let mac = Array(HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: signer.publicKey.coordinates)))
                forged = replaced(forged, part: 2, with: mac + mac)
            }
            tally("alg \(algorithm)", till.show(try qr(forged, receipt, phone, at: now), amount: receipt.amount, now: now))

            // The others in turn, each with its own thousand receipts.
            switch place % 10 {
            case 0:
                let (field, changed) = self.changed(claims, place / 10)
                tally("changed", till.show(try qr(replaced(token, part: 1, with: changed), receipt, phone, at: now), amount: receipt.amount, now: now))
                if changed == claims { Issue.record("\(field) was not changed") }
            case 1:
                tally("signed by another key", till.show(try qr(stranger.token(receipt).text, receipt, phone, at: now), amount: receipt.amount, now: now))
                tally("signed by an unknown key", till.show(try qr(unknown.token(receipt).text, receipt, phone, at: now), amount: receipt.amount, now: now))
                tally("signed by a key out of its time", till.show(try qr(retired.token(receipt).text, receipt, phone, at: now), amount: receipt.amount, now: now))
            case 2:
                var elsewhere = till
                elsewhere.merchant = "shop-2"
                tally("wrong site", elsewhere.show(text, amount: receipt.amount, now: now))
            case 3:
                let more = try receipt.amount.adding(Money(minorUnits: random.next() % 2 == 0 ? 1 : -1, currency: receipt.amount.currency))
                tally("wrong amount", till.show(text, amount: more, now: now))
            case 4:
                let ahead = try self.receipt(&random, paidAt: now.advanced(byMilliseconds: 61_001 + Int64(random.next() % 1_000_000)), phone: phone)
                tally("future-dated", till.show(try qr(host.token(ahead).text, ahead, phone, at: now), amount: ahead.amount, now: now))
            case 5:
                var again = till
                again.used = UsedReceipt(ReceiptMark(code: receipt.codeName, payment: receipt.payment, acceptance: UUIDv7(milliseconds: 0, random: []), terminal: "T2", at: paidAt))
                tally("replayed", again.show(text, amount: receipt.amount, now: now))
            case 6:
                let late = paidAt.advanced(byMilliseconds: 901_000 + Int64(random.next() % 10_000_000))
                tally("expired", till.show(try qr(token, receipt, phone, at: late), amount: receipt.amount, now: late))
            case 7:
                // A picture of the screen, three steps later; the receipt itself still counts.
                let (fresh, later) = (try self.receipt(&random, paidAt: now, phone: phone), now.advanced(byMilliseconds: 45_000))
                tally("screenshot", till.show(try qr(host.token(fresh).text, fresh, phone, at: now), amount: fresh.amount, now: later))
                tally("another telephone", till.show(try qr(token, receipt, phones[(place + 1) % 2], at: now), amount: receipt.amount, now: now))
            case 8:
                // Signed by the host, so that only what is read can tell.
                let site = Data(claims).replacing("shop-1", with: ["shоp-1", "shop-１", "shop\u{200F}-1"][place / 10 % 3])
                tally("look-alike site", till.show(try qr(host.token(claims: site), receipt, phone, at: now), amount: receipt.amount, now: now))
                let holder = Data(claims).replacing(receipt.holder, with: ["Аino", "\u{202E}onia", "Ai\u{200B}no"][place / 10 % 3])
                tally("look-alike holder", till.show(try qr(host.token(claims: holder), receipt, phone, at: now), amount: receipt.amount, now: now))
            default:
                var strict = till
                strict.isConfirmed = false
                tally("no identity check", strict.show(text, amount: receipt.amount, now: now))
                strict.stopped = .lostOrStolen
                tally("person reported a loss", strict.show(text, amount: receipt.amount, now: now))
            }
        }
        let expected: [String: Set<Outcome>] = [
            "none": [.accepted], "oversized": [.presentation(.tooLong)], "truncated": [.presentation(.malformed)],
            "another QR code": [.presentation(.notAPresentation)], "alg none": [.presentation(.receipt(.algorithmNotOfKey))],
            "alg HS256": [.presentation(.receipt(.algorithmNotOfKey))], "changed": [.presentation(.receipt(.notAuthentic))],
            "signed by another key": [.presentation(.receipt(.notAuthentic))], "signed by an unknown key": [.presentation(.receipt(.unknownKey))],
            "signed by a key out of its time": [.presentation(.receipt(.keyNotInForce))], "wrong site": [.rule(.receiptOtherMerchant)],
            "wrong amount": [.rule(.receiptOtherAmount)], "future-dated": [.rule(.receiptNotYetValid)], "replayed": [.rule(.receiptAlreadyUsed)],
            "expired": [.rule(.receiptExpired)], "screenshot": [.rule(.stalePresentation)], "another telephone": [.presentation(.proofNotAuthentic)],
            "look-alike site": [.presentation(.receipt(.wrong(.site)))], "look-alike holder": [.presentation(.receipt(.wrong(.holder)))],
            "no identity check": [.rule(.identityCheckRequired)], "person reported a loss": [.rule(.lostOrStolen)],
        ]
        for (tamper, outcomes) in expected { #expect(Set((reasons[tamper] ?? [:]).keys) == outcomes, "\(tamper): \(reasons[tamper] ?? [:])") }
        #expect(Set(reasons.keys) == Set(expected.keys))
        #expect(reasons["none"] == [.accepted: count])
        // Each but two pairs, which are one thing said in two ways, has a reason of its own.
        #expect(Set(expected.values).count == expected.count - 2)
    }

    /// Claims with one of them changed, well-formed as before.
    private func changed(_ claims: [UInt8], _ place: Int) -> (ReceiptError.Field, [UInt8]) {
        let field = ReceiptClaims.fields[place % ReceiptClaims.fields.count]
        var changed = claims
        // A digit or letter of the field's own value becomes its neighbour.
        let name = Array("\"\(field.rawValue)\":".utf8)
        let start = claims.indices.first { claims[$0...].starts(with: name) }! + name.count
        let spot = field == .device ? claims.count - 5 : claims[start...].firstIndex { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 >= 0x80 }!
        changed[spot] ^= 1
        return (field, changed)
    }
}

extension Data {
    fileprivate func replacing(_ text: String, with other: String) -> [UInt8] {
        Array(String(decoding: self, as: UTF8.self).replacing(text, with: other, maxReplacements: 1).utf8)
    }
}
