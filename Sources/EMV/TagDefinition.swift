import SmartCard

/// Which cards and kernels an entry of the dictionary speaks of. Tags that a payment system assigns mean something else to
/// another.
public enum TagScope: String, Sendable, Hashable, CaseIterable {
    /// The same to all.
    case general
    /// Kernel 3.
    case visa
    /// Kernel 2.
    case mastercard
    /// Kernel 4.
    case americanExpress
    /// Kernel 5.
    case jcb
    /// Kernel 6.
    case discover
    /// Kernel 7.
    case unionPay
    /// Kernel 8.
    case common

    /// What a terminal calls it.
    public var title: String {
        switch self {
        case .general: "all kernels"
        case .visa: "Visa kernel"
        case .mastercard: "Mastercard kernel"
        case .americanExpress: "American Express kernel"
        case .jcb: "JCB kernel"
        case .discover: "Discover kernel"
        case .unionPay: "UnionPay kernel"
        case .common: "kernel 8"
        }
    }

    /// The scope of a kernel's own tags; nil for kernels the dictionary has none of.
    public init?(_ kernel: KernelIdentifier) {
        switch kernel {
        case .mastercard: self = .mastercard
        case .visa: self = .visa
        case .americanExpress: self = .americanExpress
        case .jcb: self = .jcb
        case .discover: self = .discover
        case .unionPay: self = .unionPay
        case KernelIdentifier(rawValue: 8): self = .common
        default: return nil
        }
    }
}

/// What a value holds, so far as it can be told in words.
public enum TagContent: Sendable, Hashable {
    case plain
    /// Bytes that look random: never searched for meaning.
    case opaque
    case template, format1, command, script
    case aid, text, digits, number, date, time
    case amount, binaryAmount, currency, currencies, country
    case dataObjectList, tagList, fileLocator, logEntry
    case verificationList, verificationResults, verificationDecision
    case issuerApplicationData, issuerAuthentication, responseCode, scriptResults
    case cardAuthentication, thirdParty, kernel
    case transactionType, terminalType, entryMode, accountType, serviceCode, codeTable, tries
    /// A table of ``BitFieldTable``.
    case bits(String)
    /// Digits of the card number, perhaps with more behind.
    case accountNumber
    case track1, track2
    case name
    /// Never shown.
    case secret

    /// Nothing of it, or only part of it, may be shown.
    public var isSensitive: Bool {
        switch self {
        case .accountNumber, .track1, .track2, .name, .secret: true
        default: false
        }
    }

    /// A value whose form is fixed and that holds no card number, whatever its digits.
    var isStructured: Bool {
        switch self {
        case .plain, .text, .opaque, .thirdParty, .issuerApplicationData, .issuerAuthentication: false
        default: true
        }
    }

    private static let named: [String: TagContent] = [
        "-": .plain, "opaque": .opaque, "template": .template, "format1": .format1, "command": .command, "script": .script,
        "aid": .aid, "text": .text, "digits": .digits, "number": .number, "date": .date, "time": .time, "amount": .amount,
        "amountb": .binaryAmount, "currency": .currency, "currencies": .currencies, "country": .country,
        "dol": .dataObjectList, "tags": .tagList, "afl": .fileLocator, "logentry": .logEntry, "cvmlist": .verificationList,
        "cvmresults": .verificationResults, "cvd": .verificationDecision, "iad": .issuerApplicationData,
        "issuerauth": .issuerAuthentication, "arc": .responseCode, "scriptresults": .scriptResults,
        "cardauth": .cardAuthentication, "thirdparty": .thirdParty, "kernel": .kernel, "transaction": .transactionType,
        "terminaltype": .terminalType, "entrymode": .entryMode, "account": .accountType, "servicecode": .serviceCode,
        "codetable": .codeTable, "tries": .tries, "pan": .accountNumber, "track1": .track1, "track2": .track2, "name": .name,
        "secret": .secret,
    ]

    init?(_ word: String) {
        if word.hasPrefix("bits ") {
            self = .bits(String(word.dropFirst(5)))
        } else if let content = Self.named[word] {
            self = content
        } else {
            return nil
        }
    }
}

/// One entry of the dictionary.
public struct TagDefinition: Sendable, Hashable {
    /// Who gives the value.
    public enum Source: String, Sendable, Hashable {
        case card, terminal, reader, kernel, issuer
    }

    /// The book's word for the coding (EMV Book 3 §4.3).
    public enum Format: String, Sendable, Hashable {
        case numeric = "n"
        case compressedNumeric = "cn"
        case alphabetic = "a"
        case alphanumeric = "an"
        case alphanumericSpecial = "ans"
        case binary = "b"
    }

    public let tag: Tag
    /// In English, as the books name it.
    public let name: String
    public let scope: TagScope
    public let source: Source
    public let format: Format
    /// Bytes; a length in none of these ranges is remarkable.
    public let lengths: [ClosedRange<Int>]
    public let content: TagContent
    /// Another public implementation names it alike; else it is from memory and may be wrong.
    public let isConfirmed: Bool

    public var isSensitive: Bool { content.isSensitive }
    /// The value is a list of objects (bit 6 of the tag).
    public var isTemplate: Bool { tag.isConstructed }

    public func allows(length: Int) -> Bool { lengths.contains { $0.contains(length) } }

    /// A row of the tables: tag | name | source | format | lengths | content | `+` confirmed or `?`. Nil when a column says
    /// nothing known.
    init?(row: Substring, scope: TagScope) {
        let columns = row.split(separator: "|").map { $0.trimmed }
        guard columns.count == 7, let number = UInt32(columns[0], radix: 16), let source = Source(rawValue: columns[2]),
            let format = Format(rawValue: columns[3]), let content = TagContent(columns[5]),
            columns[6] == "+" || columns[6] == "?"
        else { return nil }
        var lengths: [ClosedRange<Int>] = []
        for part in columns[4].split(separator: ",") {
            let bounds = part.split(separator: "-").compactMap { Int($0) }
            guard let low = bounds.first, let high = bounds.last, low <= high, bounds.count <= 2 else { return nil }
            lengths.append(low...high)
        }
        guard !lengths.isEmpty else { return nil }
        (tag, name, self.scope) = (Tag(rawValue: number), columns[1], scope)
        (self.source, self.format, self.lengths, self.content) = (source, format, lengths, content)
        isConfirmed = columns[6] == "+"
    }
}

extension Substring {
    /// Without spaces at the ends.
    var trimmed: String {
        var rest = self
        while rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }
}
