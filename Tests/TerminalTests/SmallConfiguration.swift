@testable import Terminal

extension TerminalConfiguration {
    /// The least that `kassad.toml` can say, with these keys in its `[lane]` and these tables after it.
    static func small(lane: String = "", tables: String) throws -> TerminalConfiguration {
        try TerminalConfiguration(
            toml: """
                terminal = "T1"
                [host]
                url = "https://localhost:8444"
                [lane]
                \(lane)
                \(tables)
                """, fileName: "kassad.toml")
    }
}
