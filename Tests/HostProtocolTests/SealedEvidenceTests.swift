import Core
import Crypto
import Foundation
import Testing

@testable import HostProtocol

/// The seal, opened by `Tests/Support/hpke-open`: HPKE in a hundred lines of Python that share nothing with swift-crypto.
@Suite("Sealed evidence against RFC 9180")
struct SealedEvidenceTests {
    private let payment = UUIDv7(milliseconds: 1_795_258_800_000, random: Array(0..<10))
    private let secret = Array("5A08476173900101001057114761739001010010D4912".utf8)

    @Test("The other implementation opens the RFC's own message: appendix A.2.1, sequence 0")
    func vector() throws {
        let opened = try Self.open(
            key: "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
            info: "4f6465206f6e2061204772656369616e2055726e", aad: "436f756e742d30",
            sealed: "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
                + "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28")
        #expect(opened == Array("Beauty is truth, truth beauty".utf8))
    }

    @Test("What the terminal seals, it opens; for another payment it does not")
    func sealed() throws {
        let key = Curve25519.KeyAgreement.PrivateKey()
        let text = try SealedEvidence.Prepared(recipient: key.publicKey).seal(secret, payment: payment)
        let parts = text.split(separator: ".")
        #expect(parts.count == 2 && parts[0] == SealedEvidence.keyID(key.publicKey))
        let bytes = Array(try #require(Data(base64Encoded: String(parts[1]))))
        func open(_ payment: UUIDv7) throws -> [UInt8]? {
            try Self.open(
                key: Hex.encode(Array(key.rawRepresentation)), info: Hex.encode(Array("kassa-evidence-1".utf8)),
                aad: Hex.encode(payment.bytes), sealed: Hex.encode(bytes))
        }
        #expect(try open(payment) == secret)
        #expect(try open(UUIDv7(milliseconds: 1, random: [])) == nil)
    }

    @Test("After a rotation, the envelope's key id finds its key, and an envelope of before key ids still opens")
    func rotation() throws {
        let keys = (0..<3).map { _ in Curve25519.KeyAgreement.PrivateKey() }
        for key in keys {
            let text = try SealedEvidence.Prepared(recipient: key.publicKey).seal(secret, payment: payment)
            #expect(try SealedEvidence.open(text, payment: payment, keys: keys) == secret)
            let nameless = String(text.split(separator: ".")[1])
            #expect(try SealedEvidence.open(nameless, payment: payment, keys: keys) == secret)
            #expect(throws: WireError.malformed(field: "sealedEvidence")) {
                try SealedEvidence.open(text, payment: payment, keys: keys.filter { $0.rawRepresentation != key.rawRepresentation })
            }
            // Another key's name does not open with that key, nor does no name.
            let wrong = SealedEvidence.keyID(Curve25519.KeyAgreement.PrivateKey().publicKey) + "." + nameless
            for text in [wrong, "." + nameless, nameless + ".", text + ".", "..", ".", ""] {
                #expect(throws: WireError.malformed(field: "sealedEvidence")) {
                    try SealedEvidence.open(text, payment: payment, keys: keys)
                }
            }
        }
    }

    /// Nil when it does not open.
    private static func open(key: String, info: String, aad: String, sealed: String) throws -> [UInt8]? {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Support/hpke-open").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [script, key, info, aad, sealed]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return Hex.decode(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
