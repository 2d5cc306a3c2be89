import Programmes
import Tags

extension TerminalConfiguration {
    /// `[tags]`: `key_number` of the key that authenticates, whether tags let their counter be read with it, and the parameters
    /// of their URL. All of it has defaults, and none of it is secret.
    static func tagLayout(_ root: TOMLFileTable) throws(TOMLFileError) -> ClosedLoopLayout {
        var layout = ClosedLoopLayout()
        guard root.has("tags") else { return layout }
        let table = try root.table("tags")
        if table.has("key_number") {
            layout.keyNumber = UInt8(truncatingIfNeeded: try table.integer("key_number", in: 1...4))
        }
        if table.has("reads_counter") { layout.readsCounter = try table.flag("reads_counter") }
        layout.identityParameter = try table.string("identity_parameter", default: layout.identityParameter)
        layout.macParameter = try table.string("mac_parameter", default: layout.macParameter)
        try table.allKnown()
        return layout
    }
}
