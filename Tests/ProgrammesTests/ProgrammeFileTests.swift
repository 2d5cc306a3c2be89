import Core
import Foundation
import Testing

@testable import Programmes

@Suite("Programme files")
struct ProgrammeFileTests {
    /// The sixth programme: its lines are counted below.
    static let commuter = SixthProgrammeTests.commuter

    @Test("The files that ship are read")
    func shipped() throws {
        #expect(
            try Programme.shipped().map(\.id) == [
                "epassi-card", "epassi-mobile", "epassi-wallet", "smartum", "smartum-plus",
            ])
        #expect(try Organisation.shipped().map(\.id) == ["posti"])
    }

    /// What is replaced, by what, and the message: file, line and field.
    static let wrong: [(String, String, String)] = [
        // Typing errors in keys
        ("currency = ", "curency = ", "1: currency: is missing"),
        ("balance_cap", "balance_cup", "6: balance_cup: is no known key; did you mean `balance_cap`?"),
        ("id = \"ticket\"", "ids = \"ticket\"", "13: purse[0].id: is missing"),
        (
            "purpose = \"commuting\"", "purpos = \"commuting\"",
            "17: purse[0].purpos: is no known key; did you mean `purpose`?"
        ),
        (
            "maximum = \"120.00\"", "maximun = \"120.00\"",
            "27: limits[0].maximun: is no known key; did you mean `maximum`?"
        ),
        (
            "approved_per_day", "aproved_per_day",
            "28: limits[0].aproved_per_day: is no known key; did you mean `approved_per_day`?"
        ),
        ("partial_approval", "partial", "40: purchase.partial: is no known key"),
        ("older_than_h", "older_then_h", "62: offline.aged[0].older_than_h: is missing"),
        ("[offline]", "[ofline]", "62: offline.allowance_required: is missing"),
        ("[hold]", "[holds]", "43: holds: is no known key; did you mean `hold`?"),
        ("[refund]", "[refund]\nfee = \"1.00\"", "46: refund.fee: is no known key"),
        ("[purchase]", "[purchase]\ncash_back = true", "39: purchase.cash_back: is no known key"),
        // Amounts
        (
            "maximum = \"120.00\"", "maximum = 120.00",
            "27: limits[0].maximum: must be an amount in quotes, such as \"100.00\""
        ),
        (
            "maximum = \"120.00\"", "maximum = 120",
            "27: limits[0].maximum: must be an amount in quotes, such as \"100.00\""
        ),
        (
            "maximum = \"120.00\"", "maximum = \"120.005\"",
            "27: limits[0].maximum: must be an amount in quotes, such as \"100.00\""
        ),
        (
            "maximum = \"120.00\"", "maximum = \"-120.00\"",
            "27: limits[0].maximum: must be an amount in quotes, such as \"100.00\""
        ),
        (
            "maximum = \"120.00\"", "maximum = \"120,00\"",
            "27: limits[0].maximum: must be an amount in quotes, such as \"100.00\""
        ),
        (
            "maximum = \"120.00\"", "maximum = \"1e2\"",
            "27: limits[0].maximum: must be an amount in quotes, such as \"100.00\""
        ),
        (
            "maximum_amount = \"60.00\"", "maximum_amount = 60.0",
            "60: offline.maximum_amount: must be an amount in quotes, such as \"100.00\""
        ),
        (
            "balance_cap = \"900.00\"", "balance_cap = \"900.000\"",
            "6: balance_cap: must be an amount in quotes, such as \"100.00\""
        ),
        ("percent = \"1.5\"", "percent = 1.5", "48: fees.percent: must be in quotes, such as \"2.95\""),
        (
            "percent = \"1.5\"", "percent = \"1.5 %\"",
            "48: fees.percent: must be a decimal number with at most nine places, such as \"2.95\""
        ),
        ("percent = \"1.5\"", "percent = \"100\"", "48: fees.percent: must be below 100"),
        // Words
        ("currency = \"EUR\"", "currency = \"EUX\"", "3: currency: is no known ISO 4217 code"),
        ("Europe/Helsinki\"  # ", "Europe/Turku\"  # ", "4: time_zone: is no known time zone"),
        ("id = \"commuter\"", "id = \"Commuter\"", "1: id: must be lower-case letters, digits and hyphens"),
        ("id = \"commuter\"", "id = \"\"", "1: id: must be lower-case letters, digits and hyphens"),
        (
            "kind = \"benefit\"", "kind = \"benefits\"",
            "15: purse[0].kind: must be one of benefit, ownMoney, points, vouchers, prepaid"
        ),
        ("id = \"own\"", "id = \"ticket\"", "21: purse[1].id: is another purse's too"),
        ("kind = \"ownMoney\"", "kind = \"points\"", "20: purse[1].points_per_unit: is missing"),
        (
            "kind = \"ownMoney\"", "kind = \"points\"\npoints_per_unit = 0",
            "23: purse[1].points_per_unit: must be a whole number from 1 to 1000000"
        ),
        (
            "kind = \"ownMoney\"", "kind = \"ownMoney\"\npurpose = \"all\"",
            "23: purse[1].purpose: is for a benefit alone"
        ),
        (
            "categories = [\"ticket\"]", "categories = [\"tickets\"]",
            "18: purse[0].categories: names tickets, which the programme never pays for"
        ),
        (
            "categories = [\"ticket\"]", "categories = [\"snack\"]",
            "18: purse[0].categories: names snack, which the programme never pays for"
        ),
        (
            "categories = [\"ticket\"]", "categories = [\"Ticket\"]",
            "18: purse[0].categories: must hold words of lower-case letters, digits and hyphens"
        ),
        (
            "categories = [\"ticket\"]", "categories = \"ticket\"",
            "18: purse[0].categories: must be an array of strings"
        ),
        ("excluded = [\"snack\"]", "excluded = [\"ticket\"]", "36: goods.excluded: names ticket, which is allowed too"),
        (
            "\"4111-4112\"", "\"4112-4111\"",
            "34: goods.merchant_categories: must hold codes of four digits, or ranges such as \"5811-5814\""
        ),
        (
            "\"4111-4112\"", "\"411\"",
            "34: goods.merchant_categories: must hold codes of four digits, or ranges such as \"5811-5814\""
        ),
        (
            "\"4111-4112\"", "\"+411\"",
            "34: goods.merchant_categories: must hold codes of four digits, or ranges such as \"5811-5814\""
        ),
        (
            "\"4111-4112\"", "\"4111-4112-4113\"",
            "34: goods.merchant_categories: must hold codes of four digits, or ranges such as \"5811-5814\""
        ),
        (
            "kinds = [\"tag\", \"phone\"]", "kinds = [\"tag\", \"phones\"]",
            "9: instrument.kinds: must be one of card, tag, phone, email, app"
        ),
        (
            "kinds = [\"tag\", \"phone\"]", "kinds = []",
            "9: instrument.kinds: must name at least one kind of instrument"
        ),
        (
            "kinds = [\"tag\", \"phone\"]", "kinds = [\"tag\", \"phone\", \"card\"]",
            "8: instrument.emv_applications: must say which cards"
        ),
        (
            "kinds = [\"tag\", \"phone\"]", "kinds = [\"tag\", \"phone\"]\nemv_applications = [\"A0\"]",
            "10: instrument.emv_applications: must hold 5 to 16 bytes in hexadecimal each"
        ),
        (
            "kinds = [\"tag\", \"phone\"]", "kinds = [\"tag\", \"phone\", \"app\"]",
            "10: instrument.proof.app: is missing: what proves the payer (ALL-7)"
        ),
        (
            "kinds = [\"tag\", \"phone\"]", "kinds = [\"tag\"]",
            "11: instrument.proof.phone: is no kind of instrument that the programme takes"
        ),
        ("phone = [\"pin\"]", "phone = []", "11: instrument.proof.phone: must name proofs"),
        ("phone = [\"pin\"]", "phone = [\"none\"]", "11: instrument.proof.phone: must name proofs"),
        (
            "phone = [\"pin\"]", "phone = [\"promise\"]",
            "11: instrument.proof.phone: must be one of none, device, signature, pin, onlinePIN, receipt"
        ),
        (
            "[[purse]]\nid = \"ticket\"", "[instrument.instead]\ntag = \"useAppInstead\"\n[[purse]]\nid = \"ticket\"",
            "14: instrument.instead.tag: is no kind of instrument that the programme refuses"
        ),
        (
            "[[purse]]\nid = \"ticket\"", "[instrument.instead]\ncard = \"approvedOnline\"\n[[purse]]\nid = \"ticket\"",
            "14: instrument.instead.card: must be a refusal"
        ),
        (
            "[[purse]]\nid = \"ticket\"", "[instrument.instead]\ncard = \"because\"\n[[purse]]\nid = \"ticket\"",
            "14: instrument.instead.card: is no known word"
        ),
        // Dates
        ("until = 2026-12-31", "until = 2025-12-31", "26: limits[0].until: is before `from`"),
        (
            "from = 2027-01-01", "from = 2026-12-31",
            "30: limits[1].from: overlaps the limits before it: they must follow each other in time"
        ),
        (
            "from = 2027-01-01\n", "",
            "29: limits[1].from: overlaps the limits before it: they must follow each other in time"
        ),
        (
            "until = 2026-12-31\n", "",
            "29: limits[1].from: overlaps the limits before it: they must follow each other in time"
        ),
        ("from = 2026-01-01", "from = \"2026-02-30\"", "25: limits[0].from: must be a date YYYY-MM-DD"),
        ("from = 2026-01-01", "from = 20260101", "25: limits[0].from: must be a date YYYY-MM-DD"),
        (
            "maximum = \"120.00\"", "maximum = \"120.00\"\nminimum = \"120.01\"",
            "28: limits[0].minimum: is above `maximum`"
        ),
        (
            "approved_per_day = 6", "approved_per_day = 0",
            "28: limits[0].approved_per_day: must be a whole number above 0"
        ),
        (
            "approved_per_day = 6", "approved_per_day = 6.0",
            "28: limits[0].approved_per_day: must be a whole number above 0"
        ),
        (
            "cut_off = \"16:00\"", "cut_off = \"24:00\"",
            "70: value_date.cut_off: must be a time of day, such as \"16:00\""
        ),
        ("calendar = \"FI\"", "calendar = \"NO\"", "72: value_date.calendar: must be one of FI, SE"),
        ("validity_h = 24", "validity_h = 0", "44: hold.validity_h: must be a whole number from 1 to 1000"),
        ("credit_days = 3", "credit_days = 61", "46: refund.credit_days: must be a whole number from 0 to 60"),
        // Tiers and offline limits
        ("up_to = \"40.00\"", "up_to = \"10.00\"", "53: verification[1].up_to: must grow from tier to tier"),
        ("up_to = \"10.00\"\n", "", "52: verification[1].up_to: comes after a tier without one"),
        (
            "[[verification]]\nby = [\"device\", \"pin\"]", "[[verification]]\nup_to = \"99.00\"\nby = [\"pin\"]",
            "56: verification[2].up_to: must be absent in the last tier, which has no bound"
        ),
        (
            "[[verification]]\nby = [\"device\", \"pin\"]", "[[verification]]\nby = []",
            "56: verification[2].by: must name at least one way"
        ),
        (
            "[[verification]]\nby = [\"device\", \"pin\"]", "[[verification]]\nby = [\"onlinePIN\"]",
            "56: verification[2].by: can't name onlinePIN: the host checks it"
        ),
        (
            "allowance_required = true", "allowance_required = \"yes\"",
            "58: offline.allowance_required: must be true or false"
        ),
        (
            "counter_only_maximum = \"15.00\"", "counter_only_maximum = \"60.01\"",
            "61: offline.counter_only_maximum: is above `maximum_amount`"
        ),
        (
            "counter_only_maximum", "deferred_maximum = \"60.01\"\ncounter_only_maximum",
            "61: offline.deferred_maximum: is above `maximum_amount`"
        ),
        ("percent = 50", "percent = 101", "64: offline.aged[0].percent: must be a whole number from 0 to 100"),
        (
            "percent = 50", "percent = 50\n[[offline.aged]]\nolder_than_h = 12\npercent = 40",
            "66: offline.aged[1].older_than_h: must grow from step to step"
        ),
        (
            "percent = 50", "percent = 50\n[[offline.aged]]\nolder_than_h = 13\npercent = 51",
            "67: offline.aged[1].percent: must not grow with the age"
        ),
        (
            "maximum_percent = 50", "maximum_percent = 9",
            "68: offline.random_selection.maximum_percent: is below `target_percent`"
        ),
        (
            "target_percent = 10", "target_percent = 100",
            "67: offline.random_selection.target_percent: must be a whole number from 0 to 99"
        ),
        // Rules
        ("\"CARD-1\" = ", "\"CARD-99\" = ", "74: rule_names.CARD-99: is no rule of the rule book"),
        ("\"CARD-1\" = ", "\"CARD-1 \" = ", "74: rule_names.CARD-1 : is no rule of the rule book"),
        ("= \"WAL-4\"", "= \"WAL-10\"", "74: rule_names.CARD-1: must name a rule of the rule book"),
        ("= \"WAL-4\"", "= 4", "74: rule_names.CARD-1: must be a string"),
    ]

    @Test("What is wrong is named with its file, line and field", arguments: wrong.indices)
    func refused(_ row: Int) throws {
        let (from, to, message) = Self.wrong[row]
        try #require(Self.commuter.contains(from), "\(from)")
        guard let place = Self.commuter.range(of: from) else { return }
        let text = Self.commuter.replacingCharacters(in: place, with: to)
        let error = #expect(throws: TOMLFileError.self, "\(to)") {
            _ = try Programme(toml: text, fileName: "commuter.toml")
        }
        #expect(error?.description == "commuter.toml:" + message)
    }

    @Test(
        "ALL-4: random selection begins below the floor limit (EMV Book 3 §10.6.2)",
        arguments: [
            ("59.99", true), ("60.00", false), ("60.01", false),
        ])
    func threshold(_ threshold: String, _ good: Bool) {
        let text = Self.commuter.replacing("threshold = \"20.00\"", with: "threshold = \"\(threshold)\"")
        var field: String?
        do throws(TOMLFileError) { _ = try Programme(toml: text, fileName: "commuter.toml") } catch {
            field = error.field
        }
        #expect(field == (good ? nil : "offline.random_selection.threshold"))
    }

    @Test("A syntax error is named with its line", arguments: ["[broken", "key = ", "\u{0}", "name = \"twice\""])
    func syntax(_ line: String) {
        let text = Self.commuter.replacing("currency = ", with: line + "\ncurrency = ")
        let error = #expect(throws: TOMLFileError.self) { _ = try Programme(toml: text, fileName: "commuter.toml") }
        #expect(error?.file == "commuter.toml")
        #expect(error?.line == 3)
    }
}
