import Foundation

/// Writes one flat JSON object with its keys in the order given: what ``WireJSON`` writes for the same value, at a tenth of
/// the cost. For bytes that are made while a payer waits; everything is read by ``WireJSON``.
struct CanonicalJSON {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func add(_ key: String, _ text: String?) {
        guard let text else { return }
        name(key)
        string(text)
    }

    mutating func add(_ key: String, _ number: Int64?) {
        guard let number else { return }
        name(key)
        bytes += String(number).utf8
    }

    /// An object that is written already.
    mutating func add(_ key: String, object: [UInt8]) {
        name(key)
        bytes += object
    }

    /// An array of objects that are written already.
    mutating func add(_ key: String, array: [[UInt8]]) {
        name(key)
        bytes.append(UInt8(ascii: "["))
        for (index, object) in array.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += object
        }
        bytes.append(UInt8(ascii: "]"))
    }

    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func name(_ key: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        string(key)
        bytes.append(UInt8(ascii: ":"))
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and control characters are escaped.
    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += "\\u00".utf8
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 0x0F)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
