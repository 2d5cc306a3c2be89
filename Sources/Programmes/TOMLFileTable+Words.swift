import Core

extension TOMLFileTable {
    /// A word of an enumeration.
    func word<Word: RawRepresentable & CaseIterable>(_ key: String) throws(TOMLFileError) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try string(key)) else { throw wrong(key, TOMLFileTable.oneOf(Word.self)) }
        return word
    }

    func wordsOf<Word: RawRepresentable & CaseIterable>(
        _ key: String
    ) throws(TOMLFileError) -> [Word] where Word.RawValue == String {
        var words: [Word] = []
        for text in try strings(key) {
            guard let word = Word(rawValue: text) else { throw wrong(key, TOMLFileTable.oneOf(Word.self)) }
            words.append(word)
        }
        return words
    }

    private static func oneOf<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> String
    where Word.RawValue == String {
        let all = Word.allCases.map(\.rawValue)
        return all.count <= 12 ? "must be one of " + all.joined(separator: ", ") : "is no known word"
    }

    /// Categories of goods; an absent key is none.
    func words(_ key: String) throws(TOMLFileError) -> [String] {
        guard has(key) else { return [] }
        let words = try strings(key)
        guard words.allSatisfy({ (1...32).contains($0.utf8.count) && $0.utf8.allSatisfy(TOMLFileTable.idCharacters.contains) })
        else { throw wrong(key, "must hold words of lower-case letters, digits and hyphens") }
        return words
    }

    /// 0 to 100.
    func percent(_ key: String) throws(TOMLFileError) -> DecimalNumber {
        let number = try decimal(key)
        var whole = number.mantissa
        for _ in 0..<number.scale { whole /= 10 }
        guard whole < 100 else { throw wrong(key, "must be below 100") }
        return number
    }
}
