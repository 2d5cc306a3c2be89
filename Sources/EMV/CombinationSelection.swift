import SmartCard

/// Combination selection (Book B §3.3): what the card's directory and the reader have in common, best first.
enum CombinationSelection {
    struct Candidate: Sendable, Hashable {
        /// ADF name as the card gave it, with the extended selection where both sides support it.
        let selectionName: [UInt8]
        /// ADF name alone.
        let applicationIdentifier: [UInt8]
        let prepared: EntryPoint.Prepared
    }

    /// Directory entries looked at; a card with more is not asked further.
    static let greatestDirectory = 32

    /// `2PAY.SYS.DDF01`
    static let directoryName = Array("2PAY.SYS.DDF01".utf8)

    /// The candidates in the order they are to be tried: by priority, then as the directory lists them. Entries that
    /// can't be read are passed over.
    /// - Throws: ``DataFault`` when the answer itself is no FCI.
    static func candidates(directory: [UInt8], prepared: [EntryPoint.Prepared]) throws(DataFault) -> [Candidate] {
        let proprietary = try FileControlInformation(directory).proprietary
        guard let discretionary = proprietary.first(where: { $0.tag == EMVTag.fciIssuerDiscretionaryData }) else { return [] }
        let entries = try DataFault.list(discretionary.value).filter { $0.tag == EMVTag.directoryEntry }
        var found: [(candidate: Candidate, priority: UInt8)] = []
        for entry in entries.prefix(greatestDirectory) {
            guard let objects = try? TLV.list(entry.value) else { continue }
            func value(_ tag: Tag) -> ArraySlice<UInt8>? { objects.first { $0.tag == tag }?.value }
            guard let name = value(EMVTag.applicationIdentifier), (5...16).contains(name.count),
                let kernel = KernelIdentifier.requested(by: value(EMVTag.kernelIdentifier), applicationIdentifier: name),
                let match = prepared.first(where: { name.starts(with: $0.combination.applicationIdentifier)
                    && (kernel == .any || kernel == $0.combination.kernel) })
            else { continue }
            // 0 says "no priority" and comes last.
            let indicator = (value(EMVTag.applicationPriorityIndicator)?.first ?? 0) & 0x0F
            let extended = match.combination.supportsExtendedSelection ? value(EMVTag.extendedSelection) : nil
            let selectionName = Array(name) + Array(extended ?? [])
            guard selectionName.count <= 16 else { continue }
            let candidate = Candidate(
                selectionName: selectionName, applicationIdentifier: Array(name), prepared: match)
            found.append((candidate, indicator == 0 ? 16 : indicator))
        }
        // The sort keeps equal ones in place only by chance, so the position decides among them.
        return found.enumerated()
            .sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map(\.element.candidate)
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

    var processingOptionsDataObjectList: ArraySlice<UInt8>? {
        proprietary.first { $0.tag == EMVTag.processingOptionsDataObjectList }?.value
    }
}
