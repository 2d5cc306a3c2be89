/// Base45 (RFC 9285): two bytes in three characters of a QR code's alphanumeric mode, 16.5 bits of it for 16.
enum PresentationBase45 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, symbol) in alphabet.enumerated() { values[Int(symbol)] = UInt8(value) }
        return values
    }()

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 2 * 3 + 2)
        for start in stride(from: 0, to: bytes.count, by: 2) {
            let isPair = start + 1 < bytes.count
            var number = isPair ? Int(bytes[start]) << 8 | Int(bytes[start + 1]) : Int(bytes[start])
            for _ in 0..<(isPair ? 3 : 2) {
                text.append(alphabet[number % 45])
                number /= 45
            }
        }
        return text
    }

    /// Nil for another character, a length that no bytes have, or a group above what its bytes can hold (RFC 9285 §4.2, §6).
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 3 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 3 * 2 + 1)
        let values = values
        var start = text.startIndex
        while start < text.endIndex {
            let end = min(start + 3, text.endIndex)
            var number = 0
            var weight = 1
            for symbol in text[start..<end] {
                let value = values[Int(symbol)]
                guard value != 0xFF else { return nil }
                number += Int(value) * weight
                weight *= 45
            }
            if end - start == 3 {
                guard number <= 0xFFFF else { return nil }
                bytes.append(UInt8(number >> 8))
            } else {
                guard number <= 0xFF else { return nil }
            }
            bytes.append(UInt8(number & 0xFF))
            start = end
        }
        return bytes
    }
}
