import SmartCard

/// The chip's side of a session that AuthenticateEV2First opened.
struct ChipSession {
    let number: Int
    let transaction: [UInt8]
    let encryption: [UInt8]
    let authentication: [UInt8]
    var counter: UInt16 = 0

    /// Session vectors of NT4H2421Gx §9.1.7, byte by byte.
    init(number: Int, key: [UInt8], randomA: [UInt8], randomB: [UInt8], transaction: [UInt8]) {
        self.number = number
        self.transaction = transaction
        var tail: [UInt8] = [randomA[0], randomA[1]]
        for place in 0..<6 { tail.append(randomA[2 + place] ^ randomB[place]) }
        tail += randomB[6..<16]
        tail += randomA[8..<16]
        encryption = ChipAES.cmac(key, [0xA5, 0x5A, 0x00, 0x01, 0x00, 0x80] + tail)
        authentication = ChipAES.cmac(key, [0x5A, 0xA5, 0x00, 0x01, 0x00, 0x80] + tail)
    }

    private func place(_ counter: UInt16) -> [UInt8] { [UInt8(counter & 0xFF), UInt8(counter >> 8)] + transaction }

    func commandMAC(_ instruction: UInt8, _ body: [UInt8]) -> [UInt8] {
        ChipAES.cut(ChipAES.cmac(authentication, [instruction] + place(counter) + body))
    }

    func deciphered(_ data: [UInt8]) -> [UInt8]? {
        guard !data.isEmpty, data.count % 16 == 0 else { return nil }
        let order = [0xA5, 0x5A] + transaction + place(counter).prefix(2) + [UInt8](repeating: 0, count: 8)
        var plain = ChipAES.cbc(encryption, data, iv: ChipAES.cbc(encryption, order, encrypts: true), encrypts: false)
        while plain.last == 0x00 { plain.removeLast() }
        return plain.popLast() == 0x80 ? plain : nil
    }

    /// The answer under the next number.
    mutating func answer(_ data: [UInt8], ciphered: Bool) -> [UInt8] {
        counter &+= 1
        var body = data
        if ciphered, !data.isEmpty {
            let padded = data + [0x80] + [UInt8](repeating: 0, count: 15 - data.count % 16)
            let order = [0x5A, 0xA5] + transaction + place(counter).prefix(2) + [UInt8](repeating: 0, count: 8)
            body = ChipAES.cbc(encryption, padded, iv: ChipAES.cbc(encryption, order, encrypts: true), encrypts: true)
        }
        return body + ChipAES.cut(ChipAES.cmac(authentication, [0x00] + place(counter) + body)) + [0x91, 0x00]
    }
}

extension NTAG424Tag {
    private static func status(_ code: UInt8) -> [UInt8] { [0x91, code] }
    private static let (illegal, integrity, length, denied, parameter, boundary, notFound): (
        UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
    ) = (0x1C, 0x1E, 0x7E, 0x9D, 0x9E, 0xBE, 0xF0)

    func native(_ apdu: CommandAPDU) -> [UInt8] {
        guard apdu.p1 == 0, apdu.p2 == 0, apdu.le == 0, selection != .none else { return Self.status(Self.illegal) }
        if apdu.ins == 0xAF { return finish(apdu.data) }
        handshake = nil
        if apdu.ins == 0x71 { return begin(apdu.data) }
        guard session != nil else {
            return apdu.ins == 0xAD ? plainRead(apdu.data) : Self.status(Self.denied)
        }
        let answer = secured(apdu.ins, apdu.data)
        // Any error ends the session.
        if answer.suffix(2) != [0x91, 0x00] { session = nil }
        return answer
    }

    private func begin(_ data: [UInt8]) -> [UInt8] {
        session = nil
        guard data.count >= 2, data.count == 2 + Int(data[1]), data[1] <= 6 else { return Self.status(Self.length) }
        let number = Int(data[0])
        guard number <= 4 else { return Self.status(0x40) }
        if let obstacle = obstacle(to: number) { return Self.status(obstacle) }
        let randomB = random(16)
        handshake = (number, randomB)
        return ChipAES.cbc(state.keys[number], randomB, encrypts: true) + Self.status(0xAF)
    }

    private func finish(_ data: [UInt8]) -> [UInt8] {
        guard let (number, randomB) = handshake else { return Self.status(0xCA) }
        handshake = nil
        guard data.count == 32 else { return Self.status(Self.length) }
        let key = state.keys[number]
        let plain = ChipAES.cbc(key, data, encrypts: false)
        guard Array(plain[16...]) == ChipAES.turned(randomB) else {
            ended(number, good: false)
            return Self.status(0xAE)
        }
        ended(number, good: true)
        let randomA = Array(plain[..<16])
        let transaction = random(4)
        session = ChipSession(number: number, key: key, randomA: randomA, randomB: randomB, transaction: transaction)
        let answer = transaction + ChipAES.turned(randomA) + [UInt8](repeating: 0, count: 12)
        return ChipAES.cbc(key, answer, encrypts: true) + Self.status(0x00)
    }

    /// ReadData of a file that is free to read.
    private func plainRead(_ data: [UInt8]) -> [UInt8] {
        guard data.count == 7 else { return Self.status(Self.length) }
        guard data[0] == 0x02 else { return Self.status(data[0] == 0x03 ? Self.denied : Self.notFound) }
        guard let part = Self.part(of: message(), data) else { return Self.status(Self.boundary) }
        return part + Self.status(0x00)
    }

    private func secured(_ instruction: UInt8, _ data: [UInt8]) -> [UInt8] {
        guard var session else { return Self.status(Self.denied) }
        defer { if self.session != nil { self.session = session } }
        // In a session files that are free to read stay free: without MAC or cipher, but counted.
        if instruction == 0xAD, data.count == 7, data[0] == 0x02 {
            let answer = plainRead(data)
            session.counter &+= 1
            return answer
        }
        guard data.count >= 8 else { return Self.status(Self.length) }
        let body = Array(data.dropLast(8))
        guard session.commandMAC(instruction, body) == Array(data.suffix(8)) else { return Self.status(Self.integrity) }
        let ciphered = configuration.ownFileMode == .full
        switch (instruction, body.count) {
        case (0x51, 0): return session.answer(configuration.uid, ciphered: true)
        case (0xF6, 1):
            guard body[0] == 0x02 else { return Self.status(Self.notFound) }
            guard session.number == configuration.counterKey else { return Self.status(Self.denied) }
            let taps = (0..<3).map { UInt8(truncatingIfNeeded: state.taps >> (8 * UInt32($0))) }
            return session.answer(taps + [0, 0], ciphered: true)
        case (0xAD, 7):
            guard body[0] == 0x03 else { return Self.status(Self.notFound) }
            guard session.number == configuration.ownFileKey else { return Self.status(Self.denied) }
            guard let part = Self.part(of: state.ownFile, body) else { return Self.status(Self.boundary) }
            return session.answer(part, ciphered: ciphered)
        case (0x8D, 8...):
            guard body[0] == 0x03 else { return Self.status(Self.denied) }
            guard session.number == configuration.ownFileKey else { return Self.status(Self.denied) }
            let sent = Array(body[7...])
            guard let plain = ciphered ? session.deciphered(sent) : sent else { return Self.status(Self.integrity) }
            let (offset, count) = (Self.number(body[1..<4]), Self.number(body[4..<7]))
            guard count == plain.count else { return Self.status(Self.length) }
            guard offset + count <= state.ownFile.count else { return Self.status(Self.boundary) }
            state.ownFile.replaceSubrange(offset..<(offset + count), with: plain)
            return session.answer([], ciphered: false)
        case (0xC4, 33...):
            return change(Int(body[0]), session.deciphered(Array(body[1...])), &session)
        default: return Self.status(Self.illegal)
        }
    }

    private func change(_ number: Int, _ plain: [UInt8]?, _ session: inout ChipSession) -> [UInt8] {
        guard session.number == 0 else { return Self.status(Self.denied) }
        guard number <= 4 else { return Self.status(0x40) }
        guard let plain, plain.count == (number == 0 ? 17 : 21) else { return Self.status(Self.length) }
        var key = Array(plain[..<16])
        if number != 0 {
            key = zip(key, state.keys[number]).map { $0 ^ $1 }
            guard Self.checksum(key) == Array(plain[17...]) else { return Self.status(Self.integrity) }
        }
        state.keys[number] = key
        state.failures[number] = 0
        state.failuresInRow[number] = 0
        guard number == 0 else { return session.answer([], ciphered: false) }
        self.session = nil
        return Self.status(0x00)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }

    /// File number, offset, length; a length of 0 is to the end.
    private static func part(of file: [UInt8], _ header: [UInt8]) -> [UInt8]? {
        let (offset, length) = (number(header[1..<4]), number(header[4..<7]))
        guard offset < file.count, offset + length <= file.count else { return nil }
        return Array(file[offset..<(length == 0 ? file.count : offset + length)])
    }

    /// CRC-32 by its definition, bit by bit, without the last inversion.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var rest: UInt32 = .max
        for bit in bytes.flatMap({ byte in (0..<8).map { byte >> $0 & 1 } }) {
            let carries = (rest ^ UInt32(bit)) & 1 == 1
            rest >>= 1
            if carries { rest ^= 0xEDB8_8320 }
        }
        return [UInt8(rest & 0xFF), UInt8(rest >> 8 & 0xFF), UInt8(rest >> 16 & 0xFF), UInt8(rest >> 24)]
    }
}
