/// Which of the names that pcscd lists take a payer's card.
public enum SlotNames {
    /// At most this many are watched: `SCardGetStatusChange` of pcsc-lite before 2.5.0 refuses more than 16 states.
    public static let most = 16

    /// False for the SAM and contact slots that composite readers (ACR1252, ACR1281, OMNIKEY 5422, R502) list beside
    /// the contactless one. A word of its own counts, so that a name such as `SAMSON PICC` stays.
    public static func takesPayerCard(_ name: String) -> Bool {
        let words = name.uppercased().split { !$0.isLetter && !$0.isNumber }
        return words.contains("PICC") || (!words.contains("SAM") && !words.contains("ICC"))
    }

    /// The readers of a multi-string: names ended by NUL, the list by an empty one. Bounded by the buffer.
    static func split(_ multiString: some Sequence<UInt8>) -> [String] {
        var names: [String] = []
        var name: [UInt8] = []
        for byte in multiString {
            guard byte == 0 else {
                name.append(byte)
                continue
            }
            if name.isEmpty { break }
            names.append(String(decoding: name, as: UTF8.self))
            name = []
        }
        return names
    }
}
