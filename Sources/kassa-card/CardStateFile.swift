import Foundation

/// What a card remembers between taps: JSON, replaced as a whole.
struct CardStateFile<State: Codable> {
    let path: String

    /// Nil when there is no such file yet.
    func read() throws -> State? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try JSONDecoder().decode(State.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func write(_ state: State) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try encoder.encode(state).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
