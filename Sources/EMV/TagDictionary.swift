import SmartCard

/// What a tag means to which kernel: one table for the decoder, the kernels' documentation and the masking. Names are facts
/// of the public books in our own words; a row marked `?` is from memory.
public enum TagDictionary {
    /// Every entry, by tag and then in the order of the scopes.
    public static let all: [TagDefinition] = index.values.flatMap { $0 }.sorted {
        ($0.tag, position($0.scope)) < ($1.tag, position($1.scope))
    }

    static let tables: [(scope: TagScope, text: String)] = [
        (.general, general), (.visa, visa), (.mastercard, mastercard), (.americanExpress, americanExpress), (.jcb, jcb),
        (.discover, discover), (.unionPay, unionPay), (.common, common),
    ]

    /// Rows of the tables that say nothing; a test looks that there are none.
    public static var unreadableRows: [String] {
        tables.flatMap { scope, text in
            text.split(separator: "\n").filter { TagDefinition(row: $0, scope: scope) == nil }.map { String($0) }
        }
    }

    private static let index: [Tag: [TagDefinition]] = {
        var index: [Tag: [TagDefinition]] = [:]
        for (scope, text) in tables {
            for row in text.split(separator: "\n") {
                guard let definition = TagDefinition(row: row, scope: scope) else { continue }
                index[definition.tag, default: []].append(definition)
            }
        }
        return index
    }()

    /// What the tag means to anyone, in the order of the scopes.
    public static func meanings(of tag: Tag) -> [TagDefinition] { index[tag] ?? [] }

    /// What the tag means to a kernel: its own meaning, else the general one.
    public static func definition(of tag: Tag, in scope: TagScope) -> TagDefinition? {
        let meanings = meanings(of: tag)
        return meanings.first { $0.scope == scope } ?? meanings.first { $0.scope == .general }
    }

    /// The best guess where the kernel is not known: the general meaning, else the first scope whose length fits.
    public static func definition(of tag: Tag, length: Int) -> TagDefinition? {
        let meanings = meanings(of: tag)
        return meanings.first { $0.scope == .general } ?? meanings.first { $0.allows(length: length) } ?? meanings.first
    }

    private static func position(_ scope: TagScope) -> Int { TagScope.allCases.firstIndex(of: scope) ?? 0 }
}
