import Core
import Crypto
import Foundation

/// Ed25519 over requests and answers (RFC 8032).
public enum HostSignature {
    /// What a terminal signs: a label, the method, the path and the exact body.
    public static func requestMessage(method: String, path: String, body: [UInt8]) -> [UInt8] {
        Array("kassa-request-1\n\(method)\n\(path)\n".utf8) + body
    }

    public static func signRequest(
        method: String, path: String, body: [UInt8], key: Curve25519.Signing.PrivateKey
    ) throws -> String {
        try Data(key.signature(for: requestMessage(method: method, path: path, body: body))).base64EncodedString()
    }

    public static func verifyRequest(
        method: String, path: String, body: [UInt8], signature: String?, key: Curve25519.Signing.PublicKey
    ) -> Bool {
        guard let signature, let bytes = Data(base64Encoded: signature) else { return false }
        return key.isValidSignature(bytes, for: requestMessage(method: method, path: path, body: body))
    }

    /// The host signs the exact bytes it sends.
    public static func signAnswer(_ body: [UInt8], key: Curve25519.Signing.PrivateKey) throws -> String {
        try Data(key.signature(for: body)).base64EncodedString()
    }

    public static func verifyAnswer(_ body: [UInt8], signature: String?, key: Curve25519.Signing.PublicKey) -> Bool {
        guard let signature, let bytes = Data(base64Encoded: signature) else { return false }
        return key.isValidSignature(bytes, for: body)
    }
}
