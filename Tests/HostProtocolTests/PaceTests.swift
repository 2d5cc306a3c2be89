import Core
import HostProtocol
import Testing

@Suite("What hosts say of when to come again")
struct PaceTests {
    @Test("S = max(60, 1.5·N/C) seconds", arguments: [
        (0, 100, 60), (1, 100, 60), (4_000, 100, 60), (10_000, 100, 150), (10_001, 100, 151), (20_000, 100, 300),
        (100_000, 100, 1500), (100_000, 500, 300), (10_000_000, 1, 86_400), (Int.max, 1, 86_400), (5, 0, 60), (-1, -1, 60),
    ] as [(Int, Int, Int64)])
    func spread(terminals: Int, capacity: Int, seconds: Int64) {
        #expect(HostPace.spread(terminals: terminals, capacity: capacity) == seconds)
    }

    @Test("A pace beyond what a host can mean is none", arguments: [
        (nil, nil, true), (0, 86_400, true), (-1, nil, false), (nil, 86_401, false),
    ] as [(Int64?, Int64?, Bool)])
    func bounds(spread: Int64?, retryAfter: Int64?, holds: Bool) {
        #expect(HostPace(spread: spread, retryAfter: retryAfter).isWellFormed == holds)
    }

    @Test("An answer without a pace is as it was; a terminal of before reads one with it")
    func additive() throws {
        struct Old: Codable { var terminal: String, results: [RecordResult] }
        let answer = BatchAnswer(
            terminal: "T1", results: [], hostTime: .init(milliseconds: 5), later: [], pace: HostPace(spread: 60))
        #expect(try WireJSON.decode(Old.self, from: try WireJSON.encode(answer)).terminal == "T1")
        let plain = try WireJSON.encode(BatchAnswer(terminal: "T1", results: [], hostTime: .init(milliseconds: 5)))
        #expect(String(decoding: plain, as: UTF8.self) == #"{"hostTime":5,"results":[],"terminal":"T1","type":"batch"}"#)
        #expect(try WireJSON.decode(BatchAnswer.self, from: plain).pace == nil)
        let batch = try WireJSON.encode(RecordBatch(records: []))
        #expect(String(decoding: batch, as: UTF8.self) == #"{"records":[]}"#)
    }
}
