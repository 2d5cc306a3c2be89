import Core
import SmartCard
import Testing
import VirtualCards

@testable import Tags

@Suite("A tag's evidence has one form")
struct EvidenceFormTests {
    @Test("Objects in another order, twice, or with longer lengths are no evidence; nor is anything cut or added")
    func forms() throws {
        for readsCounter in [true, false] {
            var scene = try ClosedLoopScene(readsCounter: readsCounter)
            guard case .authenticated(let evidence) = try scene.tap(try scene.tag()) else {
                Issue.record("not authenticated")
                return
            }
            let bytes = evidence.encoded
            #expect(ClosedLoopEvidence(bytes) == evidence)
            let objects = try TLV.list(try #require(try TLV.list(bytes).first).value)
            func written(_ objects: [TLV]) -> [UInt8] { TLV(0xE1, objects).encoded }
            #expect(written(objects) == bytes)
            #expect(ClosedLoopEvidence(written(objects.reversed())) == nil)
            #expect(ClosedLoopEvidence(written(objects + [objects[0]])) == nil)
            #expect(ClosedLoopEvidence(written(Array(objects.dropFirst()))) == nil)
            for place in bytes.indices {
                #expect(ClosedLoopEvidence(Array(bytes[..<place])) == nil)
                // A length of one byte says the same as 81 before it.
                let longer = bytes[..<place] + [0x81] + bytes[place...]
                #expect(ClosedLoopEvidence(Array(longer)) == nil, "\(place)")
            }
            #expect(ClosedLoopEvidence(bytes + [0]) == nil)
            // The length of the template in two bytes.
            #expect(ClosedLoopEvidence([0xE1, 0x82, 0x00] + bytes[2...]) == nil)
        }
    }
}
