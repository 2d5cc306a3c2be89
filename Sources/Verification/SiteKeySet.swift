import CCrypto
import Crypto
import Foundation

/// The keys that a terminal checks its site's codes with. It is no `Codable`: keys travel and rest sealed, as ``sealedForm`` inside an
/// envelope of the caller.
public struct SiteKeySet: Sendable {
    /// As many days as a terminal may be cut off from its host and still check codes.
    public static let mostKeys = 16

    public let site: String
    /// In order of time, none overlapping another.
    public let keys: [SiteKey]

    /// Nil for no id, no key, too many, or two that overlap.
    public init?(site: String, _ keys: [SiteKey]) {
        let keys = keys.sorted { $0.from < $1.from }
        guard ReceiptText.isIdentifier(site), (1...Self.mostKeys).contains(keys.count),
            zip(keys, keys.dropFirst()).allSatisfy({ $0.until <= $1.from })
        else { return nil }
        (self.site, self.keys) = (site, keys)
    }

    private static let entryBytes = 16 + SiteKey.bytes

    /// One byte with the length of the site's id, the id, and for each key the two minutes, eight bytes each, and the key. Plain: to be
    /// sealed, and wiped by its own end as every `SymmetricKey` is.
    public var sealedForm: SymmetricKey {
        var bytes: [UInt8] = []
        // A buffer that grew would leave a copy behind.
        bytes.reserveCapacity(1 + site.utf8.count + keys.count * Self.entryBytes)
        bytes.append(UInt8(truncatingIfNeeded: site.utf8.count))
        bytes += site.utf8
        for key in keys {
            bytes += PresentationProof.bytes(key.from)
            bytes += PresentationProof.bytes(key.until)
            key.key.withUnsafeBytes { bytes += $0 }
        }
        defer { bytes.withUnsafeMutableBytes { kassa_cleanse($0.baseAddress, $0.count) } }
        return SymmetricKey(data: bytes)
    }

    /// Reads ``sealedForm`` after it was opened; nil when it is anything else.
    public init?(opened: SymmetricKey) {
        let parts = opened.withUnsafeBytes { bytes -> (String, [SiteKey])? in
            guard let count = bytes.first.map(Int.init), bytes.count > count else { return nil }
            let entries = bytes.dropFirst(1 + count)
            guard entries.count % Self.entryBytes == 0, entries.count / Self.entryBytes <= Self.mostKeys,
                let site = String(validating: bytes.dropFirst().prefix(count), as: UTF8.self)
            else { return nil }
            var keys: [SiteKey] = []
            for start in stride(from: entries.startIndex, to: entries.endIndex, by: Self.entryBytes) {
                let key = UnsafeRawBufferPointer(rebasing: bytes[start + 16..<start + Self.entryBytes])
                guard
                    let key = SiteKey(
                        key: SymmetricKey(data: key), from: PresentationProof.number(bytes[start..<start + 8]),
                        until: PresentationProof.number(bytes[start + 8..<start + 16]))
                else { return nil }
                keys.append(key)
            }
            return (site, keys)
        }
        // As it was written: in order of time.
        guard let (site, keys) = parts, zip(keys, keys.dropFirst()).allSatisfy({ $0.from < $1.from }) else { return nil }
        self.init(site: site, keys)
    }
}

extension SiteKeySet: CustomStringConvertible, CustomReflectable {
    public var description: String { "\(keys.count) keys of \(site)" }
    public var customMirror: Mirror { Mirror(self, children: ["site": site]) }
}
