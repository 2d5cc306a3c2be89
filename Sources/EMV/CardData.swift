import Core
import SmartCard

/// The data objects a card gave in one transaction, each at most once (EMV Book 3 §7.5: a second one is an error), and
/// none that is the terminal's to give. Prints tags only.
struct CardData: Sendable, Equatable {
    private var values: [Tag: [UInt8]] = [:]

    /// With room for what a card gives on the offline path.
    init() { values.reserveCapacity(32) }

    subscript(tag: Tag) -> [UInt8]? { values[tag] }

    /// What is refused leaves the data as it was.
    mutating func insert(_ object: TLV) throws(EndApplicationReason) {
        guard !EMVTag.isTerminalSourced(object.tag) else { throw .terminalDataFromCard(object.tag) }
        guard values[object.tag] == nil else { throw .repeated(object.tag) }
        values[object.tag] = Array(object.value)
    }

    /// Takes what can be taken, so that evidence does not depend on where the fault stands; then throws the first fault.
    mutating func insert(_ objects: [TLV]) throws(EndApplicationReason) {
        var fault: EndApplicationReason?
        for object in objects {
            do throws(EndApplicationReason) {
                try insert(object)
            } catch {
                fault = fault ?? error
            }
        }
        if let fault { throw fault }
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
