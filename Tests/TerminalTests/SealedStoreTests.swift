import Core
import Foundation
import HostProtocol
import SmartCard
import Testing
import VirtualCards

@testable import Terminal

@Suite("ALL-5: the store's files tell no card number", .timeLimit(.minutes(5)))
struct SealedStoreTests {
    static let pans = [LaneScene.pan, "4111111111111111", "4012888888881881"]

    /// Every file of the scene, as it lies on the disk.
    private func files(_ scene: LaneScene) throws -> [(String, Data)] {
        try FileManager.default.contentsOfDirectory(at: scene.folder, includingPropertiesForKeys: nil)
            .map { ($0.lastPathComponent, try Data(contentsOf: $0)) }
    }

    private func leaks(_ scene: LaneScene) throws -> [String] {
        try files(scene).flatMap { file, data in
            Self.pans.flatMap { pan in
                // The number, and the beginning of track 2: number, separator, expiry.
                (LeakScan(pan).found(in: data) + LeakScan(pan + "D4911").found(in: data)).map { "\(file): \($0)" }
            }
        }
    }

    @Test("Offline, online, declined, unknown and expired cards: database and log hold no number in any form")
    func run() async throws {
        let scene = try LaneScene()
        _ = try await scene.tap(try VisaPrepaidCard.make())
        scene.host.answer(ScriptedHost.approval(scene.account(version: 2)))
        _ = try await scene.tap(try VisaPrepaidCard.make(), 60_000)
        scene.host.answer(ScriptedHost.refusal("insufficientFunds"))
        _ = try await scene.tap(try VisaPrepaidCard.make(), 61_000)
        scene.host.leave()
        _ = try await scene.tap(try VisaPrepaidCard.make(pan: Self.pans[1]))
        _ = try await scene.tap(try VisaPrepaidCard.make(pan: Self.pans[2]) { ($0.expiryYear, $0.expiryMonth) = (2025, 10) })
        // Something was written, and what the host opens is the card's data: there was something to leak.
        let sealed = try scene.records().filter { $0.sealedEvidence != nil }
        #expect(sealed.count >= 2)
        for record in sealed {
            let objects = try TLV.list(SealedEvidence.open(try #require(record.sealedEvidence), payment: record.payment, key: scene.hostKey))
            #expect(objects.contains { $0.tag == 0x57 || $0.tag == 0x5A })
        }
        #expect(try files(scene).map(\.0).contains("kassad.sqlite-wal"))
        #expect(try leaks(scene) == [])
        scene.store.close()
        #expect(try leaks(scene) == [])
    }

    @Test("The scan finds each form, wherever it lies", arguments: LeakScan(pans[0]).forms.indices)
    func scanFinds(_ index: Int) {
        let scan = LeakScan(Self.pans[0]), form = scan.forms[index]
        let noise = Data((0..<1000).map { _ in UInt8.random(in: .min ... .max) })
        #expect(scan.found(in: noise + Data(form.bytes) + noise).contains(form.name))
        #expect(form.bytes.count >= 6)
    }

    @Test("The scan finds what encoders write: base64 of a text around the number, and of track 2 in packed digits")
    func scanFindsEncoded() {
        let scan = LeakScan(Self.pans[0])
        for lead in ["", "a", "ab", "abc"] {
            let text = Data((lead + Self.pans[0] + "=4911").utf8).base64EncodedData()
            #expect(scan.found(in: text).contains("base64"))
            let track = Data(lead.utf8) + Data(Hex.decode(Self.pans[0] + "D49112010F") ?? [])
            #expect(scan.found(in: track.base64EncodedData()).contains("BCD in base64"))
        }
    }

    @Test("A leak that is put into the store on purpose is found")
    func planted() async throws {
        let scene = try LaneScene()
        // A till that sends the card's number as its reference: the one text of the outside that the journal keeps as it is.
        scene.reader.insert(try VisaPrepaidCard.make())
        _ = try await scene.pay(9_500, reference: Self.pans[0])
        #expect(try leaks(scene).contains { $0.hasSuffix("ASCII") })
    }
}
