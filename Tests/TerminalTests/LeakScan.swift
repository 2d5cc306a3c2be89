import Core
import Foundation

/// Looks for a secret of digits or letters in bytes, in every form in which software writes such things.
struct LeakScan {
    /// What a form is called, and its bytes.
    let forms: [(name: String, bytes: [UInt8])]

    init(_ secret: String) {
        let text = Array(secret.utf8)
        var forms: [(String, [UInt8])] = [("ASCII", text)]
        forms.append(("UTF-16LE", secret.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }))
        forms.append(("UTF-16BE", secret.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }))
        let hex = Hex.encode(text)
        forms += [("hex", Array(hex.utf8)), ("hex, lower case", Array(hex.lowercased().utf8))]
        forms += Self.base64(text).map { ("base64", $0) }
        if secret.allSatisfy(\.isNumber) {
            // Packed digits, on the byte and half a byte beside it; a whole number of bytes of each.
            for (name, digits) in [("BCD", secret[...]), ("BCD, shifted", secret.dropFirst())] {
                let packed = Hex.decode(String(digits.prefix(digits.count / 2 * 2))) ?? []
                forms.append((name, packed))
                forms += Self.base64(packed).map { ("\(name) in base64", $0) }
            }
        }
        self.forms = forms
    }

    /// The forms that are in these bytes.
    func found(in data: Data) -> [String] { forms.filter { data.range(of: Data($0.bytes)) != nil }.map(\.name) }

    /// The characters that depend on these bytes alone, wherever in the encoded text they begin.
    private static func base64(_ bytes: [UInt8]) -> [[UInt8]] {
        (0..<3).map { shift in
            let whole = (shift + bytes.count) / 3 * 3 - shift
            let text = Array(Data([UInt8](repeating: 0, count: shift) + bytes.prefix(whole)).base64EncodedString().utf8)
            return Array(text.dropFirst(shift == 0 ? 0 : shift + 1))
        }
    }
}
