import Core
import Secrets

@testable import Verification

extension Feed {
    /// Under which the samples are wrapped: published with TR-31's examples.
    static func protectionKey(_ version: KeyBlockHeader.Version) throws -> CipherKey {
        var bytes = Hex.decode(version == .aes ? "88E1AB2A2E3DD38C1FA039A536500CC8" : "DD7515F2BFC17F85CE48F3CA25CB21F6") ?? []
        return try CipherKey(version.cipher, SecretBytes(taking: &bytes))
    }

    private static let wrapped = Set((try? Samples.keyBlocks().map { String(decoding: $0, as: UTF8.self) }) ?? [])

    /// A key block is read, written again and unwrapped; only those of the samples are authentic.
    static func keyBlock(_ bytes: [UInt8]) throws {
        guard let block = try? KeyBlock(bytes) else { return }
        try promise(block.text.utf8.count == bytes.count, "\(bytes.count) characters became \(block.text.utf8.count)")
        try promise((try? KeyBlock(Array(block.text.utf8))) == block, "a block reads differently when it is written")
        try promise(block.header.optionalBlocks.count <= KeyBlockHeader.greatestBlockCount, "too many optional blocks")
        _ = "\(block)"
        guard let count = try? block.unwrapped(under: protectionKey(block.header.version)).count else { return }
        try promise(count == 16 && wrapped.contains(block.text), "a block that nobody wrapped was authentic")
    }

    /// A stored state of a terminal's keys: what is taken gives keys of growing serial numbers and can be stored again.
    static func keyState(_ bytes: [UInt8]) throws {
        var bytes = bytes
        guard let state = try? SecretBytes(taking: &bytes), var terminal = try? DUKPTTerminal(serialised: state) else { return }
        try promise(terminal.serialised().isEqualInConstantTime(to: state), "a state reads differently when it is written")
        var last: UInt32 = 0
        for _ in 0..<3 {
            let counter: UInt32
            do throws(DUKPTError) {
                counter = try terminal.next().serialNumber.counter
            } catch {
                try promise(error == .exhausted && terminal.remaining == 0, "\(error) of a good state")
                return
            }
            try promise(counter > last, "a counter that does not grow")
            last = counter
        }
    }
}

extension Samples {
    static func keyBlocks() throws -> [[UInt8]] {
        var numbers = RandomInput(seed: 31)
        var made: [[UInt8]] = []
        for version in [KeyBlockHeader.Version.tdes, .aes] {
            for count in 0..<3 {
                let blocks = [
                    KeyBlockHeader.OptionalBlock("KS", "00604B120F9292800000"),
                    KeyBlockHeader.OptionalBlock("TT", String(repeating: "A", count: 260)),
                ].compactMap(\.self).prefix(count)
                let header = try KeyBlockHeader(
                    version: version, keyUsage: "B1", algorithm: version == .aes ? "A" : "T", modeOfUse: "X", optionalBlocks: Array(blocks))
                var key = (0..<16).map { UInt8($0) }
                let block = try KeyBlock.wrapping(
                    SecretBytes(taking: &key), header, under: Feed.protectionKey(version), using: &numbers)
                made.append(Array(block.text.utf8))
            }
        }
        return made
    }

    static func keyStates() throws -> [[UInt8]] {
        var made: [[UInt8]] = []
        for scheme in [DUKPTScheme.tdes, .aes128, .aes256] {
            var key = (0..<UInt8(scheme.keyLength)).map { $0 }
            guard let serial = KeySerialNumber((1...UInt8(scheme.serialLength)).map { $0 }) else { continue }
            var terminal = try DUKPTTerminal(scheme: scheme, initialKey: SecretBytes(taking: &key), serialNumber: serial)
            made.append(try terminal.serialised().withBytes { Array($0) })
            for _ in 0..<5 { _ = try terminal.next().serialNumber }
            made.append(try terminal.serialised().withBytes { Array($0) })
        }
        return made
    }
}
