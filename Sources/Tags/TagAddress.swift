/// What may be shown of an address that a chip fills in (NTAG 424 DNA's SUN, the mirrors of NTAG 21x). Such an address, as long as nobody
/// has counted it, is worth a tap: whoever sees it whole can present it.
public enum TagAddress {
    /// The place and the names of its parameters; signs of `mask` for values, fragments, what stands before @, and six and more
    /// hexadecimal digits anywhere, which may be a mirror (letters alone are a word).
    public static func masked(_ address: some Collection<UInt8>, by mask: UInt8) -> [UInt8] {
        var masked = Array(address)
        let whole = masked
        var isValue = false
        for (index, byte) in whole.enumerated() {
            let isMark = byte == UInt8(ascii: "?") || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "#")
            masked[index] = isValue && !isMark ? mask : byte
            if isMark { isValue = byte == UInt8(ascii: "#") } else if byte == UInt8(ascii: "=") { isValue = true }
        }
        // A name and a password may stand before @.
        if let sign = whole.lastIndex(of: UInt8(ascii: "@")) {
            let place = scheme(whole)
            for index in min(place, sign)..<sign { masked[index] = mask }
        }
        hideHexadecimal(&masked, from: 6, by: mask)
        return masked
    }

    /// An address as a technician sees it, `*` for what is hidden. A telephone number or an e-mail address is no web page that a chip
    /// fills in: of any other scheme only what is as long as a mirrored UID goes.
    public static func shown(_ address: String) -> String {
        let bytes = Array(address.utf8)
        let isWeb = address.lowercased().hasPrefix("http") || address.contains("://")
        return isWeb ? String(decoding: masked(bytes, by: UInt8(ascii: "*")), as: UTF8.self) : shown(text: address)
    }

    /// A text of a tag, which a chip may have filled in as well: addresses in it, and 14 and more hexadecimal digits (a UID, encrypted
    /// data, a MAC), are hidden. What may be a card number is left to `CardNumberMask`.
    public static func shown(text: String) -> String {
        var bytes: [UInt8] = []
        for (index, word) in text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: " ")) }
            let word = Array(word)
            bytes += word.firstRange(of: Array("://".utf8)) == nil ? word : masked(word, by: UInt8(ascii: "*"))
        }
        hideHexadecimal(&bytes, from: 14, sparesNumbers: true, by: UInt8(ascii: "*"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where the place begins, behind `https://`.
    private static func scheme(_ address: [UInt8]) -> Int {
        let name = address.prefix { (0x61...0x7A).contains($0 | 0x20) }.count
        return address.dropFirst(name).starts(with: Array("://".utf8)) ? name + 3 : 0
    }

    /// - Parameter sparesNumbers: what is no longer than a card number and all digits stays.
    private static func hideHexadecimal(_ bytes: inout [UInt8], from least: Int, sparesNumbers: Bool = false, by mask: UInt8) {
        var start = 0
        for end in 0...bytes.count where end == bytes.count || !isHexadecimal(bytes[end]) {
            let digits = bytes[start..<end].count { (0x30...0x39).contains($0) }
            let isNumber = sparesNumbers && end - start <= 19 && digits == end - start
            if end - start >= least, digits > 0, !isNumber { for index in start..<end { bytes[index] = mask } }
            start = end + 1
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
