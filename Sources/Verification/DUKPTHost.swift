import Secrets

/// The host's side of DUKPT: every key of every terminal from one base derivation key, or from one terminal's initial key. Not for
/// terminals.
public enum DUKPTHost {
    /// The initial key that a terminal is loaded with.
    /// - Parameters:
    ///   - base: base derivation key, 16 bytes, of AES 16 or 32 and at least as long as the initial key.
    ///   - serialNumber: its counter is ignored.
    public static func initialKey(
        _ scheme: DUKPTScheme, base: borrowing SecretBytes, serialNumber: KeySerialNumber
    ) throws(DUKPTError) -> SecretBytes {
        guard serialNumber.bytes.count == scheme.serialLength else { throw .badSerialNumber }
        guard base.count == scheme.keyLength || (scheme == .aes128 && base.count == 32) else {
            throw .key(.keyLength(base.count))
        }
        do throws(CipherKeyError) {
            switch scheme {
            case .tdes: return try TDESDUKPT.initialKey(base: base, serialNumber)
            case .aes128, .aes256:
                return try AESDUKPT.derived(
                    base, .initialKey, scheme == .aes128 ? .aes128 : .aes256, Array(serialNumber.bytes.prefix(8)))
            }
        } catch {
            throw .key(error)
        }
    }

    /// The key of a transaction, for what a terminal sent.
    /// - Throws: ``DUKPTError/badSerialNumber`` for a counter that no terminal uses: 0, or with too many ones.
    public static func transactionKey(
        _ scheme: DUKPTScheme, initialKey: borrowing SecretBytes, serialNumber: KeySerialNumber
    ) throws(DUKPTError) -> DUKPTTransactionKey {
        let counter = serialNumber.counter
        guard serialNumber.bytes.count == scheme.serialLength, counter != 0, counter.nonzeroBitCount <= scheme.greatestOnes
        else { throw .badSerialNumber }
        return DUKPTTransactionKey(
            scheme: scheme, serialNumber: serialNumber, try derived(scheme, initialKey, serialNumber))
    }

    /// The key under which a terminal's next initial key is sent (ANSI X9.24-3:2017 §6.6): that of a counter of ones, which no
    /// transaction uses.
    /// - Parameter serialNumber: of the initial key; the counter in it is ignored.
    public static func updateKey(
        _ scheme: DUKPTScheme, initialKey: borrowing SecretBytes, serialNumber: KeySerialNumber,
        type: AESDUKPT.KeyType? = nil
    ) throws(DUKPTError) -> CipherKey {
        guard scheme != .tdes, serialNumber.bytes.count == scheme.serialLength else { throw .badSerialNumber }
        let last = KeySerialNumber(base: serialNumber.bytes, counter: .max)
        let key = DUKPTTransactionKey(scheme: scheme, serialNumber: last, try derived(scheme, initialKey, last))
        do throws(CipherKeyError) { return try key.aesKey(.keyEncryption, type) } catch { throw .key(error) }
    }

    /// Down the one-bits of the counter, from the highest.
    private static func derived(
        _ scheme: DUKPTScheme, _ initialKey: borrowing SecretBytes, _ serialNumber: KeySerialNumber
    ) throws(DUKPTError) -> SecretBytes {
        guard initialKey.count == scheme.keyLength else { throw .key(.keyLength(initialKey.count)) }
        do throws(CipherKeyError) {
            var key = try initialKey.duplicate()
            var counter: UInt32 = 0
            for bit in (0..<UInt32(scheme.counterWidth)).reversed() where serialNumber.counter >> bit & 1 == 1 {
                counter |= 1 << bit
                key = try scheme.derived(key, serialNumber.bytes, counter: counter)
            }
            return key
        } catch {
            throw .key(error)
        }
    }
}
