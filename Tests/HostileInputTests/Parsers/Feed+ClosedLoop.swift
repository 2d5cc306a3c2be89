import Core
import Crypto
import SmartCard
import VirtualCards

@testable import Tags

/// Instruments of programmes of our own. Keys and payment are fixed, and each sample is the one tap that they made: whatever
/// else is believed is forged.
extension Feed {
    static let payment = TapContext(
        payment: UUIDv7(milliseconds: 1_795_258_800_000, random: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        amount: Money(minorUnits: 9_500, currency: .sek), nonce: [UInt8](0x10...0x1F))
    static let tagUID: [UInt8] = [0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80]

    // MARK: Dynamic URLs

    struct PublishedTap: Sendable {
        let layout: SDMLayout
        let url: String
        let uid: [UInt8]
        let counter: UInt32
        let file: [UInt8]?
    }

    /// Of NXP's AN12196 and of tags with factory keys.
    static let publishedTaps = [
        PublishedTap(
            layout: SDMLayout(identity: .encrypted(parameter: "e"), mac: "c"),
            url: "https://choose.url.com/ntag424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086",
            uid: [0x04, 0xDE, 0x5F, 0x1E, 0xAC, 0xC0, 0x40], counter: 61, file: nil),
        PublishedTap(
            layout: SDMLayout(file: "enc", macInput: .from(parameter: "enc")),
            url: "https://www.my424dna.com/?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962"
                + "&cmac=ECC1E7F6C6C73BF6",
            uid: tagUID, counter: 8, file: [UInt8](repeating: 0x78, count: 16)),
        PublishedTap(
            layout: SDMLayout(identity: .plain(uid: "uid", counter: "ctr")),
            url: "https://sdm.nfcdeveloper.com/tagpt?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3",
            uid: [0x04, 0x1E, 0x3C, 0x8A, 0x2D, 0x6B, 0x80], counter: 6, file: nil),
    ]

    private static let factoryKey = AESKey([UInt8](repeating: 0, count: 16))

    /// First byte: which tags the URL is said to be of.
    static func dynamicURL(_ bytes: [UInt8]) throws {
        let known = publishedTaps[Int(bytes.first ?? 0) % publishedTaps.count]
        guard let key = factoryKey, let verifier = SDMVerifier(layout: known.layout, metaRead: key, fileRead: .shared(key)) else {
            throw BrokenPromise("no verifier")
        }
        guard let tap = try? verifier.verify(String(decoding: bytes.dropFirst(), as: UTF8.self)) else { return }
        try promise(
            tap.uid == known.uid && tap.counter == known.counter && (known.file == nil || tap.file == known.file),
            "a tap that no tag made was believed")
        _ = "\(tap)"
    }

    // MARK: Tags that pay

    private static let master = AESKey(TestTags.masterKey)

    static func profile(readsCounter: Bool) throws -> ClosedLoopProfile {
        guard let master, let meta = AESKey(TestTags.metaKey),
            let url = SDMVerifier(layout: SDMLayout(), metaRead: meta, fileRead: .diversified(master: master, label: .url))
        else { throw BrokenPromise("no profile") }
        return ClosedLoopProfile(
            url: url, key: .diversified(master: master, label: .value), keyNumber: 3, readsCounter: readsCounter)
    }

    /// What a host does with a record's evidence.
    static func tagEvidence(_ bytes: [UInt8]) throws {
        guard let evidence = ClosedLoopEvidence(bytes) else { return }
        try promise(evidence.encoded == bytes, "evidence reads differently than it was written")
        try check(evidence)
        _ = "\(evidence)"
    }

    /// Genuine is what the sample's tag said for the sample's payment, alone.
    private static func check(_ evidence: ClosedLoopEvidence) throws {
        guard let master, try evidence.isGenuine(.diversified(master: master, label: .value)) else { return }
        try promise(evidence.context == payment && evidence.uid == tagUID && evidence.tapCounter == 1, "forged evidence is genuine")
        try promise(evidence.readCounter == nil || evidence.readCounter == 1, "a forged counter is genuine")
    }

    /// The tap of a tag with any answers. First byte: whether the counter is read.
    static func closedLoopTag(_ bytes: [UInt8]) throws -> Int {
        guard let payment else { throw BrokenPromise("no payment") }
        let card = ScriptedCard(bytes.dropFirst(), answerToReset: [0x3B, 0x81, 0x80, 0x01, 0x80, 0x80])
        _ = ClosedLoopTag.mayBe(answerToReset: Array(bytes.prefix(40)))
        var tap = ClosedLoopTag(try profile(readsCounter: (bytes.first ?? 0) & 1 == 0), payment)
        let outcome = tap.run(on: card)
        try promise(tap.start() == .finished(outcome), "the outcome changed")
        if case .authenticated(let evidence) = outcome {
            try promise(ClosedLoopEvidence(evidence.encoded) == evidence, "evidence is not read back")
            guard let master, try evidence.isGenuine(.diversified(master: master, label: .value)) else {
                throw BrokenPromise("authenticated, and the host does not believe it")
            }
            try check(evidence)
        }
        _ = "\(outcome)"
        return card.commands
    }

    // MARK: Telephones

    static let instrument = [UInt8](0..<16)
    private static let issuer = (try? TestTags.phoneIssuer)?.publicKey

    /// A telephone's answer, and its tap with any answers. First byte: which.
    static func telephone(_ bytes: [UInt8]) throws -> Int {
        guard let payment, let issuer else { throw BrokenPromise("no payment") }
        let now = UTCInstant(milliseconds: 1_795_258_800_000)
        func check(_ evidence: HCEEvidence) throws {
            try promise(
                evidence.instrument == instrument && evidence.counter == 1 && evidence.verification == .holder && evidence.context == payment,
                "a telephone that was not there is believed")
            _ = "\(evidence)"
        }
        guard (bytes.first ?? 0) & 1 != 0 else {
            if let evidence = try? HCEEvidence(answer: Array(bytes.dropFirst()), to: payment, issuers: [issuer], now: now) {
                try check(evidence)
            }
            return 0
        }
        let card = ScriptedCard(bytes.dropFirst())
        var tap = HCETap(issuers: [issuer], context: payment, now: now)
        let outcome = tap.run(on: card)
        try promise(tap.start() == .finished(outcome), "the outcome changed")
        if case .authenticated(let evidence) = outcome { try check(evidence) }
        return card.commands
    }
}
