import Core
import Testing

@testable import Programmes

@Suite("The line of a key in TOML text")
struct TOMLLinesTests {
    private static let text = #"""
        # purchase.maximum = "comment"
        id = "x"
        purse.note = "dotted at the root"

        [ purchase ] # [purchase.inside]
        minimum = "1.00"
        maximum="5.00"
        text = """
        maximum = "in a string"
        [purse]
        """
        list = [ # comment ]
          "a]", 'b"',
          { kind = "in an array", deep = { er = 1 } },
        ]
        inline = { one = 1, "two words" = { three = [1, 2, { four = 4 }] } }
        last.of.all = true

        [[purses]]
        kind = "benefit"
        [[purses.partner]]
        name = "a"
        [[purses.partner]]
        name = "b"
        [purses.limits]
        day = 1

        [[ "purses" ]]
        'kind' = 2
        [[purses.partner]]
        name = "c"
        [purses.limits]
        year = 1

        ["a.b".'c"d']
        "e\"\u00e4" = '''
        x = 1
        '''''
        y = """\""" x = 1 \\"""
        x = 2
        [deep.inside]
        x = 1
        [deep]
        y = 1
        """#

    @Test("Each kind of key, and the table's header for a missing one", arguments: [
        ("id", 2), ("purse", 3), ("purse.note", 3), ("purchase", 5), ("purchase.minimum", 6), ("purchase.maximum", 7),
        ("purchase.text", 8), ("purchase.list", 12), ("purchase.list[0]", 13), ("purchase.list[1]", 13), ("purchase.list[2]", 14),
        ("purchase.list[2].kind", 14), ("purchase.list[2].deep.er", 14), ("purchase.list[3]", 12), ("purchase.inline", 16),
        ("purchase.inline.one", 16), ("purchase.inline.two words.three[2].four", 16), ("purchase.last.of.all", 17),
        ("purses", 19), ("purses[0]", 19), ("purses[0].kind", 20), ("purses[0].partner[0].name", 22), ("purses[0].partner[1].name", 24),
        ("purses[0].partner[2]", 21), ("purses[0].limits", 25), ("purses[0].limits.day", 26), ("purses[1]", 28), ("purses[1].kind", 29),
        ("purses[1].partner[0]", 30), ("purses[1].partner[0].name", 31), ("purses[1].limits.year", 33), ("purses[2].kind", 19),
        ("purses[1].missing", 28), ("purses[1].limits.day", 32), ("a.b.c\"d", 35), ("a.b.c\"d.e\"ä", 36), ("a.b.c\"d.y", 39),
        ("a.b.c\"d.x", 40), ("deep", 43), ("deep.missing", 43), ("deep.inside.x", 42), ("deep.y", 44),
        ("missing", 1), ("", 1), ("purchase.max", 5), ("purchase.maximum.more", 7), ("i", 1), ("purses[x]", 19), ("[", 1), (".", 1),
    ])
    func line(path: String, line: Int) throws {
        _ = try TOMLFileTable(toml: Self.text, file: "x.toml")
        #expect(TOMLLines.line(of: path, in: Self.text) == line)
        #expect(TOMLLines.line(of: path, in: Self.text.replacing("\n", with: "\r\n")) == line)
    }

    @Test("Any text at all has an end", arguments: [
        "", "=", "[", "[[", "]", "{", "a", "a =", "a = [", "a = {", "a = { b", "a = { = , ] }", "a = \"", "a = \"\"\"", "a = '''\n\n", "\"",
        "\"\"", "\"a", "a = \"\\", "a.b.", "[a", "[[a]", "[a.]", "a = [}", "a = {]", "a = [[[[{{{{", "= = =", "\u{FEFF}a = 1", "\0", "a = [=]",
        "a = { [ }", "a = { \" }\n", "[[a]]]]]\n[a\na = 1", "'''", "\"\"\"", "a\n\n\nb", "\"\\u\" = 1", "\"\\UFFFFFFFF\" = 1",
    ])
    func total(text: String) {
        for path in ["", "a", "a.b", "a[0]", "a[0].b", "b"] {
            #expect((1...4).contains(TOMLLines.line(of: path, in: text)))
        }
    }

    @Test("Every beginning of a text, and every byte of it left out")
    func mutilated() {
        let bytes = Array(Self.text.utf8)
        let lines = 1...(bytes.count { $0 == 10 } + 1)
        for index in bytes.indices {
            let cut = String(decoding: bytes[..<index], as: UTF8.self)
            let holed = String(decoding: bytes[..<index] + bytes[(index + 1)...], as: UTF8.self)
            #expect(lines.contains(TOMLLines.line(of: "purses[1].kind", in: cut)))
            #expect(lines.contains(TOMLLines.line(of: "purchase.list[2].deep.er", in: holed)))
        }
    }

    @Test("Long and deep texts take linear time and no recursion")
    func large() {
        let many = 100_000
        #expect(TOMLLines.line(of: "a", in: "b = " + String(repeating: "[", count: many) + "\na = 1") == 1)
        #expect(TOMLLines.line(of: "a", in: "b = " + String(repeating: "[", count: many) + String(repeating: "]", count: many) + "\na = 1") == 2)
        #expect(TOMLLines.line(of: "a[99999].b", in: String(repeating: "[[a]]\nb = 1\n", count: many)) == 2 * many)
        let header = "[" + String(repeating: "k.", count: many / 2) + "k]\n"
        #expect(TOMLLines.line(of: "z.y", in: header + String(repeating: "k = 1\n", count: many) + "[z]\ny = 1") == many + 3)
    }
}

@Suite("Reading a TOML table")
struct TOMLFileTableTests {
    private static let good = """
        day = 2026-11-30
        quoted_day = "2024-02-29"
        cut_off = "16:00"
        native = 16:00:01
        zone = "Europe/Helsinki"
        rate = "2.95"
        count = 3
        flag = true
        amount = "10.00"
        name = "x"
        [sub]
        name = "y"
        [[purse]]
        kind = "a"
        [[purse]]
        kind = "b"
        """

    @Test("Each kind of value")
    func values() throws {
        let table = try TOMLFileTable(toml: Self.good, file: "x.toml")
        #expect(try table.date("day").description == "2026-11-30")
        #expect(try table.date("quoted_day").description == "2024-02-29")
        #expect(try table.clockTime("cut_off").description == "16:00:00")
        #expect(try table.clockTime("native").description == "16:00:01")
        #expect(try table.timeZone("zone").identifier == "Europe/Helsinki")
        #expect(try table.decimal("rate") == DecimalNumber("2.95"))
        #expect(try table.integer("count", in: 3...3) == 3)
        #expect(try table.flag("flag", default: false) && table.flag("no_flag", default: true))
        #expect(try table.optionalMoney("amount", .eur)?.minorUnits == 1000)
        #expect(try table.optionalMoney("no_amount", .eur) == nil)
        #expect(try table.optionalString("name") == "x")
        #expect(try table.optionalString("no_name") == nil)
        #expect(try table.optionalTable("sub")?.string("name") == "y")
        #expect(try table.optionalTable("no_sub") == nil)
        let purses = try table.tables("purse")
        #expect(try purses.map { try $0.string("kind") } == ["a", "b"])
        try table.allKnown()
        #expect(purses[1].wrong("kind", "must be …").description == "x.toml:16: purse[1].kind: must be …")
        #expect(purses[1].wrong("", "must be …").description == "x.toml:15: purse[1]: must be …")
        #expect(table.wrong("", "must be …").description == "x.toml:1: must be …")
    }

    static let problems: [(text: String, read: @Sendable (TOMLFileTable) throws -> Void, message: String)] = [
        ("\nd = \"2026-02-29\"", { _ = try $0.date("d") }, "x:2: d: must be a date YYYY-MM-DD"),
        ("d = 2026-11-30T10:00:00", { _ = try $0.date("d") }, "x:1: d: must be a date YYYY-MM-DD"),
        ("d = 0000-01-01", { _ = try $0.date("d") }, "x:1: d: must be a date YYYY-MM-DD"),
        ("t = \"24:00\"", { _ = try $0.clockTime("t") }, "x:1: t: must be a time of day, such as \"16:00\""),
        ("t = 16:00:00.5", { _ = try $0.clockTime("t") }, "x:1: t: must be a time of day, such as \"16:00\""),
        ("z = \"Europe/Turku\"", { _ = try $0.timeZone("z") }, "x:1: z: is no known time zone"),
        ("r = 2.95", { _ = try $0.decimal("r") }, "x:1: r: must be in quotes, such as \"2.95\""),
        ("r = 2", { _ = try $0.decimal("r") }, "x:1: r: must be in quotes, such as \"2.95\""),
        ("r = \"-2\"", { _ = try $0.decimal("r") }, "x:1: r: must be a decimal number with at most nine places, such as \"2.95\""),
        ("m = 100.00", { _ = try $0.optionalMoney("m", .eur) }, "x:1: m: must be an amount in quotes, such as \"100.00\""),
        ("m = 1e2", { _ = try $0.money("m", .eur) }, "x:1: m: must be an amount in quotes, such as \"100.00\""),
        ("n = 11", { _ = try $0.integer("n", in: 1...10) }, "x:1: n: must be a whole number from 1 to 10"),
        ("n = 1.0", { _ = try $0.integer("n", in: 1...10) }, "x:1: n: must be a whole number from 1 to 10"),
        ("f = 1", { _ = try $0.flag("f", default: true) }, "x:1: f: must be true or false"),
        ("s = 1", { _ = try $0.optionalString("s") }, "x:1: s: must be a string"),
        ("s = 1", { _ = try $0.optionalTable("s") }, "x:1: s: must be a table"),
        ("[a]\n[b]\n", { _ = try $0.table("b").string("s") }, "x:2: b.s: is missing"),
    ]

    @Test("What is wrong is named with file, line and key", arguments: problems.indices)
    func wrong(_ row: Int) throws {
        let row = Self.problems[row]
        let error = try #require(throws: TOMLFileError.self) { try row.read(TOMLFileTable(toml: row.text, file: "x")) }
        #expect(error.description == row.message)
    }

    @Test("An unknown key names the one it may have been meant for", arguments: [
        ("maximun", "is no known key; did you mean `maximum`?"), ("maxmum", "is no known key; did you mean `maximum`?"),
        ("maximums", "is no known key; did you mean `maximum`?"), ("minumum", "is no known key; did you mean `minimum`?"),
        ("maxi", "is no known key"), ("xy", "is no known key"), ("i", "is no known key"), ("colour", "is no known key"),
    ])
    func suggestion(key: String, problem: String) throws {
        let table = try TOMLFileTable(toml: "\n[p]\n\(key) = 1\n", file: "x").table("p")
        _ = [table.has("maximum"), table.has("minimum"), table.has("id")]
        let error = try #require(throws: TOMLFileError.self) { try table.allKnown() }
        #expect(error.description == "x:3: p.\(key): \(problem)")
    }

    @Test("A key of any length costs no suggestion")
    func longKey() throws {
        let table = try TOMLFileTable(toml: String(repeating: "k", count: 200_000) + " = 1", file: "x")
        _ = table.has("maximum")
        let error = try #require(throws: TOMLFileError.self) { try table.allKnown() }
        #expect(error.problem == "is no known key")
    }

    @Test("A NUL byte does not hide what follows it")
    func nul() throws {
        let error = try #require(throws: TOMLFileError.self) { try TOMLFileTable(toml: "a = 1\n\0b = 2", file: "x") }
        #expect(error.description == "x:2: holds a NUL byte")
    }

    @Test("A table header without a name is an error with its line, and not the end of the process", arguments: [
        ("[!]", 1), ("a = 1\n[.b]\n", 2), ("[[=]]", 1), ("[[[a]]]", 1), ("\n\n[ , ]", 3), ("[\n]", 1), ("[[\n]]", 1), ("[[ \u{e4}]]", 1), ("[\ra]", 1), ("[\r[a]]", 1), ("[[ \ra]]", 1),
        ("a = [\n[1.5]]\nb = \"\"\"\n[!]\n\"\"\"\n# [!]\n[b]\nx = 1\n\t[ ?", 9), ("x = '''\n[!]'''\n[a]\n[#]", 4),
    ])
    func namelessHeader(text: String, line: Int) throws {
        let error = try #require(throws: TOMLFileError.self) { try TOMLFileTable(toml: text, file: "x") }
        #expect(error.description == "x:\(line): has a table header without a name")
    }

    @Test("Brackets elsewhere are no headers", arguments: [
        "a = [\n[+1], [ {b = 1} ],\n[\n],\n[#\n]]\n", "a = \"\"\"\n[!]\n\"\"\"", "a = '''\n[!]\n'''\n[ b ]\n[[\t'c'\t]]\n[-]\n", "# [!]\n",
    ])
    func bracketsElsewhere(text: String) throws { _ = try TOMLFileTable(toml: text, file: "x") }

    @Test("A value that is none is an error with its line, and not the end of the process", arguments: [
        "1979-05-27Tp7:32:00Z", "1979-05-2", "1979-05-27T07:32:0", "07:3", "1__0", "0x", "+", "1.", "1e", "tru", "1979-05-27T07:32:00+1",
        "2026-01-01T10:00:00.", "\u{e4}", "-0b1", "01",
    ])
    func noValue(text: String) throws {
        for around in ["a = 1\nb = \(text)\n", "a = [1,\n\(text), 2]", "a = {\n b = \(text)}"] {
            let error = try #require(throws: TOMLFileError.self) { try TOMLFileTable(toml: around, file: "x") }
            #expect(error.description == "x:2: has a value that is none of TOML's")
        }
    }

    @Test("Every value of TOML passes", arguments: [
        "true", "false", "0", "-0", "+99", "1_000", "0xDEADBEEF", "0xdead_beef", "0o755", "0b1101", "1.0", "-3.14e-2", "6.6_2E+3_4", "5e+22", "inf",
        "-inf", "+nan", "1979-05-27", "1979-05-27T07:32:00Z", "1979-05-27 07:32:00.999999-07:00", "1979-05-27t00:32:00", "07:32:00", "00:32:00.5",
    ])
    func values(text: String) throws {
        for around in ["a = \(text)", "a = \(text) # b", "a = [ \(text) , \(text)]", "a = { b = \(text) }\r\nc = 1\r\n"] {
            _ = try TOMLFileTable(toml: around, file: "x")
        }
    }

    @Test("A bracket that closes another kind is an error with its line", arguments: ["a = [}", "a = [1, }", "a = {b = [{}]]", "a = [{b = 1]]", "a = [\n}"])
    func wrongBracket(text: String) throws {
        let error = try #require(throws: TOMLFileError.self) { try TOMLFileTable(toml: text, file: "x") }
        #expect(error.description == "x:\(text.contains("\n") ? 2 : 1): has a bracket that closes another kind")
    }
}
