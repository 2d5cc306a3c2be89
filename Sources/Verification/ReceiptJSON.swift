/// JSON (RFC 8259) of a receipt, read strictly and within bounds: no name twice (RFC 7515 §4), no number but an integer, nothing but
/// what a receipt is made of. Foundation's reader keeps one of two equal names and says nothing.
enum ReceiptJSON: Sendable, Equatable {
    case text(String)
    case number(Int64)
    case list([ReceiptJSON])
    case object([Member])

    struct Member: Sendable, Equatable {
        var name: String
        var value: ReceiptJSON
    }

    enum Fault: Error, Equatable {
        /// No JSON, JSON with something behind it, or a value that no receipt holds: a fraction, true, false, null.
        case malformed
        case duplicateName
        /// Deeper, longer or wider than any receipt.
        case tooLarge
    }

    static let mostDepth = 4
    static let mostMembers = 32
    static let mostTextBytes = 512

    /// One object and nothing else.
    static func object(_ bytes: [UInt8]) throws(Fault) -> [Member] {
        var reader = ReceiptJSONReader(bytes)
        guard case .object(let members) = try reader.document() else { throw .malformed }
        return members
    }
}

/// The reader's place in the bytes.
private struct ReceiptJSONReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(ReceiptJSON.Fault) -> ReceiptJSON {
        let value = try value(depth: 1)
        skipSpace()
        guard place == bytes.count else { throw .malformed }
        return value
    }

    private mutating func value(depth: Int) throws(ReceiptJSON.Fault) -> ReceiptJSON {
        guard depth <= ReceiptJSON.mostDepth else { throw .tooLarge }
        skipSpace()
        guard let next = peek else { throw .malformed }
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth))
        case UInt8(ascii: "["): return .list(try elements(depth))
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw .malformed
        }
    }

    private mutating func members(_ depth: Int) throws(ReceiptJSON.Fault) -> [ReceiptJSON.Member] {
        place += 1
        var members: [ReceiptJSON.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return members }
        while true {
            guard members.count < ReceiptJSON.mostMembers else { throw .tooLarge }
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw .malformed }
            let name = try text()
            guard !members.contains(where: { $0.name == name }) else { throw .duplicateName }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw .malformed }
            members.append(ReceiptJSON.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw .malformed }
        }
    }

    private mutating func elements(_ depth: Int) throws(ReceiptJSON.Fault) -> [ReceiptJSON] {
        place += 1
        var elements: [ReceiptJSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            guard elements.count < ReceiptJSON.mostMembers else { throw .tooLarge }
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw .malformed }
        }
    }

    /// An integer of 64 bits without leading zeros; not minus zero, which equals zero and is written otherwise.
    private mutating func number() throws(ReceiptJSON.Fault) -> Int64 {
        let isNegative = take(UInt8(ascii: "-"))
        let start = place
        var number: Int64 = 0
        while let digit = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let value = Int64(digit - UInt8(ascii: "0"))
            let (sum, carry) = isNegative ? tens.subtractingReportingOverflow(value) : tens.addingReportingOverflow(value)
            guard !overflow, !carry else { throw .malformed }
            number = sum
            place += 1
        }
        guard place > start, place == start + 1 || bytes[start] != UInt8(ascii: "0"), !isNegative || number != 0 else { throw .malformed }
        switch peek {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): throw .malformed
        default: return number
        }
    }

    private mutating func text() throws(ReceiptJSON.Fault) -> String {
        place += 1
        let start = place
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw .malformed }
            guard byte != UInt8(ascii: "\\") else { return try escapedText(Array(bytes[start..<place])) }
            place += 1
        }
        return try end(bytes[start..<min(place, bytes.count)])
    }

    /// The rest of a text from its first escape on.
    private mutating func escapedText(_ before: [UInt8]) throws(ReceiptJSON.Fault) -> String {
        var text = before
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw .malformed }
            guard text.count <= ReceiptJSON.mostTextBytes else { throw .tooLarge }
            place += 1
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard let escape = peek else { throw .malformed }
            place += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"): text += String(try escapedScalar()).utf8
            default: throw .malformed
            }
        }
        return try end(text[...])
    }

    /// After `\u`; a pair of surrogates is one character, half a pair none.
    private mutating func escapedScalar() throws(ReceiptJSON.Fault) -> Character {
        let first = try hexadecimal()
        var value = UInt32(first)
        if (0xD800..<0xDC00).contains(first) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw .malformed }
            let second = try hexadecimal()
            guard (0xDC00..<0xE000).contains(second) else { throw .malformed }
            value = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw .malformed }
        return Character(scalar)
    }

    private mutating func hexadecimal() throws(ReceiptJSON.Fault) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else { throw .malformed }
            value = value << 4 | UInt16(digit)
            place += 1
        }
        return value
    }

    private mutating func end(_ text: ArraySlice<UInt8>) throws(ReceiptJSON.Fault) -> String {
        guard take(UInt8(ascii: "\"")) else { throw .malformed }
        guard text.count <= ReceiptJSON.mostTextBytes else { throw .tooLarge }
        guard let string = String(validating: text, as: UTF8.self) else { throw .malformed }
        return string
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        place += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }
}

/// Writes JSON with the names in the order given.
struct ReceiptJSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: ReceiptJSON) {
        switch value {
        case .number(let number): bytes += String(number).utf8
        case .text(let text): write(text)
        case .list(let elements): write(elements, "[", "]") { $0.write($1) }
        case .object(let members):
            write(members, "{", "}") {
                $0.write($1.name)
                $0.bytes.append(UInt8(ascii: ":"))
                $0.write($1.value)
            }
        }
    }

    private mutating func write<Part>(
        _ parts: [Part], _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ one: (inout ReceiptJSONWriter, Part) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        for (place, part) in parts.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            one(&self, part)
        }
        bytes.append(UInt8(ascii: close))
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            guard byte >= 0x20 else {
                let digits = Array("0123456789abcdef".utf8)
                bytes += "\\u00".utf8
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
                continue
            }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
