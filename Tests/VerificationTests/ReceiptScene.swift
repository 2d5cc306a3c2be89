import Core
import Crypto

@testable import Verification

/// 2026-11-21 12:00:00.000 UTC
let receiptNoon = UTCInstant(milliseconds: 1_795_262_400_000)

/// A small generator, the same each time.
struct ReceiptRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// A host with a key of each kind, and telephones of both.
struct ReceiptHost {
    let ed25519: ReceiptSigningKey
    let p256: ReceiptSigningKey
    let keys: ReceiptKeySet
    let phones: [ReceiptSigningKey]

    init() throws {
        let (first, second) = (Curve25519.Signing.PrivateKey(), P256.Signing.PrivateKey())
        ed25519 = ReceiptSigningKey(id: "host-2026-11", first)!
        p256 = ReceiptSigningKey(id: "host-2026-12", second)!
        let (from, until) = (receiptNoon.advanced(byMilliseconds: -86_400_000), receiptNoon.advanced(byMilliseconds: 86_400_000))
        keys = ReceiptKeySet([ed25519, p256].map { ReceiptHostKey(id: $0.id, key: $0.publicKey, from: from, until: until)! })!
        phones = [ReceiptSigningKey(id: "p", P256.Signing.PrivateKey())!, ReceiptSigningKey(id: "e", Curve25519.Signing.PrivateKey())!]
    }

    static let names = [
        "Aino Virtanen", "Åsa Öström", "Jean-Luc d'Arc", "Þórdís Ólafsdóttir", "Ελένη Παπαδοπούλου", "Олена Шевченко", "王小明",
        "محمد علي", "ד״ר משה לוי", "Nguyễn Thị Minh Khai", "Łukasz Żółć-O'Neill", "김 민수", "X", "Sadiq \"Sam\" \\ Khan",
    ]

    func receipt(_ random: inout ReceiptRandom, phone: ReceiptSigningKey) throws -> Receipt {
        var purses: [Receipt.Share] = []
        for place in 0..<Int.random(in: 1...Receipt.mostPurses, using: &random) {
            purses.append(Receipt.Share(purse: "purse-\(place)", amount: Int64.random(in: 1...1_000_000, using: &random)))
        }
        let currency = Currency.known.randomElement(using: &random)!
        let bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        return try Receipt(
            payment: UUIDv7(milliseconds: receiptNoon.milliseconds, random: bytes).description, site: "shop-\(random.next() % 100)",
            amount: Money(minorUnits: purses.map(\.amount).reduce(0, +), currency: currency),
            paidAt: receiptNoon.advanced(byMilliseconds: Int64.random(in: -80_000_000...80_000_000, using: &random)),
            holder: Self.names.randomElement(using: &random)!, person: Pseudonym(bytes: bytes)!, programme: "epassi-mobile",
            purses: purses, serial: UInt16.random(in: 0..<1024, using: &random), device: phone.publicKey)
    }

    /// One receipt, the same but for its keys.
    func receipt(site: String = "shop-1", holder: String = "Aino Virtanen", phone: Int = 0) throws -> Receipt {
        try Receipt(
            payment: "019ab0c4-7e00-7000-8000-000000000001", site: site, amount: Money(minorUnits: 1270, currency: .eur),
            paidAt: receiptNoon, holder: holder, person: Pseudonym(bytes: [UInt8](repeating: 7, count: 16))!,
            programme: "epassi-mobile", purses: [.init(purse: "benefit", amount: 1000), .init(purse: "own", amount: 270)], serial: 345,
            device: phones[phone].publicKey)
    }
}
