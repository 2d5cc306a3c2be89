import Core
import HostProtocol

/// Lists inside one column: a line an entry, tabs between its fields, `-` for none. Read on every look-up, so by hand.
/// What was not written here is ``StoreError/damaged``.
enum StoredText {
    // MARK: Purses: `purse denomination balance valid-through`

    static func purses(_ purses: [PurseBalance]) -> String {
        purses.map { purse in
            "\(id(purse.purse))\t\(field(purse.denomination))\t\(purse.balance)\t\(purse.validThrough?.description ?? "-")"
        }.joined(separator: "\n")
    }

    static func purses(from text: String) throws(StoreError) -> [PurseBalance] {
        var purses: [PurseBalance] = []
        for line in lines(text) {
            var fields = Fields(line)
            let purse = try fields.text()
            let denomination = try fields.optionalNumber()
            let balance = try fields.number()
            let day = try fields.optionalText()
            try fields.end()
            let validThrough = day.flatMap { CivilDate($0) }
            guard (day == nil) == (validThrough == nil) else { throw .damaged }
            purses.append(
                PurseBalance(purse: purse, denomination: denomination, balance: balance, validThrough: validThrough))
        }
        return purses
    }

    // MARK: Split: `purse denomination units money`

    static func split(_ split: [PurseShare]) -> String {
        split.map { "\(id($0.purse))\t\(field($0.denomination))\t\($0.units)\t\($0.money)" }.joined(separator: "\n")
    }

    static func split(from text: String) throws(StoreError) -> [PurseShare] {
        var split: [PurseShare] = []
        for line in lines(text) {
            var fields = Fields(line)
            split.append(try fields.share())
            try fields.end()
        }
        return split
    }

    // MARK: Spend lines: `purse denomination units money full-units full-money`

    static func spendLines(_ lines: [SpendLine]) -> String {
        lines.map { line in
            "\(id(line.net.purse))\t\(field(line.net.denomination))\t\(line.net.units)\t\(line.net.money)"
                + "\t\(line.fullUnits)\t\(line.fullMoney)"
        }.joined(separator: "\n")
    }

    static func spendLines(from text: String) throws(StoreError) -> [SpendLine] {
        var found: [SpendLine] = []
        for line in lines(text) {
            var fields = Fields(line)
            let net = try fields.share()
            found.append(SpendLine(net: net, fullUnits: try fields.number(), fullMoney: try fields.number()))
            try fields.end()
        }
        return found
    }

    // MARK: Holds: ids in hexadecimal, one a line

    /// Nil for none.
    static func holds(_ holds: [UUIDv7]) -> String? {
        holds.isEmpty ? nil : holds.map { Hex.encode($0.bytes) }.joined(separator: "\n")
    }

    static func holds(from text: String?) throws(StoreError) -> [UUIDv7] {
        var holds: [UUIDv7] = []
        for line in lines(text ?? "") {
            guard let hold = Hex.decode(Substring(line)).flatMap({ UUIDv7(bytes: $0) }) else { throw .damaged }
            holds.append(hold)
        }
        return holds
    }

    // MARK: PIN: `disabled enabled-from verifier`

    static func pin(_ pin: PINState) -> String {
        "\(pin.disabled ? 1 : 0)\t\(field(pin.enabledFrom?.milliseconds))\t\(pin.verifier.map(id) ?? "-")"
    }

    static func pin(from text: String) throws(StoreError) -> PINState {
        var fields = Fields(text.utf8[...])
        let disabled = try fields.number()
        let from = try fields.optionalNumber()
        let verifier = try fields.optionalText()
        try fields.end()
        guard disabled == 0 || disabled == 1 else { throw .damaged }
        return PINState(
            disabled: disabled == 1, enabledFrom: from.map { UTCInstant(milliseconds: $0) }, verifier: verifier)
    }

    // MARK: Parts

    private static func field(_ number: Int64?) -> String { number.map { String($0) } ?? "-" }

    /// Control characters would break the lines; pages with them are refused, online answers are not.
    private static func id(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
        return String(decoding: text.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    private static func lines(_ text: String) -> [Substring.UTF8View] {
        text.isEmpty ? [] : text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }
}

/// The fields of one line, left to right.
private struct Fields {
    private var rest: Substring.UTF8View?

    init(_ line: Substring.UTF8View) { rest = line }

    mutating func raw() throws(StoreError) -> Substring {
        guard let line = rest else { throw .damaged }
        guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else {
            rest = nil
            return Substring(line)
        }
        rest = line[line.index(after: tab)...]
        return Substring(line[..<tab])
    }

    mutating func text() throws(StoreError) -> String { String(try raw()) }

    mutating func optionalText() throws(StoreError) -> String? {
        let field = try raw()
        return field == "-" ? nil : String(field)
    }

    mutating func number() throws(StoreError) -> Int64 {
        guard let number = Int64(try raw()) else { throw .damaged }
        return number
    }

    mutating func optionalNumber() throws(StoreError) -> Int64? {
        let field = try raw()
        if field == "-" { return nil }
        guard let number = Int64(field) else { throw .damaged }
        return number
    }

    mutating func share() throws(StoreError) -> PurseShare {
        PurseShare(
            purse: try text(), denomination: try optionalNumber(), units: try number(), money: try number())
    }

    mutating func end() throws(StoreError) {
        guard rest == nil else { throw .damaged }
    }
}
