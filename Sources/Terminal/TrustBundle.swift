import Crypto
import Foundation
import HostProtocol

/// What a terminal is given by its host, and the key that is its own.
public struct TrustBundle: Sendable {
    /// PEM of the host's certificate, and of the one that will follow it, if any: the only ones the terminal accepts.
    public let hostCertificate: String
    public let hostSigningKey: Curve25519.Signing.PublicKey
    public let hostSealingKey: Curve25519.KeyAgreement.PublicKey
    public let pseudonymKey: SymmetricKey
    /// This terminal's identity.
    public let deviceKey: Curve25519.Signing.PrivateKey

    /// What the bundle says of the host; the host may have said something newer since.
    var host: HostTrust {
        HostTrust(certificates: HostTrust.certificates(inPEM: hostCertificate), sealingKey: hostSealingKey)
    }

    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case missing(file: String)
        case malformed(file: String)
        case notWritable(file: String)

        public var description: String {
            switch self {
            case .missing(let file): "\(file): is missing or can't be read"
            case .malformed(let file): "\(file): is not what it should be"
            case .notWritable(let file): "\(file): can't be written"
            }
        }
    }

    /// File names in the trust directory, as `kassa-host export-trust` writes them.
    public static let certificateFile = "host-certificate.pem"
    public static let signingKeyFile = "host-signing-key.b64"
    public static let sealingKeyFile = "host-sealing-key.b64"
    public static let pseudonymKeyFile = "pseudonym-key.b64"

    public init(trustDirectory: String, stateDirectory: String) throws(Failure) {
        let certificate = trustDirectory + "/" + TrustBundle.certificateFile
        guard let pem = try? String(contentsOfFile: certificate, encoding: .utf8) else {
            throw .missing(file: certificate)
        }
        guard pem.contains("BEGIN CERTIFICATE") else { throw .malformed(file: certificate) }
        hostCertificate = pem
        hostSigningKey = try TrustBundle.key(trustDirectory, TrustBundle.signingKeyFile) {
            try Curve25519.Signing.PublicKey(rawRepresentation: $0)
        }
        hostSealingKey = try TrustBundle.key(trustDirectory, TrustBundle.sealingKeyFile) {
            try Curve25519.KeyAgreement.PublicKey(rawRepresentation: $0)
        }
        pseudonymKey = try TrustBundle.key(trustDirectory, TrustBundle.pseudonymKeyFile) { bytes in
            guard bytes.count == 32 else { throw Failure.malformed(file: TrustBundle.pseudonymKeyFile) }
            return SymmetricKey(data: bytes)
        }
        deviceKey = try TrustBundle.deviceKey(stateDirectory: stateDirectory)
    }

    /// The terminal's own key; made at the first call and kept in a file that only its owner reads.
    public static func deviceKey(stateDirectory: String) throws(Failure) -> Curve25519.Signing.PrivateKey {
        let path = stateDirectory + "/device-key.b64"
        if FileManager.default.fileExists(atPath: path) {
            return try key(stateDirectory, "device-key.b64") { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
        }
        let fresh = Curve25519.Signing.PrivateKey()
        let text = fresh.rawRepresentation.base64EncodedString() + "\n"
        guard DurableFile.create(path, text) else { throw .notWritable(file: path) }
        return fresh
    }

    /// What the host is told of this terminal: its public key in base64.
    public static func devicePublicKey(stateDirectory: String) throws(Failure) -> String {
        try deviceKey(stateDirectory: stateDirectory).publicKey.rawRepresentation.base64EncodedString()
    }

    private static func key<Key>(_ directory: String, _ name: String, _ make: (Data) throws -> Key) throws(Failure) -> Key {
        let path = directory + "/" + name
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw .missing(file: path) }
        guard let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
            let key = try? make(bytes)
        else { throw .malformed(file: path) }
        return key
    }
}
