import Diagnostics
import PCSC
import SmartCard

extension KassaTerminal {
    /// The lane's reader as it is now; nil while there is none that can be used.
    static func reader(of system: PCSCSystem, for configuration: TerminalConfiguration) -> PCSCReader? {
        guard case .reader(let name) = assignment(of: system, for: configuration) else { return nil }
        return system.reader(named: name)
    }

    /// By the lane's role where the configuration gives roles, else the first usable reader whose name begins as it says.
    static func assignment(of system: PCSCSystem, for configuration: TerminalConfiguration) -> ReaderRole.Assignment {
        let readers = system.readers
        if !configuration.readers.isEmpty {
            return ReaderRole.assignment(of: configuration.lane.name, among: configuration.readers, readers: readers)
        }
        let wanted = configuration.lane.reader
        let found = readers.first { $0.state != .unavailable && (wanted.isEmpty || $0.name.hasPrefix(wanted)) }
        return found.map { .reader($0.name) } ?? .absent
    }

    /// The lane's reader in words of the configuration.
    var wantedReader: String {
        guard let role = configuration.readers.first(where: { $0.role == configuration.lane.name }) else {
            return "named \(configuration.lane.reader)"
        }
        let words = [role.path.map { "at usb:\($0)" }, role.name.map { "named \($0)" }, role.serial.map { "with serial number \($0)" }]
        return words.compactMap { $0 }.joined(separator: ", ")
    }

    /// What is wrong with the readers, while pcscd is there.
    func readerFindings(_ readers: [ReaderStatus]) -> [FindingReply] {
        var findings: [FindingReply] = []
        switch KassaTerminal.assignment(of: system, for: configuration) {
        case .reader: break
        case .absent:
            findings.append(
                FindingReply(
                    severity: "error", what: readers.isEmpty ? "no reader" : "no usable reader \(wantedReader)",
                    whoIsHurt: "every payer with a card", remedy: "plug the reader in; see kassactl readers"))
        case .ambiguous(let names):
            findings.append(
                FindingReply(
                    severity: "error", what: "\(names.count) readers \(wantedReader): \(names.joined(separator: "; "))",
                    whoIsHurt: "every payer with a card: none of them is used, for it could be another lane's",
                    remedy: "give the role a path in kassad.toml; the log tells each reader's identity"))
        }
        for reader in readers where reader.state == .stuck {
            findings.append(
                FindingReply(
                    severity: "error", what: "the reader \(reader.name) does not answer", whoIsHurt: "payers at its lane",
                    remedy: "unplug it and plug it in again; should that not help, systemctl restart pcscd"))
        }
        if !configuration.lane.takesLyingCard { findings += readers.compactMap(Self.lyingCard) }
        for name in system.ignoredReaders {
            findings.append(
                FindingReply(
                    severity: "error", what: "\(SlotNames.most) readers are all that are watched: not \(name)",
                    whoIsHurt: "payers who present a card there", remedy: "unplug readers that are not needed"))
        }
        return findings
    }

    /// A card that was there when its reader came: payers would wait in vain for it to be taken (CARD-17).
    static func lyingCard(_ reader: ReaderStatus) -> FindingReply? {
        guard case .card(_, CardEvent.found) = reader.state else { return nil }
        return FindingReply(
            severity: "warning", what: "a card lies on the reader \(reader.name) since before the reader was there",
            whoIsHurt: "the next payer: it pays nothing before it has been lifted",
            remedy: "take it off; a card that is to pay is presented after the till has asked for it")
    }
}
