import Core
import Testing

@testable import Programmes

/// A shipped file with changes, each of which must change something.
func changed(_ id: String, _ changes: (String, String)...) throws -> Programme {
    let file = try #require(Programme.shippedFiles.first { $0.name == "\(id).toml" })
    var text = String(decoding: file.bytes, as: UTF8.self)
    for (from, to) in changes {
        try #require(text.contains(from))
        text = text.replacing(from, with: to)
    }
    return try Programme(toml: text, fileName: file.name)
}

/// A small programme for tags, with purses and tables of the test's own.
func programme(_ tables: String, root: String = "") throws -> Programme {
    try Programme(
        toml: """
            id = "test"
            name = "Test"
            currency = "EUR"
            time_zone = "Europe/Helsinki"
            \(root)
            [instrument]
            kinds = ["tag"]
            [[limits]]
            [[verification]]
            by = ["none", "device"]
            [offline]
            systematically_online = false
            allowance_required = false
            host_time_required = true
            maximum_amount = "10000.00"
            \(tables)
            """, fileName: "test.toml")
}

/// `[[purse]]` tables of money: an id each, with the categories that it pays for.
func moneyPurses(_ purses: (String, [String])...) -> String {
    purses.map { id, categories in
        let quoted = categories.map { "\"\($0)\"" }.joined(separator: ", ")
        return "[[purse]]\nid = \"\(id)\"\nkind = \"ownMoney\"\ncategories = [\(quoted)]\n"
    }.joined()
}
