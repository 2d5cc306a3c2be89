import Foundation
import VirtualCards

/// Counter and balance of a card between taps: JSON, replaced as a whole.
struct CardStateFile {
    let path: String

    /// Nil when there is no such file yet.
    func read() throws -> VisaPrepaidCard.CardState? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try JSONDecoder().decode(VisaPrepaidCard.CardState.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func write(_ state: VisaPrepaidCard.CardState) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try encoder.encode(state).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
