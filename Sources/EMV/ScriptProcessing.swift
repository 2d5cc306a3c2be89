import Core
import SmartCard

/// Issuer scripts one after another (EMV Book 3 §10.10): a command that fails ends its script, not the others.
struct ScriptProcessing: Sendable {
    static let greatestScriptCount = 16
    static let greatestCommandCount = 32

    private struct Script: Sendable {
        let identifier: [UInt8]
        let commands: [CommandAPDU]
        /// Not one of its commands is sent: a part can't be read.
        let isMalformed: Bool
    }

    private var rest: ArraySlice<Script>
    private var place = 0
    /// Five bytes a script that has ended (EMV Book 4 annex A5).
    private(set) var results: [UInt8] = []
    private(set) var hasFailed = false

    init(_ templates: [TLV]) { rest = templates.prefix(Self.greatestScriptCount).map(Self.script)[...] }

    private static func script(_ template: TLV) -> Script {
        guard let objects = try? TLV.list(template.value) else {
            return Script(identifier: [0, 0, 0, 0], commands: [], isMalformed: true)
        }
        let identifier = objects.first { $0.tag == EMVTag.issuerScriptIdentifier && $0.value.count == 4 }
        let parts = objects.filter { $0.tag == EMVTag.issuerScriptCommand }.prefix(greatestCommandCount)
        let commands = parts.compactMap { try? CommandAPDU(bytes: Array($0.value)) }
        return Script(
            identifier: identifier.map { Array($0.value) } ?? [0, 0, 0, 0], commands: commands,
            isMalformed: commands.count != parts.count)
    }

    /// The next command; nil when every script has ended.
    mutating func next() -> CommandAPDU? {
        while let script = rest.first {
            if !script.isMalformed, place < script.commands.count { return script.commands[place] }
            end(script, nibble: script.isMalformed ? 0x0 : 0x2, command: 0)
        }
        return nil
    }

    mutating func received(_ status: StatusWord) {
        guard let script = rest.first else { return }
        place += 1
        if ![0x90, 0x62, 0x63].contains(status.sw1) { end(script, nibble: 0x1, command: place) }
    }

    private mutating func end(_ script: Script, nibble: UInt8, command: Int) {
        if nibble != 0x2 { hasFailed = true }
        results += [nibble << 4 | UInt8(min(command, 0xF))] + script.identifier
        rest = rest.dropFirst()
        place = 0
    }
}
