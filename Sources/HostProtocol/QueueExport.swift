import Core
import Crypto
import Foundation

/// A terminal's queue as a file, for a terminal that can't reach its host any more: JSON lines, each signed with the device
/// key over its exact bytes. The first says whose it is and how many follow; each other carries one record as it would be
/// forwarded, card evidence sealed to the host.
///
///     {"signed":{"count":2,"exportedAt":1795258800000,"terminal":"T1","type":"queue"},"signature":"…"}
///     {"signed":{"record":{"body":"…","chain":"…","id":"…","sequence":17},"terminal":"T1","type":"record"},"signature":"…"}
public enum QueueExport {
    public struct Header: Codable, Sendable, Equatable {
        public var type = "queue"
        public var terminal: String
        /// Of the records that follow.
        public var count: Int
        public var exportedAt: UTCInstant

        public init(terminal: String, count: Int, exportedAt: UTCInstant) {
            self.terminal = terminal
            self.count = count
            self.exportedAt = exportedAt
        }
    }

    public struct Line: Codable, Sendable, Equatable {
        public var type = "record"
        public var terminal: String
        public var record: ForwardedRecord
        /// The host's reason, for a record it has refused.
        public var quarantined: String?

        public init(terminal: String, record: ForwardedRecord, quarantined: String?) {
            self.terminal = terminal
            self.record = record
            self.quarantined = quarantined
        }
    }

    /// Most bytes of one line; a record's body has at most 256 KiB at the host.
    public static let maximumLineBytes = 1 << 20

    private static let label = Array("kassa-queue-1\n".utf8)
    private static let open = Array(#"{"signed":"#.utf8)
    private static let middle = Array(#","signature":""#.utf8)
    private static let close = Array(#""}"#.utf8)
    /// Base64 of 64 bytes.
    private static let signatureLength = 88

    /// One line, without its end.
    public static func sign(_ value: some Encodable, key: Curve25519.Signing.PrivateKey) throws -> String {
        let body = try WireJSON.encode(value)
        let signature = try key.signature(for: label + body).base64EncodedString()
        return String(decoding: open + body + middle + Array(signature.utf8) + close, as: UTF8.self)
    }

    /// Reads one line.
    /// - Throws: ``WireError/malformed(field:)`` naming `signature` when one byte is not as it was signed.
    public static func read<Value: Decodable>(
        _ type: Value.Type, line: [UInt8], key: Curve25519.Signing.PublicKey
    ) throws(WireError) -> Value {
        let tail = middle.count + signatureLength + close.count
        guard line.count <= maximumLineBytes, line.count > open.count + tail, line.starts(with: open) else {
            throw .malformed(field: "line")
        }
        let end = line.count - tail
        let body = Array(line[open.count..<end])
        let signature = line[(end + middle.count)..<(line.count - close.count)]
        guard line[end...].starts(with: middle), line.suffix(close.count) == close[...],
            let bytes = Data(base64Encoded: Data(signature)), bytes.base64EncodedData() == Data(signature),
            key.isValidSignature(bytes, for: label + body)
        else { throw .malformed(field: "signature") }
        return try WireJSON.decode(type, from: body)
    }

    /// Whose file it says it is, unproved: for finding the key.
    public static func claimedTerminal(line: [UInt8]) -> String? {
        struct Claim: Decodable {
            struct Signed: Decodable { var terminal: String }
            var signed: Signed
        }
        guard line.count <= 4096 else { return nil }
        return try? WireJSON.decode(Claim.self, from: line).signed.terminal
    }
}
