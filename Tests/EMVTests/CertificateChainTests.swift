import Core
import Crypto
@testable import EMV
import SmartCard
import Testing

@Suite("EMV Book 2 §5 to §7: certificates and signatures that OpenSSL made", .enabled(if: OpenSSLIssuer.isAvailable))
struct CertificateChainTests {
    static let rid: [UInt8] = [0xA0, 0x00, 0x00, 0x00, 0x03]
    static let pan: [UInt8] = [0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0x00, 0x10]
    static let staticRecord: [UInt8] = [0x5F, 0x24, 0x03, 0x30, 0x12, 0x31]

    /// Everything a card of this issuer would give.
    struct Scene {
        let openssl: OpenSSLIssuer
        var revoked: Set<RevokedCertificate> = []
        var expiry: CivilDate?
        var date = CivilDate("2026-11-20")
        var objects: [TLV]

        init(_ openssl: OpenSSLIssuer, cardSigned: [UInt8] = staticRecord, extra: [TLV] = []) throws {
            self.openssl = openssl
            let issuer = try OpenSSLIssuer.certificate(
                format: 0x02, identifier: [0x47, 0x61, 0x73, 0xFF], of: openssl.issuer, by: openssl.authority)
            let card = try OpenSSLIssuer.certificate(
                format: 0x04, identifier: pan + [0xFF, 0xFF], of: openssl.card, by: openssl.issuer, signed: cardSigned)
            objects = [
                TLV(0x8F, [0xE7]), TLV(0x90, issuer.certificate), TLV(0x9F32, openssl.issuer.exponent), TLV(0x5A, pan),
                TLV(0x9F46, card.certificate), TLV(0x9F47, openssl.card.exponent), TLV(0x82, [0x61, 0x00]),
            ] + (issuer.remainder.isEmpty ? [] : [TLV(0x92, issuer.remainder)])
                + (card.remainder.isEmpty ? [] : [TLV(0x9F48, card.remainder)]) + extra
        }

        func card(changing tag: SmartCard.Tag? = nil, to value: [UInt8]? = nil) throws -> CardData {
            var card = CardData()
            for object in objects where object.tag != tag { try card.insert(object) }
            if let tag, let value { try card.insert(TLV(tag, value)) }
            return card
        }

        func chain() throws -> AuthenticationChain {
            let key = openssl.authority
            let authority = try CAPublicKey(
                rid: rid, index: 0xE7, modulus: key.modulus, exponent: key.exponent,
                checksum: try OpenSSLIssuer.run(["dgst", "-sha1", "-binary"], input: rid + [0xE7] + key.modulus + key.exponent),
                expiry: expiry)
            return AuthenticationChain(
                caKeys: try CAPublicKeyStore([authority], revoked: revoked), applicationIdentifier: rid + [0x10, 0x10],
                date: date ?? CivilDate(daysSince1970: 0))
        }
    }

    @Test("Keys of every length up to 1984 bits and both exponents recover whole", arguments: [
        (1984, 1984, 1976, 3), (1984, 1408, 1024, 65537), (1408, 1408, 1152, 3), (1152, 1024, 768, 3), (1984, 1984, 1984, 65537),
        (1536, 1144, 1016, 3),
    ])
    func lengths(authority: Int, issuer: Int, card: Int, exponent: Int) throws {
        let openssl = try OpenSSLIssuer(authorityBits: authority, issuerBits: issuer, cardBits: card, exponent: exponent)
        let scene = try Scene(openssl)
        let (chain, data) = (try scene.chain(), try scene.card())
        let issuerKey = try chain.issuerKey(data)
        #expect(issuerKey.modulus == openssl.issuer.modulus && issuerKey.exponent == openssl.issuer.exponent)
        let cardKey = try chain.cardKey(data, issuer: issuerKey, staticData: Self.staticRecord)
        #expect(cardKey.modulus == openssl.card.modulus)

        // DDA
        let number: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        let signature = try openssl.card.sign([5, 1, 3, 2, 0xBE, 0xEF], fill: [], hashed: number)
        #expect(try ContactSignature.verifyDynamic(signature, key: cardKey, values: number) == [0xBE, 0xEF])
        #expect(throws: AuthenticationFailure.signature(.hash)) {
            try ContactSignature.verifyDynamic(signature, key: cardKey, values: [0x12, 0x34, 0x56, 0x79])
        }
        // SDA
        let statics = try openssl.issuer.sign([3, 1, 0xDA, 0xC0], fill: [], hashed: Self.staticRecord)
        #expect(
            try ContactSignature.verifyStatic(statics, issuer: issuerKey, staticData: Self.staticRecord) == [0xDA, 0xC0])
        #expect(throws: AuthenticationFailure.signature(.hash)) {
            try ContactSignature.verifyStatic(statics, issuer: issuerKey, staticData: Self.staticRecord + [0])
        }
        // CDA
        let data2: [UInt8] = Array(0..<60)
        let cryptogram: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let hash = try OpenSSLIssuer.run(["dgst", "-sha1", "-binary"], input: data2)
        let combined = try openssl.card.sign(
            [5, 1, 32, 2, 0xBE, 0xEF, 0x40] + cryptogram + hash, fill: [], hashed: number)
        let found = try ContactSignature.verifyCombined(
            combined, key: cardKey, unpredictableNumber: number, information: 0x40, transactionData: data2)
        #expect(found.cryptogram == cryptogram && found.number == [0xBE, 0xEF])
        #expect(throws: AuthenticationFailure.transactionDataDiffer) {
            try ContactSignature.verifyCombined(
                combined, key: cardKey, unpredictableNumber: number, information: 0x80, transactionData: data2)
        }
        #expect(throws: AuthenticationFailure.transactionDataDiffer) {
            try ContactSignature.verifyCombined(
                combined, key: cardKey, unpredictableNumber: number, information: 0x40, transactionData: data2 + [1])
        }
    }

    @Test("What the scheme revoked, or let expire, authenticates nothing")
    func revocationAndExpiry() throws {
        var scene = try Scene(try OpenSSLIssuer(authorityBits: 1152, issuerBits: 1024, cardBits: 768, exponent: 3))
        let card = try scene.card()
        scene.revoked = [try #require(RevokedCertificate(rid: Self.rid, index: 0xE7, serial: [0xAB, 0xCD, 0xEF]))]
        #expect(throws: AuthenticationFailure.revokedIssuerCertificate(index: 0xE7)) { try scene.chain().issuerKey(card) }
        // Another serial, another index, another provider: not this certificate.
        scene.revoked = try [
            #require(RevokedCertificate(rid: Self.rid, index: 0xE7, serial: [0xAB, 0xCD, 0xEE])),
            #require(RevokedCertificate(rid: Self.rid, index: 0xE8, serial: [0xAB, 0xCD, 0xEF])),
            #require(RevokedCertificate(rid: [0xA0, 0, 0, 0, 4], index: 0xE7, serial: [0xAB, 0xCD, 0xEF])),
        ]
        #expect(throws: Never.self) { try scene.chain().issuerKey(card) }
        #expect(RevokedCertificate(rid: [0xA0], index: 1, serial: [1, 2, 3]) == nil)
        #expect(RevokedCertificate(rid: Self.rid, index: 1, serial: [1, 2]) == nil)

        scene.expiry = CivilDate("2026-11-20")
        #expect(throws: Never.self) { try scene.chain().issuerKey(card) }
        scene.expiry = CivilDate("2026-11-19")
        #expect(throws: AuthenticationFailure.expiredCAKey(index: 0xE7)) { try scene.chain().issuerKey(card) }
        scene.expiry = nil
        scene.date = CivilDate("2030-12-31")
        #expect(throws: Never.self) { try scene.chain().issuerKey(card) }
        scene.date = CivilDate("2031-01-01")
        #expect(throws: AuthenticationFailure.issuerCertificate(.expired)) { try scene.chain().issuerKey(card) }
    }

    @Test("A certificate of another account, a bit changed, a remainder too long: each is named")
    func forged() throws {
        let scene = try Scene(try OpenSSLIssuer(authorityBits: 1152, issuerBits: 1152, cardBits: 1024, exponent: 3))
        let chain = try scene.chain()
        let good = try scene.card()
        let issuer = try chain.issuerKey(good)
        let other: [UInt8] = [0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0x01, 0x19]
        #expect(throws: AuthenticationFailure.cardCertificate(.identity)) {
            try chain.cardKey(scene.card(changing: 0x5A, to: other), issuer: issuer, staticData: Self.staticRecord)
        }
        #expect(throws: AuthenticationFailure.issuerCertificate(.identity)) {
            try chain.issuerKey(scene.card(changing: 0x5A, to: [0x51, 0x61]))
        }
        #expect(throws: AuthenticationFailure.cardCertificate(.hash)) {
            try chain.cardKey(good, issuer: issuer, staticData: Self.staticRecord + [0x00])
        }
        let remainder = try #require(good[0x92])
        #expect(throws: AuthenticationFailure.issuerCertificate(.hash)) {
            try chain.issuerKey(scene.card(changing: 0x92, to: remainder + [0x00]))
        }
        #expect(throws: AuthenticationFailure.issuerCertificate(.hash)) {
            try chain.issuerKey(scene.card(changing: 0x92, to: nil))
        }
        #expect(throws: AuthenticationFailure.unknownCAKey(index: 0xE6)) {
            try chain.issuerKey(scene.card(changing: 0x8F, to: [0xE6]))
        }
        let certificate = try #require(good[0x9F46])
        for position in [0, 1, certificate.count / 2, certificate.count - 1] {
            var changed = certificate
            changed[position] ^= 0x01
            #expect(throws: AuthenticationFailure.self) {
                try chain.cardKey(scene.card(changing: 0x9F46, to: changed), issuer: issuer, staticData: Self.staticRecord)
            }
        }
    }

    @Test("PINs are enciphered under a key of their own where there is one, else under the card's")
    func pinKey() throws {
        let openssl = try OpenSSLIssuer(authorityBits: 1152, issuerBits: 1152, cardBits: 1024, exponent: 3)
        let pin = try OpenSSLIssuer.Key(bits: 896, exponent: 3)
        // The PIN key's certificate covers no static data.
        let certificate = try OpenSSLIssuer.certificate(
            format: 0x04, identifier: Self.pan + [0xFF, 0xFF], of: pin, by: openssl.issuer)
        let scene = try Scene(
            openssl, extra: [TLV(0x9F2D, certificate.certificate), TLV(0x9F2E, pin.exponent), TLV(0x9F2F, certificate.remainder)])
        let (chain, card) = (try scene.chain(), try scene.card())
        let issuer = try chain.issuerKey(card)
        #expect(try chain.pinKey(card, issuer: issuer, staticData: Self.staticRecord).modulus == pin.modulus)
        let without = try scene.card(changing: 0x9F2D)
        #expect(try chain.pinKey(without, issuer: issuer, staticData: Self.staticRecord).modulus == openssl.card.modulus)
    }

    @Test("EMV Book 3 §10.3: files 1–10 count without tag and length, files 11–30 whole, others break it")
    func staticData() throws {
        var data = StaticData()
        data.append([0x70, 0x03, 0x5A, 0x01, 0x12], file: 10)
        data.append([0x70, 0x02, 0xC1, 0x00], file: 11)
        #expect(data.bytes == [0x5A, 0x01, 0x12, 0x70, 0x02, 0xC1, 0x00])
        var card = CardData()
        #expect(try data.completed(for: card) == data.bytes)
        try card.insert(TLV(0x82, [0x61, 0x00]))
        try card.insert(TLV(0x9F4A, [0x82]))
        #expect(try data.completed(for: card) == data.bytes + [0x61, 0x00])
        var other = CardData()
        try other.insert(TLV(0x9F4A, [0x82, 0x95]))
        #expect(throws: AuthenticationFailure.staticDataTagList) { try data.completed(for: other) }
        data.append([0x71, 0x00], file: 30)
        #expect(throws: AuthenticationFailure.staticRecord) { try data.completed(for: card) }
    }
}
