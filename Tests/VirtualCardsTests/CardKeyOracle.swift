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
        let issuer = try Self.power(objects[0x90] ?? [], TestKeys.caModulus, TestKeys.caExponent)
        let issuerModulus = Array(issuer[15..<155]) + (objects[0x92] ?? [])
        let key = try Self.power(objects[0x9F46] ?? [], issuerModulus, objects[0x9F32] ?? [])
        modulus = Array(key[21..<149])
        exponent = objects[0x9F47] ?? []
    }

    func encipher(_ plain: [UInt8]) throws -> [UInt8] { try Self.power(plain, modulus, exponent) }

    static func power(_ base: [UInt8], _ modulus: [UInt8], _ exponent: [UInt8]) throws -> [UInt8] {
        func integer(_ bytes: [UInt8]) -> TLV { TLV(0x02, [0x00] + bytes) }
        let key = TLV(0x30, [integer(modulus), integer(exponent)]).encoded
        let algorithm = TLV(0x30, [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00])
        let info = TLV(0x30, algorithm.encoded + TLV(0x03, [0x00] + key).encoded).encoded
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("kassa-power-\(UUID().uuidString).der")
        try Data(info).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", file.path, "-pkeyopt", "rsa_padding_mode:none",
        ]
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = FileHandle.nullDevice
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(base))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Array(output)
    }
}
