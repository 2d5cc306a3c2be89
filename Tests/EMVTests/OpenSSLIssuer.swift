import Core
import Foundation
import SmartCard

/// A scheme, an issuer and a card whose keys `openssl` made, and whose certificates it signed with its bare RSA.
struct OpenSSLIssuer: Sendable {
    static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    struct Key: Sendable {
        let pem: [UInt8]
        let modulus: [UInt8]
        let exponent: [UInt8]

        init(bits: Int, exponent: Int) throws {
            pem = try OpenSSLIssuer.run(["genrsa", exponent == 3 ? "-3" : "-f4", "\(bits)"])
            let text = String(decoding: try OpenSSLIssuer.run(["rsa", "-noout", "-modulus"], input: pem), as: UTF8.self)
            modulus = Hex.decode(text.split(separator: "=").last.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? "") ?? []
            self.exponent = exponent == 3 ? [3] : [1, 0, 1]
        }

        /// `6A ‖ head ‖ fill ‖ hash ‖ BC`, filled with BB to the key's length, under the bare private key (which OpenSSL
        /// offers as decryption without padding).
        func sign(_ head: [UInt8], fill: [UInt8], hashed: [UInt8]) throws -> [UInt8] {
            let body = head + fill + [UInt8](repeating: 0xBB, count: max(0, modulus.count - 22 - head.count - fill.count))
            let hash = try OpenSSLIssuer.run(["dgst", "-sha1", "-binary"], input: body + hashed)
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("kassa-rsa-\(UUID().uuidString).pem")
            try Data(pem).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            return try OpenSSLIssuer.run(
                ["pkeyutl", "-decrypt", "-inkey", file.path, "-pkeyopt", "rsa_padding_mode:none"],
                input: [0x6A] + body + hash + [0xBC])
        }
    }

    struct Certificate: Sendable {
        let certificate: [UInt8]
        let remainder: [UInt8]
    }

    let authority: Key
    let issuer: Key
    let card: Key

    init(authorityBits: Int, issuerBits: Int, cardBits: Int, exponent: Int) throws {
        authority = try Key(bits: authorityBits, exponent: exponent)
        issuer = try Key(bits: issuerBits, exponent: exponent)
        card = try Key(bits: cardBits, exponent: exponent)
    }

    static func certificate(
        format: UInt8, identifier: [UInt8], of key: Key, by signer: Key, monthYear: [UInt8] = [0x12, 0x30],
        serial: [UInt8] = [0xAB, 0xCD, 0xEF], signed: [UInt8] = []
    ) throws -> Certificate {
        let head = [format] + identifier + monthYear + serial + [1, 1, UInt8(key.modulus.count), UInt8(key.exponent.count)]
        let room = signer.modulus.count - 22 - head.count
        let (left, remainder) = (Array(key.modulus.prefix(room)), Array(key.modulus.dropFirst(room)))
        return Certificate(
            certificate: try signer.sign(head, fill: left, hashed: remainder + key.exponent + signed), remainder: remainder)
    }

    static func run(_ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        struct Failed: Error { let arguments: [String] }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = FileHandle.nullDevice
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
        return Array(output)
    }
}
