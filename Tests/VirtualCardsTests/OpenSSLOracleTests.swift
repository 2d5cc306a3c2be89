import Core
import EMV
import Foundation
import SmartCard
import Testing
import VirtualCards

/// The card's certificates and signature, recovered with the `openssl` program instead of the kernel's own code.
@Suite("fDDA against OpenSSL", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
struct OpenSSLOracleTests {
    @Test("Issuer certificate, card certificate and signature recover to what they must hold")
    func recover() throws {
        let channel = DirectChannel(try VisaPrepaidCard.make())
        var transaction = try Till().transaction()
        guard case .approved = transaction.run(on: channel, beforeCommit: {}) else {
            Issue.record("not approved")
            return
        }
        var objects: [SmartCard.Tag: [UInt8]] = [:]
        for exchange in channel.exchanges.dropFirst(2) {
            for object in try TLV.flattened(Array(exchange.response.dropLast(2))) { objects[object.tag] = Array(object.value) }
        }
        func object(_ tag: SmartCard.Tag) throws -> [UInt8] { try #require(objects[tag]) }

        let issuer = try OpenSSL.power(object(0x90), modulus: TestKeys.caModulus, exponent: TestKeys.caExponent)
        try Self.expectSigned(issuer, format: 0x02, trailing: object(0x92) + object(0x9F32))
        #expect(Hex.encode(issuer[2..<8]) == "476173901126")
        let issuerModulus = try Array(issuer[15..<155]) + object(0x92)
        #expect(issuerModulus.count == 176)

        let card = try OpenSSL.power(object(0x9F46), modulus: issuerModulus, exponent: object(0x9F32))
        let record = try #require(channel.exchanges.first { $0.command.starts(with: [0x00, 0xB2, 0x01, 0x1C]) }).response
        // Without 70 and its length, without the status word; then the profile that 9F4A names.
        try Self.expectSigned(
            card, format: 0x04, trailing: object(0x9F47) + record.dropFirst(2).dropLast(2) + object(0x82))
        #expect(Hex.encode(card[2..<14]) == "4761739001010010FFFF1126")
        let cardModulus = Array(card[21..<149])

        let signature = try OpenSSL.power(object(0x9F4B), modulus: cardModulus, exponent: object(0x9F47))
        try Self.expectSigned(
            signature, format: 0x05,
            trailing: [0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0x95, 0x00, 0x07, 0x52] + object(0x9F69))
        #expect(try Array(signature[3..<7]) == [0x03, 0x02] + object(0x9F36))
    }

    /// Header, format, trailer, and the hash by `openssl dgst`.
    private static func expectSigned(_ data: [UInt8], format: UInt8, trailing: [UInt8]) throws {
        #expect(data.first == 0x6A)
        #expect(data.dropFirst().first == format)
        #expect(data.last == 0xBC)
        let hashed = Array(data.dropFirst().dropLast(21)) + trailing
        let hash = try OpenSSL.run(["dgst", "-sha1", "-binary"], input: hashed)
        #expect(hash == Array(data.dropLast().suffix(20)))
    }
}
