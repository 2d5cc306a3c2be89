import Fleet
import Programmes
import Testing

@Suite("Late declines, collections, and books that are set back: what a payer pays is what was approved, once", .serialized)
struct ClaimHistoryTests {
    @Test("Random histories: never both booked, terminal and books agree to the cent")
    func histories() async throws {
        var counts: [String: Int] = [:]
        for seed: UInt64 in 1...12 {
            let folder = try Folder()
            let history = try ClaimHistory(seed: seed, folder: folder.url, programmes: try Programme.shipped())
            let faults = try await history.run(steps: 200)
            #expect(faults.isEmpty, "seed \(seed): \(faults.prefix(5))")
            counts.merge(history.counts, uniquingKeysWith: +)
        }
        print(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        for word in [
            "purchases", "declined later", "collections", "collections with lost answers", "set back", "put back",
            "lost answers", "given up", "restarts", "booked by order",
        ] { #expect(counts[word, default: 0] > 0, "\(word) never happened") }
        for word in ["accepted after all", "collections taken back", "voids of collections", "refunds of collections"] {
            #expect(counts[word, default: 0] >= 5, "\(word): only \(counts[word, default: 0])")
        }
    }
}
