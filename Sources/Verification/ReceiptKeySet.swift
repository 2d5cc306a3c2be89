import Core

/// A key of the host with its name and its time, as the host publishes it.
public struct ReceiptHostKey: Sendable, Hashable {
    /// 1 to 64 characters of ASCII.
    public let id: String
    public let key: ReceiptPublicKey
    /// Payments completed from here on…
    public let from: UTCInstant
    /// …and before this instant may be signed with it.
    public let until: UTCInstant

    /// Nil for an id that is none, or a time that ends before it begins.
    public init?(id: String, key: ReceiptPublicKey, from: UTCInstant, until: UTCInstant) {
        guard ReceiptText.isIdentifier(id), from < until else { return nil }
        (self.id, self.key, self.from, self.until) = (id, key, from, until)
    }
}

/// The keys that a host signs receipts with, one of them now and others before or after. What leaves the set is no longer trusted:
/// that is how a key that was stolen is withdrawn, at the next page of the host.
///
/// As JSON: `{"keys": [{"kid": "2026-11", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "…"}, "from": 0, "until": 1}]}`, times in
/// milliseconds since 1970. Authenticity is the transport's: the page is signed as every answer of the host is.
public struct ReceiptKeySet: Sendable, Hashable {
    public static let mostKeys = 16

    public let keys: [ReceiptHostKey]

    /// Nil for more than ``mostKeys``, and for two keys of one id.
    public init?(_ keys: [ReceiptHostKey]) {
        guard keys.count <= Self.mostKeys, Set(keys.map(\.id)).count == keys.count else { return nil }
        self.keys = keys
    }

    /// - Throws: ``ReceiptError/unknownKey``.
    func key(_ id: String) throws(ReceiptError) -> ReceiptHostKey {
        guard let key = keys.first(where: { $0.id == id }) else { throw .unknownKey }
        return key
    }
}

extension ReceiptKeySet: Codable {
    private struct Page: Codable {
        struct Entry: Codable {
            var kid: String
            var jwk: ReceiptJWK
            var from: UTCInstant
            var until: UTCInstant
        }

        var keys: [Entry]
    }

    public init(from decoder: any Decoder) throws {
        let page = try Page(from: decoder)
        let keys = page.keys.prefix(Self.mostKeys + 1).compactMap { entry in
            entry.jwk.key.flatMap { ReceiptHostKey(id: entry.kid, key: $0, from: entry.from, until: entry.until) }
        }
        guard keys.count == page.keys.count, let set = ReceiptKeySet(keys) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no set of keys for receipts"))
        }
        self = set
    }

    public func encode(to encoder: any Encoder) throws {
        try Page(
            keys: keys.map { Page.Entry(kid: $0.id, jwk: ReceiptJWK($0.key), from: $0.from, until: $0.until) }
        ).encode(to: encoder)
    }
}
