import Core
import SmartCard

/// The data objects a card gave in one transaction, each at most once (EMV Book 3 §7.5: a second one is an error).
/// Prints tags only.
struct CardData: Sendable, Equatable {
    private var values: [Tag: [UInt8]] = [:]

    subscript(tag: Tag) -> [UInt8]? { values[tag] }

    mutating func insert(_ object: TLV) throws(EndApplicationReason) {
        guard values.updateValue(Array(object.value), forKey: object.tag) == nil else { throw .repeated(object.tag) }
    }

    mutating func insert(_ objects: [TLV]) throws(EndApplicationReason) {
        for object in objects { try insert(object) }
    }

    /// The value, which must be there in one of `lengths`.
    func required(_ tag: Tag, lengths: ClosedRange<Int>, in command: CardCommand) throws(EndApplicationReason) -> [UInt8] {
        guard let value = values[tag] else { throw .missing(tag) }
        guard lengths.contains(value.count) else { throw .malformed(command, .value(tag)) }
        return value
    }
}

extension CardData: CustomStringConvertible, CustomReflectable {
    var description: String { "CardData(\(values.keys.sorted().map(\.description).joined(separator: " ")))" }
    var customMirror: Mirror { Mirror(self, children: ["tags": values.keys.sorted()]) }
}
