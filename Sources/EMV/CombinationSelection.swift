import SmartCard

/// Combination selection (Book B §3.3): what the card's directory and the reader have in common, best first.
enum CombinationSelection {
    struct Candidate: Sendable, Hashable {
        /// ADF name as the card gave it, with the extended selection where both sides support it.
        let selectionName: [UInt8]
        /// ADF name alone.
        let applicationIdentifier: [UInt8]
        let prepared: Preprocessing.Prepared
    }

    /// Directory entries looked at; a card with more is not asked further.
    static let greatestDirectory = 32

    /// `2PAY.SYS.DDF01`
    static let directoryName = Array("2PAY.SYS.DDF01".utf8)

    struct Found: Sendable, Equatable {
        /// In the order they are to be tried: by priority, then as the directory lists them.
        var candidates: [Candidate] = []
        /// Applications that no combination of this reader is for, in the directory's order.
        var others: [OfferedApplication] = []
    }

    /// Every combination with every entry (§3.3.2.5); entries that can't be read are passed over.
    /// - Parameters:
    ///   - prepared: combinations that allow this transaction.
    ///   - configured: all of the reader's: an application that only its limits forbid is no other.
    /// - Throws: ``DataFault`` when the answer itself is no FCI.
    static func find(
        directory: [UInt8], prepared: [Preprocessing.Prepared], configured: [Combination]
    ) throws(DataFault) -> Found {
        let proprietary = try FileControlInformation(directory).proprietary
        guard let discretionary = proprietary.first(where: { $0.tag == EMVTag.fciIssuerDiscretionaryData }) else {
            return Found()
        }
        let entries = try DataFault.list(discretionary.value).filter { $0.tag == EMVTag.directoryEntry }
        var ranked: [(candidate: Candidate, priority: UInt8)] = []
        var found = Found()
        for entry in entries.prefix(greatestDirectory).compactMap({ Entry($0.value) }) {
            for match in prepared where entry.isFor(match.combination) {
                // 3.3.3.3
                let extended = match.combination.supportsExtendedSelection ? entry.extension : []
                guard entry.name.count + extended.count <= 16 else { continue }
                let candidate = Candidate(
                    selectionName: entry.name + extended, applicationIdentifier: entry.name, prepared: match)
                ranked.append((candidate, entry.rank))
            }
            if !configured.contains(where: entry.isFor) {
                found.others.append(OfferedApplication(applicationIdentifier: entry.name, kernel: entry.kernel))
            }
        }
        // The sort keeps equal ones in place only by chance, so the position decides among them (3.3.3.2).
        found.candidates = ranked.enumerated()
            .sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map(\.element.candidate)
        return found
    }

    /// An entry of the directory, as far as selection needs it.
    private struct Entry {
        let name: [UInt8]
        let kernel: KernelIdentifier
        /// 1–15, and 16 for no priority.
        let rank: UInt8
        let `extension`: [UInt8]

        init?(_ bytes: ArraySlice<UInt8>) {
            guard let objects = try? TLV.list(bytes) else { return nil }
            func value(_ tag: Tag) -> ArraySlice<UInt8>? { objects.first { $0.tag == tag }?.value }
            guard let name = value(EMVTag.applicationIdentifier), (5...16).contains(name.count),
                let kernel = KernelIdentifier.requested(by: value(EMVTag.kernelIdentifier), applicationIdentifier: name)
            else { return nil }
            self.name = Array(name)
            self.kernel = kernel
            // 0 says "no priority" and comes last.
            let priority = (value(EMVTag.applicationPriorityIndicator)?.first ?? 0) & 0x0F
            rank = priority == 0 ? 16 : priority
            `extension` = Array(value(EMVTag.extendedSelection) ?? [])
        }

        /// Full or partial match of the name, and the kernel it asks for, if any (§3.3.2.5 B and D).
        func isFor(_ combination: Combination) -> Bool {
            name.starts(with: combination.applicationIdentifier) && (kernel == .any || kernel == combination.kernel)
        }
    }
}

/// The answer to SELECT: `6F { 84 name, A5 { … } }` (EMV Book 1 §11.3.4; Book B §3.3.1).
struct FileControlInformation {
    let dedicatedFileName: ArraySlice<UInt8>?
    /// The objects inside A5.
    let proprietary: [TLV]

    init(_ bytes: [UInt8]) throws(DataFault) {
        let outer = try DataFault.list(bytes[...])
        guard outer.count == 1, let template = outer.first, template.tag == EMVTag.fciTemplate else {
            throw .template(expected: EMVTag.fciTemplate)
        }
        let objects = try DataFault.list(template.value)
        dedicatedFileName = objects.first { $0.tag == EMVTag.dedicatedFileName }?.value
        guard let inner = objects.first(where: { $0.tag == EMVTag.fciProprietaryTemplate }) else {
            throw .template(expected: EMVTag.fciProprietaryTemplate)
        }
        proprietary = try DataFault.list(inner.value)
    }

    var processingOptionsDataObjectList: ArraySlice<UInt8>? { value(EMVTag.processingOptionsDataObjectList) }

    func value(_ tag: Tag) -> ArraySlice<UInt8>? { proprietary.first { $0.tag == tag }?.value }

    /// The objects inside BF0C; none when it can't be read.
    var discretionary: [TLV] { value(EMVTag.fciIssuerDiscretionaryData).flatMap { try? TLV.list($0) } ?? [] }
}
