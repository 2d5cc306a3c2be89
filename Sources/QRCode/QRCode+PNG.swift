import CQREncode

extension QRCode {
    /// A PNG (ISO/IEC 15948) of one bit a pixel, quiet zone included.
    /// - Parameter scale: pixels on each side of a module, 1…32.
    public func png(scale: Int = 4) -> [UInt8] {
        let scale = min(max(1, scale), 32)
        let side = (width + 2 * Self.quietZone) * scale
        let rowBytes = (side + 7) / 8
        var picture: [UInt8] = []
        picture.reserveCapacity(side * (rowBytes + 1))
        for row in 0..<width + 2 * Self.quietZone {
            // Light is 1; each row begins with its filter, none.
            var line = [UInt8](repeating: 0xFF, count: rowBytes)
            for column in 0..<width where isDark(row: row - Self.quietZone, column: column) {
                for pixel in (column + Self.quietZone) * scale..<(column + Self.quietZone + 1) * scale {
                    line[pixel / 8] &= ~(0x80 >> UInt8(pixel % 8))
                }
            }
            for _ in 0..<scale { picture += [0] + line }
        }
        // One bit deep, greyscale, deflate, the five filters, not interlaced.
        let header = Self.number(side) + Self.number(side) + [1, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Self.chunk("IHDR", header) + Self.chunk("IDAT", Self.compressed(picture))
            + Self.chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return number(data.count) + body + number(Int(body.withUnsafeBufferPointer { kassa_crc32($0.baseAddress, $0.count) }))
    }

    private static func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        // zlib's own bound on what does not compress.
        var out = [UInt8](repeating: 0, count: bytes.count + bytes.count / 1000 + 64)
        let written = bytes.withUnsafeBufferPointer { bytes in
            out.withUnsafeMutableBufferPointer { kassa_compress(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) }
        }
        return Array(out.prefix(written))
    }
}
