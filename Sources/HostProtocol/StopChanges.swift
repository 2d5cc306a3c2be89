import Core
import Foundation

/// Entries of the stop list: instruments that pay nowhere, whether this terminal knows their accounts or not (CARD-8,
/// WAL-6). Packed, because ten million of them travel: each entry is the 16 bytes of its pseudonym, in ascending order,
/// followed by one byte of its reason where it is added. Base64 in JSON.
public struct StopChanges: Codable, Sendable, Equatable {
    /// 17 bytes an entry.
    public private(set) var added: Data
    /// 16 bytes an entry.
    public private(set) var removed: Data

    public static let addedSize = 17
    public static let removedSize = 16
    /// Most entries, added and removed together, in one page.
    public static let maximumCount = 200_000

    public init() {
        added = Data()
        removed = Data()
    }

    public init(added: [StopEntry], removed: [Pseudonym] = []) {
        self.init()
        for entry in added.sorted(by: { $0.instrument.bytes.lexicographicallyPrecedes($1.instrument.bytes) }) {
            self.added.append(contentsOf: entry.instrument.bytes)
            self.added.append(entry.reason.rawValue)
        }
        for instrument in removed.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            self.removed.append(contentsOf: instrument.bytes)
        }
    }

    public var isEmpty: Bool { added.isEmpty && removed.isEmpty }
    public var count: Int { added.count / StopChanges.addedSize + removed.count / StopChanges.removedSize }

    /// Whether both parts are whole entries, few enough, with known reasons.
    public var isWellFormed: Bool {
        guard added.count % StopChanges.addedSize == 0, removed.count % StopChanges.removedSize == 0,
            count <= StopChanges.maximumCount
        else { return false }
        return stride(from: StopChanges.addedSize - 1, to: added.count, by: StopChanges.addedSize).allSatisfy {
            StopReason(rawValue: added[added.startIndex + $0]) != nil
        }
    }
}

/// One stopped instrument.
public struct StopEntry: Sendable, Hashable {
    public var instrument: Pseudonym
    public var reason: StopReason

    public init(instrument: Pseudonym, reason: StopReason) {
        self.instrument = instrument
        self.reason = reason
    }
}

/// CARD-8: why an instrument is stopped.
public enum StopReason: UInt8, Codable, Sendable, CaseIterable {
    case blocked = 1
    case lostOrStolen = 2
    case suspended = 3
}

/// A scheme's rate on a day (CARD-16).
public struct ExchangeRate: Codable, Sendable, Hashable {
    public var from: Currency
    public var to: Currency
    /// Units of `to` for one unit of `from`, as a decimal such as `11.20`.
    public var rate: String

    public init(from: Currency, to: Currency, rate: String) {
        self.from = from
        self.to = to
        self.rate = rate
    }
}
