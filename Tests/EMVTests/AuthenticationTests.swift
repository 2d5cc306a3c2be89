import Core
import EMV
import SmartCard
import Testing

@Suite("Book C-3 annex C and EMV Book 2 §6: offline data authentication")
struct AuthenticationTests {
    private func failure(_ transcript: RecordedCard, _ runner: TranscriptRunner = TranscriptRunner()) throws -> AuthenticationFailure? {
        guard case .failed(let failure) = try runner.run(transcript).outcome.evidence?.authentication else { return nil }
        return failure
    }

    @Test("Each step names what failed", arguments: [
        // signature, its last byte
        ("9F4B7007C8", "9F4B7007C9", AuthenticationFailure.signature(.header)),
        ("9F470103", "9F470102", .cardCertificate(.hash)),
        ("9F320103", "9F320102", .issuerCertificate(.hash)),
        ("9081B05FAC", "9081B05FAD", .issuerCertificate(.header)),
        ("9F468190A7", "9F468190A6", .cardCertificate(.header)),
        ("92044B76E0F7", "92044B76E0F8", .issuerCertificate(.hash)),
        ("9F480A761C", "9F480A761D", .cardCertificate(.hash)),
        ("8F0192", "8F0193", .unknownCAKey(index: 0x93)),
        ("8F0192", "8F0194", .issuerCertificate(.length)),
        ("9F69050169C16C99", "9F69050069C16C99", .relatedDataVersion),
        ("9F69050169C16C99", "9F55050169C16C99", .missing(0x9F69)),
        ("9F690501", "9F690502", .relatedDataVersion),
        ("9081B0", "C181B0", .missing(0x90)),
        ("9F468190", "9F558190", .missing(0x9F46)),
        ("9F4B70", "9F5570", .missing(0x9F4B)),
        ("8F0192", "C10192", .missing(0x8F)),
        ("82022000", "82020000", .notSupportedByCard),
        // Static data: the sequence number is in the authenticated record.
        ("5F340101", "5F340102", .cardCertificate(.hash)),
    ])
    func steps(old: String, new: String, expected: AuthenticationFailure) throws {
        #expect(try failure(RecordedCard.offline.replacing(old, with: new)) == expected)
    }

    @Test("The signature covers number, amount and currency of this transaction")
    func boundToTransaction() throws {
        var runner = TranscriptRunner()
        runner.amount = 201
        #expect(try failure(.offline, runner) == .signature(.hash))
        runner = TranscriptRunner()
        runner.currency = .sek
        #expect(try failure(.offline, runner) == .signature(.hash))
    }

    @Test("Without the scheme's key nothing is approved")
    func withoutKey() throws {
        var runner = TranscriptRunner()
        runner.keys = [0x94, 0x95]
        #expect(try failure(.offline, runner) == .unknownCAKey(index: 0x92))
    }

    @Test("Certificates are good through the last day of their month")
    func certificateExpiry() throws {
        var runner = TranscriptRunner()
        // The application's own date is moved out of the way; then the certificates' speaks (the hash would too, later).
        runner.date = "2049-12-31"
        let transcript = RecordedCard.offline.replacing("5F2403191231", with: "5F2403491231")
        let found = try failure(transcript, runner)
        #expect(found == .issuerCertificate(.expired))
    }

    @Test("CARD-6: certificates are judged by the validity date, whatever 9A says", arguments: [
        ("2049-12-31", Optional("2019-06-15"), false), ("2019-06-15", "2049-12-31", true), ("2049-12-31", nil, true),
    ])
    func certificateValidity(date: String, validity: String?, isExpired: Bool) throws {
        var runner = TranscriptRunner()
        runner.date = date
        runner.validityDate = validity
        let found = try failure(RecordedCard.offline.replacing("5F2403191231", with: "5F2403491231"), runner)
        #expect(found == (isExpired ? .issuerCertificate(.expired) : .cardCertificate(.hash)))
    }

    @Test("EMV Book 2 table 30: a key with a wrong checksum, length or exponent is refused")
    func caKeys() throws {
        let good = try #require(PublishedKey.all.first { $0.index == 0x92 })
        let rid = try #require(Hex.decode(good.rid))
        let modulus = try #require(Hex.decode(good.modulus))
        let checksum = try #require(Hex.decode(good.checksum))
        let key = try CAPublicKey(rid: rid, index: 0x92, modulus: modulus, exponent: [3], checksum: checksum)
        #expect(throws: CAPublicKey.Failure.checksumMismatch(index: 0x93)) {
            try CAPublicKey(rid: rid, index: 0x93, modulus: modulus, exponent: [3], checksum: checksum)
        }
        #expect(throws: CAPublicKey.Failure.unsupportedExponent(index: 0x92)) {
            try CAPublicKey(rid: rid, index: 0x92, modulus: modulus, exponent: [5], checksum: checksum)
        }
        #expect(throws: CAPublicKey.Failure.modulusLength(bytes: 249, index: 0x92)) {
            try CAPublicKey(
                rid: rid, index: 0x92, modulus: [UInt8](repeating: 1, count: 249), exponent: [3], checksum: checksum)
        }
        #expect(throws: CAPublicKey.Failure.providerLength(bytes: 4)) {
            try CAPublicKey(rid: [0, 0, 0, 3], index: 0x92, modulus: modulus, exponent: [3], checksum: checksum)
        }
        #expect(throws: CAPublicKey.Failure.duplicate(index: 0x92)) { try CAPublicKeyStore([key, key]) }
    }

    @Test("Published test keys: 92, 94, 95 and FA load, 99 has a wrong checksum", arguments: PublishedKey.all)
    func published(key: PublishedKey) throws {
        let rid = try #require(Hex.decode(key.rid))
        let modulus = try #require(Hex.decode(key.modulus))
        let checksum = try #require(Hex.decode(key.checksum))
        let loaded = try? CAPublicKey(rid: rid, index: key.index, modulus: modulus, exponent: [3], checksum: checksum)
        #expect((loaded != nil) == (key.index != 0x99))
    }

    @Test("A CA key past its date authenticates nothing; the validity date tells", arguments: [
        ("2019-01-01", Optional<String>.none, true), ("2018-12-31", nil, false), ("2018-12-31", "2019-01-01", true),
        ("2019-01-01", "2018-12-31", false),
    ])
    func expiredKey(date: String, validity: String?, isExpired: Bool) throws {
        let good = try #require(PublishedKey.all.first { $0.index == 0x92 })
        let key = try CAPublicKey(
            rid: Hex.decode(good.rid) ?? [], index: 0x92, modulus: Hex.decode(good.modulus) ?? [], exponent: [3],
            checksum: Hex.decode(good.checksum) ?? [], expiry: CivilDate("2018-12-31"))
        let runner = TranscriptRunner()
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: 200, currency: .usd), date: try #require(CivilDate(date)),
            validityDate: validity.flatMap { CivilDate($0) }, countryCode: 840, unpredictableNumber: [0xAB, 0xAB, 0xAB, 0xAB])
        var transaction = ContactlessTransaction(
            combinations: [runner.combination], parameters: parameters, caKeys: try CAPublicKeyStore([key]))
        let outcome = TranscriptRunner.play(&transaction, RecordedCard.offline.responses).outcome
        #expect(outcome.evidence?.authentication == (isExpired ? .failed(.expiredCAKey(index: 0x92)) : .passed))
    }
}
