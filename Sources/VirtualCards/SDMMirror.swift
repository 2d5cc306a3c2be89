import Core

/// The NDEF file of an NTAG 424 DNA with the places that the chip fills in: SDM offsets of its file settings.
public struct SDMMirror: Sendable, Hashable {
    public enum Failure: Error, Hashable, Sendable {
        /// A parameter that is to be mirrored is not in the template, or has not as many characters as it takes.
        case badPlace(String)
        /// The text does not fit into the file.
        case tooLong
    }

    /// File bytes with placeholders, from the length field on.
    public let file: [UInt8]
    /// Offsets in the file.
    let picc: Int?
    let uid: Int?
    let counter: Int?
    /// Of the enciphered file data, with their length in characters.
    let data: Range<Int>?
    let mac: Int
    let macInput: Int

    /// A URL whose parameters hold placeholders of any characters, as long as what comes there: 32 for the enciphered UID and
    /// counter, 14 and 6 for them in the clear, 16 for the MAC, a multiple of 32 for file data, of which the first half are
    /// the data.
    /// - Parameters:
    ///   - picc: the parameter that holds UID and counter enciphered; nil when `uid` and `counter` do in the clear.
    ///   - macFrom: the parameter from whose value on the MAC covers the text; nil: it covers nothing.
    public init(
        template: String, picc: String? = nil, uid: String? = nil, counter: String? = nil, data: String? = nil, mac: String,
        macFrom: String? = nil
    ) throws(Failure) {
        let message = NTAG21x.message(uri: template)
        guard message.count <= 254 else { throw .tooLong }
        let file = [0x00, UInt8(message.count)] + message
        func place(_ name: String, _ lengths: (Int) -> Bool) throws(Failure) -> Range<Int> {
            for sign in ["?", "&"] {
                let head = Array((sign + name + "=").utf8)
                guard let start = file.indices.first(where: { file[$0...].starts(with: head) }) else { continue }
                let from = start + head.count
                let end = file[from...].firstIndex(of: UInt8(ascii: "&")) ?? file.count
                guard lengths(end - from) else { break }
                return from..<end
            }
            throw .badPlace(name)
        }
        func start(_ name: String?, _ length: Int) throws(Failure) -> Int? {
            guard let name else { return nil }
            return try place(name) { $0 == length }.lowerBound
        }
        self.picc = try start(picc, 32)
        self.uid = try start(uid, 14)
        self.counter = try start(counter, 6)
        self.data = if let data { try place(data) { $0 > 0 && $0 % 32 == 0 } } else { nil }
        self.mac = try place(mac) { $0 == 16 }.lowerBound
        if let macFrom { macInput = try place(macFrom) { _ in true }.lowerBound } else { macInput = self.mac }
        guard macInput <= self.mac else { throw .badPlace(macFrom ?? mac) }
        self.file = file + [UInt8](repeating: 0, count: 256 - file.count)
    }

    /// The file as a reader sees it at one tap (NT4H2421Gx §9.3.3 to §9.3.8).
    /// - Parameters:
    ///   - fill: five random bytes behind the enciphered UID and counter.
    func filled(
        uid: [UInt8], counter: UInt32, metaKey: [UInt8], fileKey: [UInt8], fill: [UInt8]
    ) -> [UInt8] {
        var text = file
        func put(_ bytes: [UInt8], at place: Int) {
            let digits = Array(Hex.encode(bytes).utf8)
            text.replaceSubrange(place..<(place + digits.count), with: digits)
        }
        let low = (0..<3).map { UInt8(truncatingIfNeeded: counter >> (8 * UInt32($0))) }
        if let place = self.uid { put(uid, at: place) }
        if let place = self.counter { put(low.reversed(), at: place) }
        if let place = picc { put(ChipAES.cbc(metaKey, [0xC7] + uid + low + fill, encrypts: true), at: place) }
        func sessionKey(_ label: [UInt8]) -> [UInt8] {
            ChipAES.cmac(fileKey, label + [0x00, 0x01, 0x00, 0x80] + uid + low)
        }
        if let data {
            let key = sessionKey([0xC3, 0x3C])
            let vector = ChipAES.cbc(key, low + [UInt8](repeating: 0, count: 13), encrypts: true)
            let plain = Array(file[data.lowerBound..<(data.lowerBound + data.count / 2)])
            put(ChipAES.cbc(key, plain, iv: vector, encrypts: true), at: data.lowerBound)
        }
        put(ChipAES.cut(ChipAES.cmac(sessionKey([0x3C, 0xC3]), Array(text[macInput..<mac]))), at: mac)
        return text
    }
}
