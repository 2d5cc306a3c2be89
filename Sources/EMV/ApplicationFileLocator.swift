import SmartCard

/// The records a card wants read, tag 94 (EMV Book 3 §10.2).
struct ApplicationFileLocator: Sendable, Equatable {
    struct Record: Sendable, Equatable {
        /// Short file identifier, 1–30.
        let file: UInt8
        let number: UInt8
        /// Part of the static data to be authenticated.
        let isAuthenticated: Bool
    }

    /// More than any card needs; a card can't keep the terminal reading.
    static let greatestRecordCount = 32

    /// In reading order.
    let records: [Record]

    init(_ bytes: [UInt8]) throws(DataFault) {
        guard !bytes.isEmpty, bytes.count % 4 == 0 else { throw .value(EMVTag.applicationFileLocator) }
        var records: [Record] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let entry = Array(rest.prefix(4))
            rest = rest.dropFirst(4)
            let (file, first, last, authenticated) = (entry[0] >> 3, entry[1], entry[2], entry[3])
            guard entry[0] & 0x07 == 0, (1...30).contains(file), first >= 1, last >= first,
                Int(authenticated) <= Int(last) - Int(first) + 1,
                records.count + Int(last) - Int(first) < Self.greatestRecordCount
            else { throw .value(EMVTag.applicationFileLocator) }
            for number in first...last {
                records.append(Record(file: file, number: number, isAuthenticated: number - first < authenticated))
            }
        }
        self.records = records
    }
}
