/// base64url without padding (RFC 4648 §5, RFC 7515 §2), read strictly: one text for one string of bytes. Foundation's reader takes
/// spellings that differ in bits nobody signs.
enum ReceiptBase64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, symbol) in alphabet.enumerated() { values[Int(symbol)] = UInt8(value) }
        return values
    }()

    static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            buffer = buffer << 8 & 0xFFFF | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 0x3F)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 0x3F)]) }
        return text
    }

    /// Nil for another character, padding, a length that no bytes have, or bits left over that are not zero.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var isSound = true
        let bytes = values.withUnsafeBufferPointer { values in
            [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4) { bytes, count in
                var (buffer, bits): (UInt32, UInt32) = (0, 0)
                for symbol in text {
                    let value = values[Int(symbol)]
                    guard value != 0xFF else {
                        isSound = false
                        break
                    }
                    buffer = buffer << 6 & 0xFFFF | UInt32(value)
                    bits += 6
                    guard bits >= 8 else { continue }
                    bits -= 8
                    bytes[count] = UInt8(truncatingIfNeeded: buffer >> bits)
                    count += 1
                }
                isSound = isSound && buffer & (1 << bits - 1) == 0
            }
        }
        return isSound ? bytes : nil
    }
}
