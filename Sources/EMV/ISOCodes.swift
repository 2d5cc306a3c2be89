import SmartCard

/// Codes of countries, currencies and applications, in words for people. ``Core`` knows the currencies the terminal takes; this
/// knows those a card may name.
public enum ISOCodes {
    /// `Sweden (SE)` for 752; nil for a code that is not given out.
    public static func country(_ numeric: Int) -> String? { countryIndex[numeric] }

    /// Letters, name and decimal places of an ISO 4217 numeric code.
    public static func currency(_ numeric: Int) -> (code: String, name: String, exponent: Int)? { currencyIndex[numeric] }

    private static let countryIndex: [Int: String] = countries.split(separator: "\n").reduce(into: [:]) { index, row in
        let parts = row.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, let numeric = Int(parts[0]) else { return }
        index[numeric] = "\(parts[2]) (\(parts[1]))"
    }

    private static let currencyIndex: [Int: (String, String, Int)] = currencies.split(separator: "\n").reduce(into: [:]) { index, row in
        let parts = row.split(separator: " ", maxSplits: 3)
        guard parts.count == 4, let numeric = Int(parts[0]), let exponent = Int(parts[2]) else { return }
        index[numeric] = (String(parts[1]), String(parts[3]), exponent)
    }

    /// What an application identifier stands for; the longest known beginning counts.
    static func applicationName(_ name: [UInt8]) -> String? {
        if name.count >= 5, name.allSatisfy({ (0x20...0x7E).contains($0) }) {
            let text = String(decoding: name, as: UTF8.self)
            switch text {
            case "2PAY.SYS.DDF01": return "\(text), proximity payment system environment (PPSE)"
            case "1PAY.SYS.DDF01": return "\(text), payment system environment (PSE)"
            case "OSE.VAS.01": return "\(text), wallet passes"
            // A name of the card's own choice: it is shown as text only by whoever hides what it may hold.
            default: return "a name in text"
            }
        }
        let hex = name.map { Tag(rawValue: UInt32($0)).description }.joined()
        return applications.filter { hex.hasPrefix($0.prefix) }.max { $0.prefix.utf8.count < $1.prefix.utf8.count }?.name
    }

    private static let applications: [(prefix: String, name: String)] = [
        ("A000000003", "Visa"), ("A0000000031010", "Visa credit or debit"), ("A0000000032010", "Visa Electron"),
        ("A0000000032020", "V PAY"), ("A0000000038010", "Visa Plus"), ("A0000000980840", "Visa, US common debit"),
        ("A000000004", "Mastercard"), ("A0000000041010", "Mastercard credit or debit"), ("A0000000043060", "Maestro"),
        ("A0000000046000", "Cirrus"), ("A0000000042203", "Mastercard, US maestro"), ("A000000025", "American Express"),
        ("A000000065", "JCB"), ("A0000000651010", "JCB"), ("A000000152", "Discover"), ("A0000001523010", "Discover or Diners"),
        ("A000000333", "UnionPay"), ("A000000333010101", "UnionPay debit"), ("A000000333010102", "UnionPay credit"),
        ("A000000333010103", "UnionPay quasi-credit"), ("A0000001211010", "Dankort"), ("A0000002771010", "Interac"),
        ("A0000000421010", "CB"), ("A0000003591010028001", "girocard"), ("A0000005241010", "RuPay"), ("A0000006581010", "Mir"),
        ("A0000006723010", "Troy"), ("A000000384", "eftpos"), ("A0000001410001", "PagoBancomat"), ("D5780000021010", "BankAxept"),
        ("D2760000850101", "NFC Forum Type 4 tag"), ("D2760000850100", "NFC Forum Type 4 tag, version 1"),
        ("A0000006472F0001", "FIDO"), ("A000000476416E64726F6964484345", "Android host card emulation"),
        ("A000000476D0000111", "Google Smart Tap"), ("A000000396", "NXP"), ("D276000085", "NXP"),
    ]
}
