import Crypto
import Foundation

/// Proves that this terminal wrote its journal: HMAC-SHA256 (RFC 2104) under a key that is derived from the device key with
/// HKDF-SHA256 (RFC 5869). Whoever can write the file but does not hold the key can make a hash chain, not a seal.
///
/// Each kind of statement has a word of its own before it, so that a seal of one can't stand for another.
///
/// What no seal on the same disk can tell is a whole file that was replaced by an earlier one of its own: that is the host's
/// to see (``PaymentStore/compare(_:now:)``).
public struct JournalSeal: Sendable {
    /// Keyed once: each seal goes on from here.
    private let keyed: HMAC<SHA256>

    /// - Parameter deviceKey: the 32 bytes of the terminal's private key.
    public init(deviceKey: [UInt8]) {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: deviceKey), salt: Data("kassad".utf8), info: Data("journal seal 1".utf8),
            outputByteCount: 32)
        keyed = HMAC(key: key)
    }

    /// Of one record, and by its link of all before it.
    func record(_ sequence: Int64, _ chain: [UInt8]) -> Data { Data(code("record", [sequence], chain)) }

    /// Of the journal's end: a tail that was cut off shows, because only the last one is kept.
    func head(_ head: JournalHead) -> Data { Data(code(head)) }

    func anchor(_ anchor: JournalAnchor) -> Data { Data(code(anchor)) }

    func mark(_ mark: JournalMark) -> Data { Data(code(mark)) }

    func isValid(_ seal: Data?, record sequence: Int64, _ chain: [UInt8]) -> Bool {
        seal.map { code("record", [sequence], chain) == $0 } ?? false
    }

    func isValid(_ head: JournalHead) -> Bool { head.seal.map { code(head) == $0 } ?? false }

    func isValid(_ anchor: JournalAnchor) -> Bool { anchor.seal.map { code(anchor) == $0 } ?? false }

    func isValid(_ mark: JournalMark) -> Bool { mark.seal.map { code(mark) == $0 } ?? false }

    private func code(_ head: JournalHead) -> HMAC<SHA256>.MAC {
        code("head", [head.next, head.sealedFrom, head.marks], head.chain)
    }

    private func code(_ anchor: JournalAnchor) -> HMAC<SHA256>.MAC {
        code("anchor", [anchor.sequence, anchor.purgedAt], anchor.chain)
    }

    private func code(_ mark: JournalMark) -> HMAC<SHA256>.MAC {
        code("mark", [mark.number, mark.after, mark.hostSequence, mark.notedAt], mark.chain + mark.hostChain)
    }

    /// The word, a zero byte, each number in eight bytes big endian, the links.
    private func code(_ word: String, _ numbers: [Int64], _ links: [UInt8]) -> HMAC<SHA256>.MAC {
        var message = Array("kassad journal \(word) 1".utf8)
        message.append(0)
        for number in numbers { withUnsafeBytes(of: number.bigEndian) { message.append(contentsOf: $0) } }
        message += links
        var code = keyed
        code.update(data: message)
        return code.finalize()
    }
}
