import Core

/// A tap that a tag has proved with its own key. It proves that somebody read the tag, not that the tag is here now: a URL can
/// be read ahead and handed on. Value needs ``ClosedLoopTag`` (ALL-7).
public struct SDMTap: Sendable, Hashable {
    /// Seven bytes. Personal: it leaves the process as a keyed pseudonym.
    public let uid: [UInt8]
    /// Taps of the tag so far, 24 bits. Telephones that only look on count too: gaps are normal.
    public let counter: UInt32
    /// Deciphered file data, as the tag has them.
    public let file: [UInt8]?
}

extension SDMTap: CustomStringConvertible, CustomReflectable {
    public var description: String { "SDMTap \(counter)" }
    public var customMirror: Mirror { Mirror(self, children: ["counter": counter]) }
}

/// Verifies what NTAG 424 DNA mirrors into its URL at each tap: SUN, Secure Dynamic Messaging (NT4H2421Gx §9.3, AN12196 §3.4).
public struct SDMVerifier: Sendable {
    private let layout: SDMLayout
    private let metaRead: AESKey?
    private let fileRead: TagKey

    /// Nil when the layout's identity is enciphered and there is no key for it.
    /// - Parameters:
    ///   - metaRead: deciphers UID and counter: the same key in all tags, since it says which tag it is.
    ///   - fileRead: makes the MAC, and enciphers file data.
    public init?(layout: SDMLayout, metaRead: AESKey?, fileRead: TagKey) {
        if case .encrypted = layout.identity, metaRead == nil { return nil }
        self.layout = layout
        self.metaRead = metaRead
        self.fileRead = fileRead
    }

    /// Whoever calls this with URLs of others' making learns from the time it takes whether a text is well formed and no
    /// more: a MAC is computed and compared whatever came in.
    /// - Throws: ``SDMFailure`` other than `replayed`.
    public func verify(_ url: String) throws(SDMFailure) -> SDMTap {
        var message: SDMMessage?
        var fault: SDMFailure?
        do throws(SDMFailure) { message = try SDMMessage(url, layout) } catch { fault = error }
        do {
            let plain = try identity(message)
            let keys = try SDMKeys(fileRead.key(for: plain.uid), uid: plain.uid, counter: plain.counter)
            let mac = try keys.authentication.shortMAC(message?.macInput ?? [])
            let isEqual = AESKey.areEqual(mac, message?.mac ?? [UInt8](repeating: 0, count: mac.count))
            guard let message else { throw fault ?? .malformed(.url) }
            guard isEqual, plain.isWellFormed else { throw SDMFailure.notAuthentic }
            return SDMTap(
                uid: plain.uid, counter: NTAG424.number(plain.counter), file: try message.file.map { try keys.open($0) })
        } catch let failure as SDMFailure {
            throw failure
        } catch {
            throw .unavailable
        }
    }

    /// As ``verify(_:)``, and each tap only once: what a tag has written is taken when its counter is above all that were
    /// taken of it before.
    public func accept(_ url: String, once taps: some SDMReplayGuard) throws -> SDMTap {
        let tap = try verify(url)
        guard case .advanced = try taps.advance(tag: tap.uid, to: tap.counter) else { throw SDMFailure.replayed }
        return tap
    }

    /// UID and counter, least significant byte first; of a message that is none, some that are nobody's.
    private func identity(_ message: SDMMessage?) throws -> (uid: [UInt8], counter: [UInt8], isWellFormed: Bool) {
        if case .plain(let uid, let counter) = message?.identity { return (uid, counter.reversed(), true) }
        guard let metaRead else { return ([UInt8](repeating: 0, count: NTAG424.uidBytes), [0, 0, 0], false) }
        var block = AESKey.zeroBlock
        if case .encrypted(let data) = message?.identity { block = data }
        let plain = try metaRead.decrypt(block)
        // C7: a UID of seven bytes and the counter; chips are made to mirror less, and then nothing tells their taps apart.
        return (Array(plain[1..<8]), Array(plain[8..<11]), plain[0] == 0xC7)
    }
}

/// The keys of one tap (NT4H2421Gx §9.3.9): CMACs of label, UID and counter.
struct SDMKeys {
    let encryption: AESKey
    let authentication: AESKey
    private let counter: [UInt8]

    /// - Parameter counter: three bytes, least significant first.
    init(_ key: AESKey, uid: [UInt8], counter: [UInt8]) throws(AESFailure) {
        self.counter = counter
        encryption = try key.derived([0xC3, 0x3C, 0x00, 0x01, 0x00, 0x80] + uid + counter)
        authentication = try key.derived([0x3C, 0xC3, 0x00, 0x01, 0x00, 0x80] + uid + counter)
    }

    func open(_ file: [UInt8]) throws(AESFailure) -> [UInt8] {
        let vector = try encryption.encrypt(counter + [UInt8](repeating: 0, count: 13))
        return try encryption.decrypt(file, iv: vector)
    }
}
