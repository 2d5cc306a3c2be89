import Core
import Foundation
import SmartCard
import VirtualCards

/// The card's public key as OpenSSL recovers it from the certificates, and OpenSSL's power under it: enciphers a PIN block
/// without any of the project's own arithmetic.
struct CardKeyOracle {
    let modulus: [UInt8]
    let exponent: [UInt8]

    /// Reads the records of a card that is initiated.
    init(_ card: VisaContactCard) throws {
        var objects: [SmartCard.Tag: [UInt8]] = [:]
        for record: UInt8 in 1...3 {
            let response = card.respond(to: [0x00, 0xB2, record, 0x14, 0x00])
            for object in try TLV.flattened(Array(response.dropLast(2))) { objects[object.tag] = Array(object.value) }
        }
        let issuer = try OpenSSL.power(objects[0x90] ?? [], modulus: TestKeys.caModulus, exponent: TestKeys.caExponent)
        let issuerModulus = Array(issuer[15..<155]) + (objects[0x92] ?? [])
        let key = try OpenSSL.power(objects[0x9F46] ?? [], modulus: issuerModulus, exponent: objects[0x9F32] ?? [])
        modulus = Array(key[21..<149])
        exponent = objects[0x9F47] ?? []
    }

    func encipher(_ plain: [UInt8]) throws -> [UInt8] { try OpenSSL.power(plain, modulus: modulus, exponent: exponent) }
}
