/// Which cryptogram the terminal asks the card for (EMV Book 3 §10.7): a bit that is set in the results and in the
/// issuer's or the acquirer's action code counts.
struct TerminalActionAnalysis {
    let issuer: ActionCodes
    let acquirer: ActionCodes

    /// - Parameters:
    ///   - denial, online, whenOffline: 9F0E, 9F0F and 9F0D; without them nothing is denied for the issuer, everything
    ///     goes online, and everything is refused without the issuer's word.
    init(denial: [UInt8]?, online: [UInt8]?, whenOffline: [UInt8]?, acquirer: ActionCodes) {
        func code(_ bytes: [UInt8]?, _ absent: TVR) -> TVR { bytes.flatMap { TVR(bytes: $0) } ?? absent }
        let all = TVR(rawValue: .max)
        issuer = ActionCodes(
            denial: code(denial, []), online: code(online, all), whenOffline: code(whenOffline, all))
        self.acquirer = acquirer
    }

    /// Before the first GENERATE AC.
    func first(_ results: TVR, _ terminal: ContactTerminal) -> CryptogramType {
        if meets(results, \.denial) { return .aac }
        if terminal.isOnlineOnly { return .arqc }
        if terminal.isOfflineOnly { return meets(results, \.whenOffline) ? .aac : .tc }
        return meets(results, \.online) ? .arqc : .tc
    }

    /// When the issuer could not be reached.
    func withoutIssuer(_ results: TVR, _ terminal: ContactTerminal) -> CryptogramType {
        terminal.isOnlineOnly || meets(results, \.whenOffline) ? .aac : .tc
    }

    private func meets(_ results: TVR, _ code: KeyPath<ActionCodes, TVR>) -> Bool {
        !results.isDisjoint(with: issuer[keyPath: code].union(acquirer[keyPath: code]))
    }
}
