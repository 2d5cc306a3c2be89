/// A token without its base64url, a quarter shorter: one byte with the length of the header, two with that of the payload, both, and
/// 64 bytes of signature. Base64url of one spelling makes the same token of it again.
enum PresentationPacking {
    private static let lengthBytes = 3

    static func pack(_ token: ReceiptToken) -> [UInt8] {
        let parts = token.text.split(separator: UInt8(ascii: ".")).map { ReceiptBase64URL.decode($0) ?? [] }
        guard parts.count == 3 else { return [] }
        let length = parts[1].count
        return [UInt8(truncatingIfNeeded: parts[0].count), UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
            + parts.joined()
    }

    /// The token's text and what follows it; nil when it ends before.
    static func unpack(_ bytes: [UInt8]) -> (text: [UInt8], rest: ArraySlice<UInt8>)? {
        guard bytes.count >= lengthBytes else { return nil }
        let header = lengthBytes + Int(bytes[0])
        let payload = header + Int(bytes[1]) << 8 + Int(bytes[2])
        let end = payload + ReceiptPublicKey.signatureBytes
        guard end <= bytes.count else { return nil }
        let dot = [UInt8(ascii: ".")]
        let text = ReceiptBase64URL.encode(bytes[lengthBytes..<header]) + dot + ReceiptBase64URL.encode(bytes[header..<payload]) + dot
            + ReceiptBase64URL.encode(bytes[payload..<end])
        return (text, bytes[end...])
    }
}
