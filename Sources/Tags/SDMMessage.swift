import Core

/// What a URL carries of its tag, taken apart; nothing of it is believed yet.
struct SDMMessage: Sendable, Hashable {
    enum Identity: Sendable, Hashable {
        case encrypted([UInt8])
        /// Counter most significant byte first.
        case plain(uid: [UInt8], counter: [UInt8])
    }

    let identity: Identity
    let file: [UInt8]?
    let mac: [UInt8]
    let macInput: [UInt8]

    /// The NDEF file has 256 bytes; who hands on a URL may add something.
    static let mostBytes = 1_024
    static let mostParameters = 32

    init(_ url: String, _ layout: SDMLayout) throws(SDMFailure) {
        guard url.utf8.count <= Self.mostBytes else { throw .malformed(.url) }
        var query = Query(Array(url.utf8))
        guard query.parameters.count <= Self.mostParameters else { throw .malformed(.url) }
        switch layout.identity {
        case .encrypted(let name): identity = .encrypted(try query.hex(name, bytes: 16, .identity))
        case .plain(let uid, let counter):
            identity = .plain(
                uid: try query.hex(uid, bytes: NTAG424.uidBytes, .uid), counter: try query.hex(counter, bytes: 3, .counter))
        }
        if let name = layout.file {
            let bytes = try query.hex(name, bytes: nil, .file)
            guard !bytes.isEmpty, bytes.count % 16 == 0 else { throw .malformed(.file) }
            file = bytes
        } else {
            file = nil
        }
        mac = try query.hex(layout.mac, bytes: 8, .mac)
        switch layout.macInput {
        case .empty: macInput = []
        case .from(let name):
            let (start, end) = (try query.value(name, .macInput).lowerBound, try query.value(layout.mac, .mac).lowerBound)
            guard start <= end else { throw .malformed(.macInput) }
            macInput = Array(query.bytes[start..<end])
        }
    }
}

/// The parameters of a URL as places in its bytes. Nothing is decoded: a tag writes digits where it mirrors, and the MAC is
/// over what stands there.
private struct Query {
    private(set) var bytes: [UInt8]
    private(set) var parameters: [(name: Range<Int>, value: Range<Int>)] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let end = bytes.firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex
        guard let mark = bytes[..<end].firstIndex(of: UInt8(ascii: "?")) else { return }
        var start = mark + 1
        while start < end {
            let stop = bytes[start..<end].firstIndex(of: UInt8(ascii: "&")) ?? end
            let sign = bytes[start..<stop].firstIndex(of: UInt8(ascii: "=")) ?? stop
            parameters.append((start..<sign, min(sign + 1, stop)..<stop))
            start = stop + 1
        }
    }

    /// A parameter that is there twice is not there: which one counts would be anybody's guess.
    func value(_ name: String, _ field: SDMFailure.Field) throws(SDMFailure) -> Range<Int> {
        let found = parameters.filter { bytes[$0.name].elementsEqual(name.utf8) }
        guard found.count == 1, let value = found.first?.value else { throw .malformed(field) }
        return value
    }

    /// Digits in either case. They are put into capitals where they stand: tags write capitals, and some wallets don't.
    mutating func hex(_ name: String, bytes count: Int?, _ field: SDMFailure.Field) throws(SDMFailure) -> [UInt8] {
        let range = try value(name, field)
        let text = String(decoding: bytes[range], as: UTF8.self)
        guard !bytes[range].contains(UInt8(ascii: " ")), let decoded = Hex.decode(text),
            count.map({ $0 == decoded.count }) ?? true
        else { throw .malformed(field) }
        bytes.replaceSubrange(range, with: Hex.encode(decoded).utf8)
        return decoded
    }
}
