import Core
import SmartCard

/// Explains bytes of cards and readers to people: data objects, data object lists, commands and answers, answers to reset, and
/// what other rooms add. It takes anything and never fails; what it shows has no whole card number, no track data, no name
/// and no secret.
///
/// A decoder remembers what earlier bytes said (the application, the PDOL, the command that an answer belongs to), so the lines of a trace
/// explain each other.
public struct DataDecoder: Sendable {
    /// What the bytes are taken for.
    public enum Form: String, Sendable, CaseIterable {
        case auto, tlv, dol, command, response, atr, ndef
    }

    /// Whose meaning of a tag is asked for.
    public enum Meaning: String, Sendable, CaseIterable {
        case visa, mastercard, contact

        var scope: TagScope {
            switch self {
            case .visa: .visa
            case .mastercard: .mastercard
            case .contact: .general
            }
        }
    }

    /// Explains a form that this room does not know; nil when the bytes have another.
    public typealias Reader = @Sendable ([UInt8]) -> DecodedNode?

    /// More is not looked at.
    public static let greatestLength = 65_536

    /// Of all pieces together; the last one may go beyond it by ``DraftBuilder``'s own bound.
    public static let greatestNodes = 16_384

    let meaning: Meaning?
    let message: Reader
    var memory = DecoderMemory()

    /// - Parameters:
    ///   - meaning: the kernel whose tags these are; without, it is guessed from the application's identifier.
    ///   - message: reads NDEF messages.
    public init(meaning: Meaning? = nil, message: @escaping Reader = { _ in nil }) {
        self.meaning = meaning
        self.message = message
    }

    public mutating func decode(_ bytes: [UInt8], as form: Form = .auto) -> DecodedNode {
        guard !bytes.isEmpty else { return DecodedNode("Nothing") }
        guard bytes.count <= Self.greatestLength else {
            return DecodedNode("\(bytes.count) bytes: more than \(Self.greatestLength) are not looked at")
        }
        if form == .auto || form == .atr, let answer = AnswerToReset.explained(bytes) { return answer }
        // Before anything else is seen in them, and whatever they are said to be.
        if let secret = memory.secrets.next(bytes) {
            let isOther = secret.isDoubtful && form != .command
            if isOther, form == .auto || form == .ndef, let node = message(bytes) { return node.masked }
            guard isOther, Self.areObjects(bytes) else {
                memory.lastCommand = .other
                var mask = CardNumberMask(bytes)
                mask.hide(secret.hidden)
                return secret.draft.node(mask)
            }
        }
        if form == .atr { return unexplained(bytes, "No answer to reset") }
        let shape = form == .auto ? self.shape(of: bytes) : self.shape(of: bytes, as: form)
        if case .message(let node) = shape { return node.masked }
        return explain(bytes, shape)
    }

    /// Explains pieces in their order, until there are ``greatestNodes``: how many more there are is said in their place.
    public mutating func decode(all pieces: [[UInt8]], as form: Form = .auto) -> [DecodedNode] {
        var nodes: [DecodedNode] = []
        var count = 0
        for (index, piece) in pieces.enumerated() {
            guard count < Self.greatestNodes else { return nodes + [DecodedNode("… \(pieces.count - index) more, not looked at")] }
            nodes.append(decode(piece, as: form))
            count += nodes.last?.all.count ?? 0
        }
        return nodes
    }

    /// Nothing but known objects, each as long as it may be, perhaps with 9000 behind them.
    private static func areObjects(_ bytes: [UInt8]) -> Bool {
        let scan = ObjectScan(bytes, 0..<bytes.count - (bytes.suffix(2) == [0x90, 0x00] ? 2 : 0))
        return scan.isWhole && !scan.found.isEmpty
            && scan.found.allSatisfy { object in TagDictionary.meanings(of: object.tag).contains { $0.allows(length: object.value.count) } }
    }

    // MARK: Recognition

    enum Shape {
        case objects
        case dataObjectList
        case command(CommandParts)
        /// Data, then SW1 SW2.
        case response
        case message(DecodedNode)
        case unknown
    }

    private func shape(of bytes: [UInt8], as form: Form) -> Shape {
        switch form {
        case .tlv: .objects
        case .dol: .dataObjectList
        case .command: CommandParts(bytes).map { .command($0) } ?? .unknown
        case .response: bytes.count >= 2 ? .response : .unknown
        case .ndef: message(bytes).map { .message($0) } ?? .unknown
        case .auto, .atr: .unknown
        }
    }

    private func shape(of bytes: [UInt8]) -> Shape {
        if bytes.count == 2, StatusWord(bytes[0], bytes[1]).isPlausible { return .response }
        let objects = ObjectScan(bytes, 0..<bytes.count)
        let areKnown = objects.isWhole && !objects.found.isEmpty && objects.found.allSatisfy { Self.isKnown($0.tag) }
        let command = CommandParts(bytes)
        if Self.beginsWithNumber(bytes), !areKnown { return .unknown }
        // An object 90 without a value at the end would be pointless.
        if bytes.suffix(2).elementsEqual([0x90, 0x00]), isKnown(bytes, upTo: bytes.count - 2) { return .response }
        if areKnown, bytes[0] != 0 { return .objects }
        if let command { return .command(command) }
        if bytes.count > 2, StatusWord(bytes[bytes.count - 2], bytes[bytes.count - 1]).isPlausible,
            isKnown(bytes, upTo: bytes.count - 2)
        {
            return .response
        }
        if let node = message(bytes) { return .message(node) }
        if Self.isDataObjectList(bytes) { return .dataObjectList }
        if areKnown { return .objects }
        if bytes.count > 2, bytes.suffix(2).elementsEqual([0x90, 0x00]) { return .response }
        if objects.isWhole, !objects.found.isEmpty { return .objects }
        if let first = objects.found.first?.tag ?? objects.broken?.tag, Self.isKnown(first) { return .objects }
        return .unknown
    }

    private func isKnown(_ bytes: [UInt8], upTo end: Int) -> Bool {
        let body = ObjectScan(bytes, 0..<end)
        return body.isWhole && !body.found.isEmpty && body.found.allSatisfy { Self.isKnown($0.tag) }
    }

    /// A card number, alone or as the beginning of track 2: no objects are looked for in it.
    private static func beginsWithNumber(_ bytes: [UInt8]) -> Bool {
        let nibbles = bytes.prefix(11).flatMap { [$0 >> 4, $0 & 0x0F] }
        let digits = nibbles.prefix { $0 <= 9 }
        guard digits.count == bytes.count * 2 || [0x0D, 0x0F].contains(nibbles.dropFirst(digits.count).first) else { return false }
        return CardNumberMask.isNumber(Array(digits))
    }

    static func isKnown(_ tag: Tag) -> Bool { !TagDictionary.meanings(of: tag).isEmpty }

    /// Two or more tags that all mean something, each with a length.
    private static func isDataObjectList(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= 255, let list = try? DataObjectList(bytes), list.entries.count >= 2 else { return false }
        guard list.entries.allSatisfy({ isKnown($0.tag) }) else { return false }
        // Digits of a card number can look like tags and lengths.
        var mask = CardNumberMask(bytes)
        mask.hideNumbers(in: 0..<bytes.count)
        return !mask.hidesAny(of: 0..<bytes.count)
    }

    private func unexplained(_ bytes: [UInt8], _ name: String) -> DecodedNode {
        DecodedNode(name, bytes: CardNumberMask.hex(of: bytes))
    }
}

/// What a decoder keeps from one piece to the next.
struct DecoderMemory: Sendable {
    var scope: TagScope?
    var processingOptionsList: DataObjectList?
    var riskLists: [Tag: DataObjectList] = [:]
    var currency: UInt16?
    var applicationCurrency: UInt16?
    var lastCommand: CommandParts.Kind?
    var secrets = SecretCommands()
    var cryptogramCommands = 0
    /// Card numbers and names seen: hidden wherever they come again.
    private(set) var numbers = KnownSequences(least: 8)
    private(set) var names = KnownSequences(least: 3)
    private var counts = (numbers: 0, names: 0)

    /// A stream of pieces can't make it grow for ever.
    static let greatestCount = 64

    mutating func remember(number: [UInt8]) {
        guard counts.numbers < Self.greatestCount, !numbers.contains(number) else { return }
        counts.numbers += 1
        numbers.insert(number)
    }

    mutating func remember(name: [UInt8]) {
        guard counts.names < Self.greatestCount, !names.contains(name) else { return }
        counts.names += 1
        names.insert(name)
    }
}

extension DecodedNode {
    /// With every card number hidden that is written in its words.
    var masked: DecodedNode {
        DecodedNode(
            CardNumberMask.masked(name), label: label, bytes: bytes, value: value.map(CardNumberMask.masked),
            children: children.map(\.masked))
    }
}
