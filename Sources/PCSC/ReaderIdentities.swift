import SmartCard

/// What is known of which device each reader is, as a value: it says whom to ask, and takes answers in the order of the
/// questions.
struct ReaderIdentities: Sendable {
    private struct Entry: Sendable {
        /// The newest question; an answer to an older one is not taken.
        var question: UInt64
        var identity: ReaderIdentity?
        /// Neither asked nor known: the driver could not be asked, for another program held the reader.
        var isOpen = false
    }

    private var entries: [String: Entry] = [:]
    private var next: UInt64 = 0

    subscript(name: String) -> ReaderIdentity? { entries[name]?.identity }

    /// A reader is asked when it is usable for the first time, and again after it was away. When devices came or went, all
    /// are asked again: a name may stand for another device now. Until then what is known of them stays.
    mutating func questions(after events: [SystemEvent], plugged: Bool) -> [(name: String, question: UInt64)] {
        var names: [String] = []
        if plugged { names = entries.keys.sorted() }
        for event in events {
            switch event {
            case .serviceDown:
                entries = [:]
                names = []
            case .readerRemoved(let name), .card(let name, .unavailable):
                entries[name] = nil
                names.removeAll { $0 == name }
            case .card(let name, _):
                if entries[name]?.isOpen ?? true, !names.contains(name) { names.append(name) }
            case .serviceUp, .readerAdded, .readerIdentified, .readerIgnored: break
            }
        }
        return names.map { name in
            next &+= 1
            entries[name, default: Entry(question: next)].question = next
            entries[name]?.isOpen = false
            return (name, next)
        }
    }

    /// - Returns: the identity, when it is news.
    mutating func answer(_ question: UInt64, of name: String, _ identity: ReaderIdentity?) -> ReaderIdentity? {
        guard var entry = entries[name], entry.question == question else { return nil }
        defer { entries[name] = entry }
        guard let identity else {
            entry.isOpen = true
            entry.identity = nil
            return nil
        }
        guard entry.identity != identity else { return nil }
        entry.identity = identity
        return identity
    }
}
