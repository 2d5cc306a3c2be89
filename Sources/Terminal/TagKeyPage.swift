import Core
import Crypto
import Foundation
import HostProtocol

/// The keys of closed-loop tags as they lie in the state directory: ciphertext for this terminal alone, under a seal that says
/// that this terminal has laid it there.
///
/// Both keys, the one that opens and the one that seals, are derived from the device key. HPKE's base mode proves no sender: who
/// can write this file and knows the terminal's public key could put keys of tags of his own there, so the seal does.
struct TagKeyPage: Codable, Sendable, Equatable {
    /// SHA-256 of the key that the host signs with, in hexadecimal: another host's page is not this one's.
    var host: String
    /// ``TagSecrets/version``.
    var version: String
    /// The envelope.
    var sealed: String
    /// HMAC-SHA-256 (RFC 2104) over the rest.
    var seal: Data
}

/// Keeps the page, and opens it.
struct TagKeySafe: Sendable {
    /// Why a page that lies there gives no keys.
    enum Problem: String, Error, Hashable, Sendable {
        /// Not what it should be, or not readable.
        case malformed
        /// Written for another device key than the terminal's.
        case anotherKey
        /// Not as this terminal laid it there.
        case altered

        var words: String {
            switch self {
            case .malformed: "the file is not what it should be"
            case .anotherKey: "the file is for another device key"
            case .altered: "the file is not as this terminal wrote it"
            }
        }
    }

    static let file = "tag-keys-sealed.json"
    private static let mostBytes = 4096

    private let path: String
    private let terminal: String
    private let host: String
    private let key: Curve25519.KeyAgreement.PrivateKey
    private let sealing: SymmetricKey

    /// - Parameter deviceKey: the terminal's private key.
    init(
        stateDirectory: String, terminal: String, deviceKey: Curve25519.Signing.PrivateKey,
        hostSigningKey: Curve25519.Signing.PublicKey
    ) throws {
        path = stateDirectory + "/" + Self.file
        self.terminal = terminal
        host = Hex.encode(Array(SHA256.hash(data: hostSigningKey.rawRepresentation)))
        let device = SymmetricKey(data: deviceKey.rawRepresentation)
        func derived(_ label: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: device, salt: Data("kassad".utf8), info: Data(label.utf8), outputByteCount: 32)
        }
        key = try derived("tag key recipient 1").withUnsafeBytes { try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0) }
        sealing = derived("tag key page 1")
    }

    /// What the host seals to.
    var recipient: Curve25519.KeyAgreement.PublicKey { key.publicKey }

    func open(_ envelope: String, version: String) throws(TagSecrets.OpenFailure) -> TagSecrets {
        try TagSecrets(opening: envelope, version: version, terminal: terminal, key: key)
    }

    /// False when it can't be written; then what lay there lies there still.
    func save(_ envelope: String, version: String) -> Bool {
        var page = TagKeyPage(host: host, version: version, sealed: envelope, seal: Data())
        page.seal = Data(code(page))
        guard let bytes = try? WireJSON.encode(page) else { return false }
        return DurableFile.replace(path, String(decoding: bytes, as: UTF8.self))
    }

    /// Nil when nothing lies there, or another host's page.
    func load() throws(Problem) -> (version: String, secrets: TagSecrets)? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let handle = FileHandle(forReadingAtPath: path), let bytes = try? handle.read(upToCount: Self.mostBytes + 1),
            bytes.count <= Self.mostBytes, let page = try? WireJSON.decode(TagKeyPage.self, from: Array(bytes))
        else { throw .malformed }
        guard page.host == host else { return nil }
        let named = page.sealed.prefix { $0 != "." }
        guard named == SealedEvidence.keyID(recipient) else { throw .anotherKey }
        guard HMAC<SHA256>.isValidAuthenticationCode(page.seal, authenticating: message(page), using: sealing) else {
            throw .altered
        }
        do throws(TagSecrets.OpenFailure) {
            return (page.version, try open(page.sealed, version: page.version))
        } catch {
            switch error {
            case .malformed: throw .malformed
            case .anotherKey: throw .anotherKey
            case .notAuthentic: throw .altered
            }
        }
    }

    /// The terminal has no use for them any more.
    func remove() { DurableFile.remove(path) }

    /// The word, then each text after its length, so that no two pages say the same.
    private func message(_ page: TagKeyPage) -> Data {
        [terminal, page.host, page.version, page.sealed].reduce(Data("kassad tag key page 1\0".utf8)) {
            $0 + Data("\($1.utf8.count):\($1)".utf8)
        }
    }

    private func code(_ page: TagKeyPage) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: message(page), using: sealing)
    }
}
