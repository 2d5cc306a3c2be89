extension Programme.GoodsRules {
    static let any = Programme.GoodsRules(merchantCategories: [], allowed: nil, excluded: [])

    init(_ table: TOMLFileTable) throws(TOMLFileError) {
        var ranges: [ClosedRange<Int>] = []
        if table.has("merchant_categories") {
            for text in try table.strings("merchant_categories") {
                let ends = text.split(separator: "-", omittingEmptySubsequences: false)
                let codes = ends.compactMap { Programme.merchantCategory(String($0)) }
                guard (1...2).contains(ends.count), codes.count == ends.count, let first = codes.first, let last = codes.last,
                    first <= last
                else { throw table.wrong("merchant_categories", "must hold codes of four digits, or ranges such as \"5811-5814\"") }
                ranges.append(first...last)
            }
        }
        let allowed = table.has("allowed") ? Set(try table.words("allowed")) : nil
        let excluded = Set(try table.words("excluded"))
        if let both = allowed?.intersection(excluded).sorted().first {
            throw table.wrong("excluded", "names \(both), which is allowed too")
        }
        self.init(merchantCategories: ranges, allowed: allowed, excluded: excluded)
        try table.allKnown()
    }
}

extension Programme {
    /// Four digits, nothing else.
    static func merchantCategory(_ text: String) -> Int? {
        guard text.utf8.count == 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
