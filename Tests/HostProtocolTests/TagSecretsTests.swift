import Core
import Crypto
import Foundation
import Testing

@testable import HostProtocol

/// The envelope, opened by ours and by `Tests/Support/hpke-open`, which shares nothing with swift-crypto.
@Suite("Keys of tags, sealed to one terminal")
struct TagSecretsTests {
    private static let meta = Array(UInt8(0x10)..<0x20), master = Array(UInt8(0x20)..<0x30)
    private static let old = Array(UInt8(0x30)..<0x40)
    private let key = Curve25519.KeyAgreement.PrivateKey()

    private func secrets(former: Bool = true) throws -> TagSecrets {
        try #require(TagSecrets([(Self.meta, Self.master)] + (former ? [(Self.meta, Self.old)] : [])))
    }

    private func bytes(_ secrets: TagSecrets) -> [[UInt8]] { secrets.map { Array($0) + Array($1) } }

    @Test("What is sealed opens to the same keys, the one in use first", arguments: [false, true])
    func opens(_ former: Bool) throws {
        let secrets = try secrets(former: former)
        let text = try secrets.sealed(to: key.publicKey, terminal: "T1")
        #expect(text.utf8.count <= TagSecrets.maximumEnvelope && text.hasPrefix(SealedEvidence.keyID(key.publicKey) + "."))
        let opened = try TagSecrets(opening: text, version: secrets.version, terminal: "T1", key: key)
        #expect(bytes(opened) == [Self.meta + Self.master] + (former ? [Self.meta + Self.old] : []))
        #expect(opened.version == secrets.version && TagSecrets.isVersion(secrets.version))
    }

    @Test("Another implementation of RFC 9180 opens it with the info and the additional data that the document names")
    func python() throws {
        let secrets = try secrets()
        let text = try secrets.sealed(to: key.publicKey, terminal: "T1")
        let body = try #require(Data(base64Encoded: String(text.split(separator: ".")[1])))
        func open(_ info: [UInt8], _ version: String) throws -> [UInt8]? {
            let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Support/hpke-open").path
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            process.arguments = [
                script, Hex.encode(Array(key.rawRepresentation)), Hex.encode(info), Hex.encode(Array(version.utf8)), Hex.encode(Array(body)),
            ]
            let output = Pipe()
            (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
            try process.run()
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return process.terminationStatus == 0 ? Hex.decode(said.trimmingCharacters(in: .whitespacesAndNewlines)) : nil
        }
        let info = Array("kassa-tag-keys-1\0T1".utf8)
        #expect(try open(info, secrets.version) == Self.meta + Self.master + Self.meta + Self.old)
        #expect(try open(Array("kassa-tag-keys-1\0T2".utf8), secrets.version) == nil)
        #expect(try open(info, "0000000000000000") == nil)
        #expect(try open(Array("kassa-evidence-1".utf8), secrets.version) == nil)
    }

    @Test("Another terminal, another key, another version, another purpose, or one bit: it does not open")
    func refused() throws {
        let secrets = try secrets()
        let text = try secrets.sealed(to: key.publicKey, terminal: "T1")
        func failure(_ text: String, version: String? = nil, terminal: String = "T1", key other: Curve25519.KeyAgreement.PrivateKey? = nil) -> TagSecrets.OpenFailure? {
            do throws(TagSecrets.OpenFailure) {
                _ = try TagSecrets(opening: text, version: version ?? secrets.version, terminal: terminal, key: other ?? key)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure(text) == nil)
        #expect(failure(text, terminal: "T2") == .notAuthentic)
        #expect(failure(text, version: "0000000000000000") == .notAuthentic)
        let other = Curve25519.KeyAgreement.PrivateKey()
        #expect(failure(text, key: other) == .anotherKey)
        // With the name of the key put right, the key still does not fit.
        let renamed = SealedEvidence.keyID(other.publicKey) + text.drop { $0 != "." }
        #expect(failure(renamed, key: other) == .notAuthentic)
        let evidence = try SealedEvidence.Prepared(recipient: key.publicKey).seal(Self.meta + Self.master, payment: UUIDv7(milliseconds: 1, random: []))
        #expect(failure(evidence) == .notAuthentic)
        var body = Array(try #require(Data(base64Encoded: String(text.split(separator: ".")[1]))))
        for place in body.indices {
            body[place] ^= 1
            #expect(failure(SealedEvidence.keyID(key.publicKey) + "." + Data(body).base64EncodedString()) == .notAuthentic, "byte \(place)")
            body[place] ^= 1
        }
        for text in ["", ".", "..", text + ".", String(text.dropLast(40)) + "!", String(repeating: "A", count: 300), "\(text.prefix(17))AAAA"] {
            #expect(failure(text) == .malformed, "\(text.count)")
        }
    }

    @Test("A name for these keys alone: another key, one more, or another order has another")
    func versions() throws {
        let all = [
            try secrets(), try secrets(former: false), try #require(TagSecrets([(Self.meta, Self.old), (Self.meta, Self.master)])),
            try #require(TagSecrets([(Self.old, Self.master)])), try #require(TagSecrets([(Self.master, Self.meta)])),
        ]
        #expect(Set(all.map(\.version)).count == all.count)
        #expect(try secrets().version == secrets().version)
        // By hand: RFC 5869 with HMAC alone.
        let (zeros, info) = (SymmetricKey(data: [UInt8](repeating: 0, count: 32)), Data("kassa-tag-keys-version-1".utf8) + [1])
        let extracted = SymmetricKey(data: Data(HMAC<SHA256>.authenticationCode(for: Self.meta + Self.master, using: zeros)))
        let expanded = Array(HMAC<SHA256>.authenticationCode(for: info, using: extracted)).prefix(8)
        #expect(try secrets(former: false).version == Hex.encode(Array(expanded)))
    }

    @Test("Three generations, none, and keys of another length are none")
    func bounds() {
        let one = (Self.meta, Self.master)
        #expect(TagSecrets([]) == nil && TagSecrets([one, one, one]) == nil)
        #expect(TagSecrets([(Self.meta, [1])]) == nil && TagSecrets([(Self.meta + [0], Self.master)]) == nil)
    }

    @Test("It prints nothing of itself")
    func silent() throws {
        let secrets = try secrets()
        var dumped = ""
        dump(secrets, to: &dumped)
        for text in ["\(secrets)", String(reflecting: secrets), dumped, "\([secrets])", "\(Optional(secrets) as Any)"] {
            #expect(!text.contains("bytes") && text.count < 60, "\(text)")
        }
    }
}
