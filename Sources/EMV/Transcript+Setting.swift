import Core
import SmartCard

extension Transcript.Setting {
    /// The lines of the text form.
    var lines: [String] {
        let parameters = parameters
        var lines = ["amount \(parameters.amount.minorUnits) \(parameters.amount.currency.code)"]
        if let other = parameters.otherAmount { lines.append("other \(other.minorUnits)") }
        lines += [
            "type \(Hex.encode([parameters.type]))",
            "date \(parameters.date)",
            "validity \(parameters.validityDate)",
            "expiry \(parameters.expiryIsMonth ? "month" : "day")",
            "country \(parameters.countryCode)",
            "random \(Hex.encode(parameters.unpredictableNumber))",
            "online \(parameters.onlineCryptogramRequired ? "yes" : "no")",
        ]
        return lines + combinations.map { "combination \($0.transcriptText)" }
    }
}

/// What has been read of a setting so far.
struct TranscriptFields {
    private var values: [String: (text: String, line: Int)] = [:]
    private var combinations: [Combination] = []

    private static let names: Set<String> = [
        "amount", "other", "type", "date", "validity", "expiry", "country", "random", "online",
    ]

    mutating func read(_ name: String, _ value: String, line: Int) throws(TranscriptError) {
        if name == "combination" {
            guard combinations.count < Transcript.greatestCombinations, let combination = Combination(transcript: value) else {
                throw .field(name, line: line)
            }
            combinations.append(combination)
            return
        }
        guard Self.names.contains(name) else { throw .unknownLine(line) }
        guard values[name] == nil else { throw .repeated(name, line: line) }
        values[name] = (value, line)
    }

    static func flag(_ text: some StringProtocol) -> Bool? {
        switch text {
        case "yes": true
        case "no": false
        default: nil
        }
    }

    /// Nil when there is none.
    func setting() throws(TranscriptError) -> Transcript.Setting? {
        if values.isEmpty, combinations.isEmpty { return nil }
        let amount = try required("amount") { text -> Money? in
            let parts = text.split(separator: " ")
            guard parts.count == 2, let units = Int64(parts[0]), let currency = Currency(code: String(parts[1])) else {
                return nil
            }
            return Money(minorUnits: units, currency: currency)
        }
        let other = try optional("other") { Int64($0).map { Money(minorUnits: $0, currency: amount.currency) } }
        let type = try required("type") { text -> UInt8? in
            let bytes = Hex.decode(text)
            return bytes?.count == 1 ? bytes?.first : nil
        }
        let expiry = try optional("expiry") { text -> Bool? in text == "month" ? true : text == "day" ? false : nil }
        let date = try required("date") { CivilDate($0) }
        let validity = try optional("validity") { CivilDate($0) }
        let country = try required("country") { UInt16($0) }
        let random = try required("random") { Hex.decode($0) }
        let online = try optional("online") { Self.flag($0) }
        do throws(TransactionParameters.Failure) {
            let parameters = try TransactionParameters(
                amount: amount, otherAmount: other, type: type, date: date, validityDate: validity,
                expiryIsMonth: expiry ?? false, countryCode: country, unpredictableNumber: random,
                onlineCryptogramRequired: online ?? false)
            return Transcript.Setting(parameters: parameters, combinations: combinations)
        } catch {
            throw .parameters(error)
        }
    }

    private func optional<Value>(_ name: String, _ read: (String) -> Value?) throws(TranscriptError) -> Value? {
        guard let (text, line) = values[name] else { return nil }
        guard let value = read(text) else { throw .field(name, line: line) }
        return value
    }

    private func required<Value>(_ name: String, _ read: (String) -> Value?) throws(TranscriptError) -> Value {
        guard let value = try optional(name, read) else { throw .missing(name) }
        return value
    }
}

// MARK: - Combinations

extension Combination {
    /// `aid=A0000000031010 kernel=3 qualifiers=24004000 floor-limit=5000 status-check`
    var transcriptText: String {
        var words = [
            "aid=\(Hex.encode(applicationIdentifier))", "kernel=\(kernel.rawValue)", "qualifiers=\(Hex.encode(qualifiers.bytes))",
        ]
        let amounts = [
            ("transaction-limit", transactionLimit), ("floor-limit", floorLimit), ("terminal-floor-limit", terminalFloorLimit),
            ("verification-limit", verificationLimit),
        ]
        for (name, amount) in amounts { if let amount { words.append("\(name)=\(amount)") } }
        let flags = [
            ("status-check", supportsStatusCheck), ("zero-amount", allowsZeroAmount),
            ("extended-selection", supportsExtendedSelection), ("offline-balance", readsOfflineBalance),
        ]
        for (name, isSet) in flags where isSet { words.append(name) }
        if let transactionTypes { words.append("types=\(Hex.encode(transactionTypes.sorted()))") }
        words += programLimits.map { "program=\(Hex.encode($0.program)):\($0.limits.transcriptText)" }
        return words.joined(separator: " ")
    }

    init?(transcript text: String) {
        guard text.utf8.count <= 2048 else { return nil }
        var values: [String: String] = [:]
        var programs: [ProgramLimits] = []
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard let name = parts.first.map(String.init), values[name] == nil else { return nil }
            if name == "program" {
                guard parts.count == 2, let limits = ProgramLimits(transcript: parts[1]) else { return nil }
                programs.append(limits)
                continue
            }
            values[name] = parts.count == 2 ? String(parts[1]) : ""
        }
        func take(_ name: String) -> String? { values.removeValue(forKey: name) }
        func flag(_ name: String) -> Bool? { take(name).map { $0.isEmpty } ?? false }
        guard let identifier = take("aid").flatMap({ Hex.decode($0) }), (5...16).contains(identifier.count),
            let kernel = take("kernel").flatMap({ UInt32($0) }),
            let qualifiers = take("qualifiers").flatMap({ Hex.decode($0) }), qualifiers.count == 4
        else { return nil }
        var amounts: [String: Int64] = [:]
        for name in ["transaction-limit", "floor-limit", "terminal-floor-limit", "verification-limit"] {
            guard let amount = take(name) else { continue }
            guard let number = Int64(amount) else { return nil }
            amounts[name] = number
        }
        self.init(
            applicationIdentifier: identifier, kernel: KernelIdentifier(rawValue: kernel),
            qualifiers: TerminalTransactionQualifiers(rawValue: qualifiers.reduce(0) { $0 << 8 | UInt32($1) }),
            transactionLimit: amounts["transaction-limit"], floorLimit: amounts["floor-limit"],
            terminalFloorLimit: amounts["terminal-floor-limit"], verificationLimit: amounts["verification-limit"])
        if let types = take("types") {
            guard let bytes = Hex.decode(types), bytes == Set(bytes).sorted() else { return nil }
            transactionTypes = Set(bytes)
        }
        guard let statusCheck = flag("status-check"), let zero = flag("zero-amount"),
            let extended = flag("extended-selection"), let balance = flag("offline-balance"), values.isEmpty
        else { return nil }
        supportsStatusCheck = statusCheck
        allowsZeroAmount = zero
        supportsExtendedSelection = extended
        readsOfflineBalance = balance
        programLimits = programs
    }
}

extension ReaderLimits {
    /// Transaction, floor, terminal floor and verification limit, then flags; `-` for none: `5000:-:-:2000:-:zero-amount`.
    fileprivate var transcriptText: String {
        let amounts = [transactionLimit, floorLimit, terminalFloorLimit, verificationLimit].map { $0.map(String.init) ?? "-" }
        return (amounts + [supportsStatusCheck ? "status-check" : "-", allowsZeroAmount ? "zero-amount" : "-"])
            .joined(separator: ":")
    }
}

extension ProgramLimits {
    fileprivate init?(transcript text: Substring) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 7, let program = Hex.decode(parts[0]), (1...16).contains(program.count) else { return nil }
        var amounts: [Int64?] = []
        for part in parts[1...4] {
            guard part != "-" else {
                amounts.append(nil)
                continue
            }
            guard let amount = Int64(part) else { return nil }
            amounts.append(amount)
        }
        guard ["-", "status-check"].contains(parts[5]), ["-", "zero-amount"].contains(parts[6]) else { return nil }
        self.init(
            program: program,
            limits: ReaderLimits(
                transactionLimit: amounts[0], floorLimit: amounts[1], terminalFloorLimit: amounts[2],
                verificationLimit: amounts[3], supportsStatusCheck: parts[5] != "-", allowsZeroAmount: parts[6] != "-"))
    }
}
