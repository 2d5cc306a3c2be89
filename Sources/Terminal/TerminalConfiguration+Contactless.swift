import Core
import EMV
import Programmes

extension TerminalConfiguration {
    /// Most `[[contactless]]` tables, and most `[[contactless.program]]` tables of each.
    static let mostLimits = 64, mostPrograms = 8

    /// `[[contactless]]` tables: the reader's limits for an application, by kernel and currency, and in
    /// `[[contactless.program]]` those for cards of certain application programs (dynamic reader limits).
    static func readerLimits(_ root: TOMLFileTable) throws(TOMLFileError) -> ReaderConfiguration {
        let tables = try root.tables("contactless")
        guard tables.count <= mostLimits else { throw root.wrong("contactless", "has more than \(mostLimits) tables") }
        var found = ReaderConfiguration()
        for table in tables {
            let application = try bytes(table, "application", 5...16)
            let number = table.has("kernel") ? try table.integer("kernel", in: 1...255) : 3
            let kernel = KernelIdentifier(rawValue: UInt32(number))
            guard KernelSet.standard.contains(kernel) else { throw table.wrong("kernel", "must be 3: this terminal has no other") }
            guard let currency = Currency(code: try table.string("currency")) else {
                throw table.wrong("currency", "must be a known ISO 4217 code, such as \"SEK\"")
            }
            guard !found.entries.contains(where: { ($0.application, $0.kernel, $0.currency) == (application, kernel, currency) }) else {
                throw table.wrong("application", "has limits in this currency already")
            }
            found.entries.append(
                ReaderConfiguration.Entry(
                    application: application, kernel: kernel, currency: currency, limits: try limits(table, currency),
                    supportsExtendedSelection: try table.flag("extended_selection", default: false),
                    programs: try programs(table, currency)))
            try table.allKnown()
        }
        return found
    }

    private static func programs(_ table: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) -> [ProgramLimits] {
        let tables = try table.tables("program")
        guard tables.count <= mostPrograms else { throw table.wrong("program", "has more than \(mostPrograms) tables") }
        var programs: [ProgramLimits] = []
        for table in tables {
            let id = try bytes(table, "id", 1...16)
            guard !programs.contains(where: { $0.program == id }) else { throw table.wrong("id", "has limits already") }
            programs.append(ProgramLimits(program: id, limits: try limits(table, currency)))
            try table.allKnown()
        }
        return programs
    }

    private static func limits(_ table: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) -> ReaderLimits {
        ReaderLimits(
            transactionLimit: try table.optionalMoney("transaction_limit", currency)?.minorUnits,
            floorLimit: try table.optionalMoney("floor_limit", currency)?.minorUnits,
            verificationLimit: try table.optionalMoney("cvm_limit", currency)?.minorUnits,
            supportsStatusCheck: try table.flag("status_check", default: false),
            allowsZeroAmount: try table.flag("zero_amount", default: false))
    }

    private static func bytes(
        _ table: TOMLFileTable, _ key: String, _ lengths: ClosedRange<Int>
    ) throws(TOMLFileError) -> [UInt8] {
        guard let bytes = Hex.decode(try table.string(key)), lengths.contains(bytes.count) else {
            throw table.wrong(key, "must be \(lengths.lowerBound) to \(lengths.upperBound) bytes in hexadecimal")
        }
        return bytes
    }

    /// Limits for applications that no programme takes: `contactless: A0000000041010 SEK is taken by no programme`.
    func unusedLimits(of programmes: [Programme]) -> [String] {
        let taken = programmes.flatMap(\.applications).map { Combination(applicationIdentifier: $0, qualifiers: []) }
        return limits.unused(by: taken).map {
            "contactless: \(Hex.encode($0.application)) \($0.currency.code) is taken by no programme"
        }
    }
}
