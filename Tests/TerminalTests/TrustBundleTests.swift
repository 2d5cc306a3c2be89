import Crypto
import Foundation
import Testing

@testable import Terminal

/// A trust directory and a state directory that hold what they should.
private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "kassad-trust-\(UUID().uuidString)").path
    let deviceKey = "device-key.b64"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try write(TrustBundle.certificateFile, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")
        try write(
            TrustBundle.signingKeyFile, base64(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation))
        try write(
            TrustBundle.sealingKeyFile, base64(Curve25519.KeyAgreement.PrivateKey().publicKey.rawRepresentation))
        try write(TrustBundle.pseudonymKeyFile, base64(Data(repeating: 7, count: 32)))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func base64(_ data: Data) -> String { data.base64EncodedString() + "\n" }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
    }

    func bundle() throws(TrustBundle.Failure) -> TrustBundle {
        try TrustBundle(trustDirectory: path, stateDirectory: path)
    }
}

@Suite("What the host gave out and the terminal's own key")
struct TrustBundleTests {
    static let files = [
        TrustBundle.certificateFile, TrustBundle.signingKeyFile, TrustBundle.sealingKeyFile, TrustBundle.pseudonymKeyFile,
    ]

    @Test("A missing file is named", arguments: files)
    func missing(_ name: String) throws {
        let folder = try Folder()
        try FileManager.default.removeItem(atPath: folder.path + "/" + name)
        #expect(throws: TrustBundle.Failure.missing(file: folder.path + "/" + name)) { try folder.bundle() }
    }

    @Test("A file with something else in it is named", arguments: files + ["device-key.b64"], ["", "no key", "AAAA"])
    func malformed(_ name: String, _ text: String) throws {
        let folder = try Folder()
        try folder.write(name, text)
        #expect(throws: TrustBundle.Failure.malformed(file: folder.path + "/" + name)) { try folder.bundle() }
    }

    @Test("The device key is made once, kept, and its owner's alone")
    func deviceKey() throws {
        let folder = try Folder()
        let first = try folder.bundle().deviceKey.rawRepresentation
        #expect(try folder.bundle().deviceKey.rawRepresentation == first)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/device-key.b64")[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test("A state directory that can't be written is named")
    func notWritable() throws {
        let folder = try Folder()
        let nowhere = folder.path + "/nowhere"
        #expect(throws: TrustBundle.Failure.notWritable(file: nowhere + "/device-key.b64")) {
            try TrustBundle(trustDirectory: folder.path, stateDirectory: nowhere)
        }
    }
}
