import Secrets

/// Why a host could not open a PIN block. The reasons are for its log; who sent the block hears one answer for all.
public enum PINBlockError: Error, Sendable, Hashable {
    case length(Int)
    /// Another format than the key's or the caller's.
    case format
    /// No PIN of four to twelve digits, or a wrong filling: another key, another card number, or tampered with.
    case content
    case key(CipherKeyError)
}

/// The host's side: PIN blocks that arrive. Not for terminals.
public enum ReceivedPINBlock {
    /// - Parameters:
    ///   - block: eight bytes for formats 0, 1 and 3, sixteen for format 4.
    ///   - key: of triple DES or AES, as the format wants.
    ///   - account: of the card that the request names; not used by format 1.
    public static func pin(
        _ block: [UInt8], _ format: PINBlockFormat, under key: borrowing CipherKey, _ account: AccountNumberField
    ) throws(PINBlockError) -> PIN {
        guard (format == .four) == (key.cipher == .aes) else { throw .format }
        guard block.count == key.cipher.blockLength else { throw .length(block.count) }
        let opened: SecretBytes
        do throws(CipherKeyError) {
            if format == .four {
                var inner = try key.decipher(block)
                inner.combine(account.long)
                opened = try key.decipher(inner)
            } else {
                var clear = try key.decipher(block)
                if format != .one { clear.combine(account.short) }
                opened = clear
            }
        } catch {
            throw .key(error)
        }
        return try read(opened, format)
    }

    /// The PIN of a block in the clear, from which the card number has been taken out.
    private static func read(_ field: borrowing SecretBytes, _ format: PINBlockFormat) throws(PINBlockError) -> PIN {
        let isRightFormat = field.withBytes { $0[0] >> 4 == format.rawValue }
        guard isRightFormat else { throw .format }
        let count = field.withBytes { Int($0[0] & 0x0F) }
        guard (4...12).contains(count) else { throw .content }
        var buffer: PINBuffer
        do throws(SecretMemoryError) { buffer = try PINBuffer() } catch { throw .key(.memory(error)) }
        var isWhole = true
        for place in 2..<16 {
            let nibble = field.withBytes { place % 2 == 0 ? $0[place / 2] >> 4 : $0[place / 2] & 0x0F }
            if place - 2 < count {
                isWhole = buffer.append(nibble) && isWhole
            } else {
                isWhole = isFilling(nibble, format) && isWhole
            }
        }
        guard isWhole, let pin = buffer.finished() else { throw .content }
        return pin
    }

    private static func isFilling(_ nibble: UInt8, _ format: PINBlockFormat) -> Bool {
        switch format {
        case .zero: nibble == 0x0F
        case .one: true
        case .three: nibble >= 0x0A
        case .four: nibble == 0x0A
        }
    }
}
