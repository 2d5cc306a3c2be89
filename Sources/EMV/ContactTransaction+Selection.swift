import Core
import SmartCard

/// Application selection (EMV Book 1 §12): by the payment system environment where there is one, else by trying the
/// terminal's own list.
extension ContactTransaction {
    /// `1PAY.SYS.DDF01`
    static let directoryName = Array("1PAY.SYS.DDF01".utf8)
    static let greatestDirectoryRecord: UInt8 = 16
    static let greatestCandidateCount = 32
    /// Answers to SELECT NEXT for one name.
    static let greatestOccurrence = 8

    mutating func selectDirectory() -> Step {
        guard !terminal.applications.isEmpty else { return end(.noSupportedApplication) }
        return select(.directory, Self.directoryName)
    }

    private mutating func select(_ next: Phase, _ name: [UInt8], occurrence: Int = 0) -> Step {
        send(next, 0x00, 0xA4, 0x04, occurrence == 0 ? 0x00 : 0x02, data: name, le: 0)
    }

    // MARK: Directory

    mutating func receivedDirectory(_ response: ResponseAPDU) -> Step {
        switch response.status {
        case .success: break
        // The card is blocked.
        case .functionNotSupported: return end(.status(response.status, .selectDirectory))
        default: return list(from: 0)
        }
        guard let control = try? FileControlInformation(response.data),
            let field = control.proprietary.first(where: { $0.tag == EMVTag.shortFileIdentifier })?.value,
            field.count == 1, let file = field.first, (1...10).contains(file)
        else { return list(from: 0) }
        return readDirectory(file: file, number: 1)
    }

    private mutating func readDirectory(file: UInt8, number: UInt8) -> Step {
        guard number <= Self.greatestDirectoryRecord else { return choose() }
        return send(.directoryRecord(file: file, number: number), 0x00, 0xB2, number, file << 3 | 0x04, le: 0)
    }

    mutating func receivedDirectoryRecord(_ response: ResponseAPDU, file: UInt8, number: UInt8) -> Step {
        if response.status == .recordNotFound {
            // A directory without an application of ours is as good as none.
            return candidates.isEmpty ? list(from: 0) : choose()
        }
        guard response.status == .success, let outer = try? TLV.list(response.data), outer.count == 1,
            let template = outer.first, template.tag == EMVTag.recordTemplate,
            let entries = try? TLV.list(template.value)
        else {
            candidates = []
            return list(from: 0)
        }
        for entry in entries where entry.tag == EMVTag.directoryEntry {
            guard let objects = try? TLV.list(entry.value) else { continue }
            func value(_ tag: Tag) -> ArraySlice<UInt8>? { objects.first { $0.tag == tag }?.value }
            guard let name = value(EMVTag.applicationIdentifier) else { continue }
            add(Array(name), label: value(EMVTag.applicationLabel), priority: value(EMVTag.applicationPriorityIndicator))
        }
        return readDirectory(file: file, number: number + 1)
    }

    // MARK: List of AIDs

    private mutating func list(from index: Int, occurrence: Int = 0) -> Step {
        guard index < terminal.applications.count else { return choose() }
        let name = terminal.applications[index].applicationIdentifier
        return select(.listing(index: index, occurrences: occurrence), name, occurrence: occurrence)
    }

    mutating func receivedListed(_ response: ResponseAPDU, index: Int, occurrences: Int) -> Step {
        let application = terminal.applications[index]
        if response.status == .functionNotSupported, candidates.isEmpty, index == 0, occurrences == 0 {
            return end(.status(response.status, .selectApplication))
        }
        // 6283: this application is blocked, the next of its name may not be.
        let isBlocked = response.status == StatusWord(rawValue: 0x6283)
        guard response.status == .success || isBlocked, let control = try? FileControlInformation(response.data),
            let name = control.dedicatedFileName
        else { return list(from: index + 1) }
        func value(_ tag: Tag) -> ArraySlice<UInt8>? { control.proprietary.first { $0.tag == tag }?.value }
        if !isBlocked {
            add(Array(name), label: value(EMVTag.applicationLabel), priority: value(EMVTag.applicationPriorityIndicator))
        }
        let isExact = name.elementsEqual(application.applicationIdentifier)
        guard !isExact, application.allowsPartialName, occurrences + 1 < Self.greatestOccurrence else {
            return list(from: index + 1)
        }
        return list(from: index, occurrence: occurrences + 1)
    }

    // MARK: Candidates

    private mutating func add(_ name: [UInt8], label: ArraySlice<UInt8>?, priority: ArraySlice<UInt8>?) {
        guard (5...16).contains(name.count), candidates.count < Self.greatestCandidateCount,
            let application = terminal.applications.first(where: { $0.matches(name) }),
            !candidates.contains(where: { $0.name == name })
        else { return }
        let indicator = priority?.first ?? 0
        let isText = label.map { !$0.isEmpty && $0.count <= 16 && $0.allSatisfy { (0x20...0x7E).contains($0) } } ?? false
        candidates.append(
            Candidate(
                name: name, label: isText ? String(decoding: label ?? [], as: UTF8.self) : Hex.encode(name),
                priority: indicator & 0x0F == 0 ? 16 : indicator & 0x0F, wantsConfirmation: indicator & 0x80 != 0,
                application: application))
    }

    /// §12.4: one that needs no confirmation is taken; without a payer to ask, so is the best of those.
    mutating func choose() -> Step {
        let sorted = candidates.enumerated().sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map(\.element)
        if terminal.letsPayerChoose, let first = sorted.first, sorted.count > 1 || first.wantsConfirmation {
            phase = .choosing(sorted)
            return remember(.chooseApplication(sorted.map { ApplicationLabel(text: $0.label) }))
        }
        guard let best = sorted.first(where: { !$0.wantsConfirmation }) else { return end(.noSupportedApplication) }
        return take(best)
    }

    /// The payer's choice, a place in the list that was shown; nil or any other: none of them.
    public mutating func chose(_ place: Int?) -> Step {
        guard case .choosing(let shown) = phase else { return lastStep ?? start() }
        guard let place, shown.indices.contains(place) else { return finish(.cancelled) }
        return take(shown[place])
    }

    private mutating func take(_ candidate: Candidate) -> Step {
        candidates.removeAll { $0.name == candidate.name }
        return select(.selecting(candidate), candidate.name)
    }
}
