import Core
import Crypto
import Dispatch
import Foundation
import Verification

/// What verifying a receipt costs beside the bare signature checks of the crypto library, over messages of the same length.
///
///     ReceiptBench        a line for each kind: its name, verifications a second, bare checks of the same signatures a second
///
/// `qr` is a whole presentation: the host's signature (Ed25519) and the telephone's (P-256); `token` the receipt alone, by each kind of
/// key; `code` the search for a typed code, beside nothing.
@main enum ReceiptBench {
    struct Failed: Error {}

    /// Of all rounds the best: what the code costs, and not what else the machine did.
    static func rate(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<7 {
            let start = DispatchTime.now().uptimeNanoseconds
            for _ in 0..<count { try body() }
            best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start))
        }
        return Double(count) / best * 1e9
    }

    static func main() throws {
        let noon = UTCInstant(milliseconds: 1_795_262_400_000)
        let (ed25519, p256, phoneKey) = (Curve25519.Signing.PrivateKey(), P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        guard let first = ReceiptSigningKey(id: "host-1", ed25519), let second = ReceiptSigningKey(id: "host-2", p256),
            let phone = ReceiptSigningKey(id: "phone", phoneKey), let person = Pseudonym(bytes: [UInt8](repeating: 7, count: 16))
        else { throw Failed() }
        let hostKeys = [first, second].compactMap {
            ReceiptHostKey(id: $0.id, key: $0.publicKey, from: noon.advanced(byMilliseconds: -1), until: noon.advanced(byMilliseconds: 1))
        }
        guard let keys = ReceiptKeySet(hostKeys) else { throw Failed() }
        let amount = Money(minorUnits: 1270, currency: .eur)
        let receipt = try Receipt(
            payment: "019ab0c4-7e00-7000-8000-000000000001", site: "restaurant-4711", amount: amount, paidAt: noon, holder: "Aino Virtanen",
            person: person, programme: "epassi-mobile", purses: [.init(purse: "benefit", amount: 1000), .init(purse: "own", amount: 270)],
            serial: 345, device: phone.publicKey)
        let (one, other) = (try first.token(receipt), try second.token(receipt))
        guard let maker = PresentationMaker(token: one, key: phone) else { throw Failed() }
        let step = noon.milliseconds / 15_000
        let qr = try maker.qr(step: step)

        // The floors: the same bytes under the same keys, nothing decoded.
        func signed(_ token: ReceiptToken) -> Data { Data(token.text.prefix(upTo: token.text.lastIndex(of: UInt8(ascii: ".")) ?? 0)) }
        let (message, otherMessage) = (signed(one), signed(other))
        let (signature, otherSignature) = (try ed25519.signature(for: message), try p256.signature(for: otherMessage))
        // Label, zero, digest, step.
        let proofMessage = Data(repeating: 1, count: 18 + 1 + 32 + 8)
        let proof = try phoneKey.signature(for: proofMessage)
        let (edKey, p256Key, phonePublic) = (ed25519.publicKey, p256.publicKey, phoneKey.publicKey)

        func show(_ name: String, _ count: Int, _ own: () throws -> Void, _ bare: () throws -> Void) rethrows {
            let (verified, floor) = (try rate(count, own), try rate(count, bare))
            print(name, Int(verified), Int(floor))
        }
        try show("qr", 500, { _ = try Presentation(qr: qr, keys: keys) }) {
            guard edKey.isValidSignature(signature, for: message), phonePublic.isValidSignature(proof, for: proofMessage) else { throw Failed() }
        }
        try show("token-ed25519", 500, { _ = try ReceiptToken(one.text, keys: keys) }) {
            guard edKey.isValidSignature(signature, for: message) else { throw Failed() }
        }
        try show("token-p256", 500, { _ = try ReceiptToken(other.text, keys: keys) }) {
            guard p256Key.isValidSignature(otherSignature, for: otherMessage) else { throw Failed() }
        }
        let check = CodeCheck(validity: 300_000, ahead: 60_000)
        let master = SymmetricKey(size: .bits256)
        guard let day = CivilDate("2026-11-21"), let sites = SiteKeyMaster(key: master, site: "restaurant-4711"),
            let siteKeys = sites.keys(from: day, days: 2), let code = siteKeys.code(receipt.codeName, amount: amount)
        else { throw Failed() }
        let searches = try rate(2000) {
            guard check.find(code, amount: amount, at: noon, keys: siteKeys) == receipt.codeName else { throw Failed() }
        }
        print("code", Int(searches), 0)
    }
}
