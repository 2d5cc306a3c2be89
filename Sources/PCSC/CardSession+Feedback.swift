import CPCSCLite
import SmartCard

extension CardSession {
    /// Sends a signal: as pseudo commands while a card is there and the dialect knows such, else as escapes to the reader.
    /// - Parameter codes: control codes for escapes, the likeliest first.
    /// - Returns: true when the reader says that it was done.
    func show(
        _ commands: [FeedbackDialect.Command], _ dialect: FeedbackDialect, hasCard: Bool, codes: [UInt32]
    ) throws(CardError) -> Bool {
        if hasCard, try showAsCommands(commands, dialect) { return true }
        return try withReader { reader throws(CardError) in
            for code in codes {
                var done = 0
                for command in commands {
                    guard let answer = try? reader.control(code, command.escape) else { break }
                    guard dialect.accepts(answer, toEscape: true) else { return false }
                    done += 1
                }
                if calls.isAbandoned { throw .stuck }
                if done == commands.count { return true }
                // Half of it went through: the code is right, and nothing is shown twice.
                if done > 0 { return false }
            }
            return false
        }
    }

    /// False when the card has gone, or the reader passes such commands on to it.
    private func showAsCommands(_ commands: [FeedbackDialect.Command], _ dialect: FeedbackDialect) throws(CardError) -> Bool {
        let pseudo = commands.compactMap(\.pseudoCommand)
        guard pseudo.count == commands.count else { return false }
        do { try begin() } catch { if error == .stuck { throw error } else { return false } }
        defer { end(reset: false) }
        for command in pseudo {
            do {
                guard dialect.accepts(try transmit(command), toEscape: false) else { return false }
            } catch {
                if error == .stuck { throw error }
                return false
            }
        }
        return true
    }
}

extension ReaderIdentity {
    /// Control codes for escapes: what the driver offers, else what drivers of this model take.
    func escapeCodes(_ quirks: ReaderQuirks) -> [UInt32] {
        if let code = features.code(.escape) { return [code] }
        return quirks.escapeNumbers.map { kassa_pcsc_control_code($0) }
    }
}
