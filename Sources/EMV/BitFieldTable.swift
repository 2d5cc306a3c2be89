/// The bits of a field by name, for people. Bytes count from 1 at the left, bits from 8 (the highest) to 1, as the books
/// count.
public struct BitFieldTable: Sendable, Hashable {
    public struct Field: Sendable, Hashable {
        public let byte: Int
        public let high: Int
        public let low: Int
        public let name: String
        /// Names of values of a field of several bits; empty for one bit, and for a number.
        public let values: [UInt8: String]

        var label: String { high == low ? "\(byte).\(high)" : "\(byte).\(high)-\(low)" }
        var mask: UInt8 { UInt8(truncatingIfNeeded: ((1 << (high - low + 1)) - 1) << (low - 1)) }
    }

    /// A field as it stands in a value.
    public struct Reading: Sendable, Hashable {
        /// `1.8`, `6.8-7`
        public let label: String
        public let text: String
    }

    public let fields: [Field]

    /// What is set in `bytes`: each bit that is 1, each field of several bits with its value (not a zero that has no name), and bits without a name as
    /// reserved. Bytes beyond the table are told too.
    public func readings(_ bytes: some Collection<UInt8>) -> [Reading] {
        var readings: [Reading] = []
        for (index, byte) in bytes.prefix(32).enumerated() {
            var rest = byte
            for field in fields where field.byte == index + 1 {
                let value = (byte & field.mask) >> UInt8(field.low - 1)
                rest &= ~field.mask
                if field.high == field.low {
                    if value == 1 { readings.append(Reading(label: field.label, text: field.name)) }
                } else if let name = field.values[value] {
                    readings.append(Reading(label: field.label, text: "\(field.name): \(name)"))
                } else if field.values.isEmpty {
                    if value == 0 { continue }
                    readings.append(Reading(label: field.label, text: "\(field.name): \(value)"))
                } else if value != 0 {
                    readings.append(Reading(label: field.label, text: "\(field.name): \(value), reserved"))
                }
            }
            for bit in stride(from: 8, through: 1, by: -1) where rest & 1 << UInt8(bit - 1) != 0 {
                readings.append(Reading(label: "\(index + 1).\(bit)", text: "reserved"))
            }
        }
        return readings
    }

    /// The name of one bit; nil when the table has none.
    public func name(byte: Int, bit: Int) -> String? {
        fields.first { $0.byte == byte && $0.high == bit && $0.low == bit }?.name
    }

    /// A table of the dictionary by its name, such as `TVR`.
    public static func named(_ name: String) -> BitFieldTable? { all[name] }

    public static let all: [String: BitFieldTable] = {
        // Bits that the kernels decide by have their names there; the tables add those that only people look at.
        var fields = [
            "TVR": Field.named(TVR.self), "TSI": Field.named(TSI.self), "AIP": Field.named(ApplicationInterchangeProfile.self),
            "TERMCAP": Field.named(TerminalCapabilities.self),
        ]
        for text in [terminalTables, cardTables] {
            var name = ""
            for line in text.split(separator: "\n") {
                if line.hasPrefix("= ") {
                    name = String(line.dropFirst(2))
                } else if let field = Field(line) {
                    fields[name, default: []].append(field)
                }
            }
        }
        return fields.mapValues { fields in
            BitFieldTable(fields: fields.sorted { ($0.byte, $1.high) < ($1.byte, $0.high) })
        }
    }()
}

extension BitFieldTable.Field {
    /// The bits that a type names.
    static func named<Bits: BitField>(_ type: Bits.Type) -> [Self] {
        Bits.names.compactMap { bit, name in
            let place = Bits.byteCount * 8 - 1 - bit.rawValue.trailingZeroBitCount
            guard (0..<Bits.byteCount * 8).contains(place) else { return nil }
            return Self(byte: place / 8 + 1, bit: 8 - place % 8, name: name.prefix(1).uppercased() + name.dropFirst())
        }
    }

    private init(byte: Int, bit: Int, name: String) {
        (self.byte, high, low, self.name, values) = (byte, bit, bit, name, [:])
    }

    /// `1.8 name`, `1.8-7 name: 0 this; 1 that`, `1.4-1 name:` for a number.
    init?(_ line: Substring) {
        let parts = line.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let place = parts[0].split(whereSeparator: { $0 == "." || $0 == "-" }).compactMap { Int($0) }
        guard (2...3).contains(place.count), let low = place.last, (1...8).contains(low), (low...8).contains(place[1]),
            (1...32).contains(place[0])
        else { return nil }
        (byte, high, self.low) = (place[0], place[1], low)
        guard high != low else {
            (name, values) = (String(parts[1]), [:])
            return
        }
        let words = parts[1].split(separator: ":", maxSplits: 1)
        name = String(words.first ?? "")
        var values: [UInt8: String] = [:]
        for choice in words.dropFirst().first?.split(separator: ";") ?? [] {
            let pair = choice.trimmed.split(separator: " ", maxSplits: 1)
            guard pair.count == 2, let value = UInt8(pair[0]) else { return nil }
            values[value] = String(pair[1])
        }
        self.values = values
    }
}
