import Core
import SmartCard

/// A data object list: tags and lengths a card wants values for (EMV Book 3 §5.4), such as the PDOL.
public struct DataObjectList: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public let tag: Tag
        /// Bytes wanted, 0–255.
        public let length: Int
    }

    public let entries: [Entry]

    public enum Failure: Error, Hashable, Sendable {
        case truncated(offset: Int)
        /// A tag of more than four bytes, or a length above 255.
        case unsupported(offset: Int)
        /// More values wanted than one command carries.
        case tooLong(bytes: Int)
    }

    /// What fits in a short command after `83 81 L`.
    public static let greatestLength = 252

    public init(_ bytes: [UInt8]) throws(Failure) {
        var reader = ByteReader(bytes)
        var entries: [Entry] = []
        var total = 0
        while !reader.isAtEnd {
            let start = reader.offset
            do {
                var number = UInt32(try reader.byte())
                if number & 0x1F == 0x1F {
                    var more = true
                    for _ in 0..<3 where more {
                        let next = try reader.byte()
                        number = number << 8 | UInt32(next)
                        more = next & 0x80 != 0
                    }
                    guard !more else { throw Failure.unsupported(offset: start) }
                }
                let length = try reader.byte()
                // 81 introduces a length byte of its own; longer forms ask for more than a command holds.
                switch length {
                case 0..<0x80: entries.append(Entry(tag: Tag(rawValue: number), length: Int(length)))
                case 0x81: entries.append(Entry(tag: Tag(rawValue: number), length: Int(try reader.byte())))
                default: throw Failure.unsupported(offset: start)
                }
            } catch let failure as Failure {
                throw failure
            } catch {
                throw .truncated(offset: start)
            }
            total += entries.last?.length ?? 0
            guard total <= Self.greatestLength else { throw .tooLong(bytes: total) }
        }
        self.entries = entries
    }

    public func contains(_ tag: Tag) -> Bool { entries.contains { $0.tag == tag } }

    /// The values in order. Unknown tags give zeros; a value of another length is cut or padded on the left when it is
    /// numeric, on the right otherwise (EMV Book 3 §5.4).
    public func fill(_ value: (Tag) -> [UInt8]?) -> [UInt8] {
        var filled: [UInt8] = []
        filled.reserveCapacity(Self.greatestLength)
        for entry in entries {
            let known = value(entry.tag) ?? []
            let padding = repeatElement(UInt8(0), count: max(0, entry.length - known.count))
            if Self.isNumeric(entry.tag) {
                filled += padding
                filled += known.suffix(entry.length)
            } else {
                filled += known.prefix(entry.length)
                filled += padding
            }
        }
        return filled
    }

    /// Terminal objects of format `n`.
    private static func isNumeric(_ tag: Tag) -> Bool {
        switch tag {
        case EMVTag.amountAuthorised, EMVTag.amountOther, EMVTag.terminalCountryCode, EMVTag.transactionCurrencyCode,
            EMVTag.transactionDate, EMVTag.transactionType, EMVTag.terminalType, EMVTag.posEntryMode: true
        default: false
        }
    }
}
