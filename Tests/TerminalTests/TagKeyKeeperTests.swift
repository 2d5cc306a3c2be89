import Core
import Crypto
import Foundation
import HostProtocol
import Tags
import Testing

@testable import HostLedger
@testable import Terminal

extension ClosedLoopOutcome {
    fileprivate var isOurs: Bool { if case .authenticated = self { true } else { false } }
}

@Suite("A terminal's keys of tags come sealed from the host and stay so on its disk", .timeLimit(.minutes(5)))
struct TagKeyKeeperTests {
    @Test("First start: none; then the host's, which pay at once, after a restart, and without a network")
    func first() async throws {
        let scene = try await TagKeyDeskScene()
        let keeper = try scene.keeper()
        #expect(keeper.standing == .none && keeper.profiles.isEmpty)
        #expect(try scene.tap(keeper, master: TagKeyDeskScene.master) == .notOurs(.text(.notAuthentic)))
        #expect(await keeper.turn() == .settled)
        let version = try #require(scene.ring.secrets?.version)
        #expect(keeper.standing == .held(version: version, generations: 1, isKept: true))
        #expect(try scene.tap(keeper, master: TagKeyDeskScene.master).isOurs)
        #expect(try FileManager.default.attributesOfItem(atPath: scene.page)[.posixPermissions] as? Int == 0o600)
        scene.state.withLock { $0.isAway = true }
        let asked = scene.now.asked.count
        let again = try scene.keeper()
        #expect(again.standing == keeper.standing && scene.now.asked.count == asked)
        #expect(try scene.tap(again, master: TagKeyDeskScene.master).isOurs)
        // Asked in vain, it goes on with what it has.
        #expect(await again.turn() == .unreachable(.unreachable("connectionRefused")))
        #expect(try scene.tap(again, master: TagKeyDeskScene.master).isOurs)
    }

    @Test("It asks with the same key of its own each time, and says what it has kept")
    func asks() async throws {
        let scene = try await TagKeyDeskScene()
        let keeper = try scene.keeper()
        #expect(await keeper.turn() == .settled)
        #expect(await keeper.turn() == .settled)
        let before = try Data(contentsOf: URL(fileURLWithPath: scene.page))
        let restarted = try scene.keeper()
        #expect(await restarted.turn() == .settled)
        let asked = scene.now.asked
        #expect(asked.map(\.known) == [nil, scene.ring.secrets?.version, scene.ring.secrets?.version])
        #expect(Set(asked.map(\.recipient)).count == 1 && Set(asked.map(\.nonce)).count == 3)
        #expect(try Data(contentsOf: URL(fileURLWithPath: scene.page)) == before)
        // The key is no other key's: neither the device's own bytes, nor another terminal's.
        let own = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: scene.deviceKey.rawRepresentation)
        #expect(asked[0].recipient != own.publicKey.rawRepresentation.base64EncodedString())
        #expect(try scene.safe().recipient.rawRepresentation != scene.safe(deviceKey: Curve25519.Signing.PrivateKey()).recipient.rawRepresentation)
    }

    @Test("Two masters for a time: the new one is taken over, the one before still pays; then it alone", .timeLimit(.minutes(5)))
    func rotation() async throws {
        typealias Keys = TagKeyDeskScene
        let scene = try await TagKeyDeskScene()
        let keeper = try scene.keeper()
        #expect(await keeper.turn() == .settled)
        #expect(try !scene.tap(keeper, master: Keys.next).isOurs)
        scene.ring.secrets = TagSecrets([(Keys.meta, Keys.next), (Keys.meta, Keys.master)])
        #expect(await keeper.turn() == .settled)
        let (version, restarted) = (try #require(scene.ring.secrets?.version), try scene.keeper())
        for keeper in [keeper, restarted] {
            #expect(keeper.standing == .held(version: version, generations: 2, isKept: true))
            for master in [Keys.next, Keys.master] {
                let outcome = try scene.tap(keeper, master: master)
                guard case .authenticated(let evidence) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
                // What it proved is genuine to the host with both.
                #expect(try scene.ring.keys.contains { try evidence.isGenuine($0) })
            }
        }
        scene.ring.secrets = TagSecrets([(Keys.meta, Keys.next)])
        #expect(await keeper.turn() == .settled)
        #expect(try scene.tap(keeper, master: Keys.next).isOurs)
        #expect(try !scene.tap(keeper, master: Keys.master).isOurs)
    }

    @Test("Neither another device key nor another terminal's name opens the page; another host's is none; the host mends all of it")
    func others() async throws {
        let scene = try await TagKeyDeskScene()
        #expect(try await scene.keeper().turn() == .settled)
        #expect(try scene.keeper(scene.safe(deviceKey: Curve25519.Signing.PrivateKey())).standing == .unreadable(.anotherKey))
        #expect(try scene.keeper(scene.safe(terminal: "T2")).standing == .unreadable(.altered))
        #expect(try scene.keeper(scene.safe(host: Curve25519.Signing.PrivateKey().publicKey)).standing == .none)
        let page = try WireJSON.decode(TagKeyPage.self, from: Array(Data(contentsOf: URL(fileURLWithPath: scene.page))))
        #expect(throws: TagSecrets.OpenFailure.anotherKey) {
            try scene.safe(deviceKey: Curve25519.Signing.PrivateKey()).open(page.sealed, version: page.version)
        }
        // The wrong keeper has no profiles, tells an alarm, and crashes nothing.
        let wrong = try scene.keeper(scene.safe(deviceKey: Curve25519.Signing.PrivateKey()))
        #expect(wrong.profiles.isEmpty && wrong.keptVersion == nil)
        #expect(TagKeyAlarms.findings(wrong.standing).map(\.severity) == ["error"])
    }

    @Test("A page that was changed, cut, or swapped is an alarm, not a crash; asked again, it is whole", arguments: [
        "version", "sealed", "seal", "cut", "empty", "huge", "folder", "planted", "unreadable bytes",
    ])
    func spoilt(_ what: String) async throws {
        let scene = try await TagKeyDeskScene()
        #expect(try await scene.keeper().turn() == .settled)
        let file = URL(fileURLWithPath: scene.page)
        let bytes = try Data(contentsOf: file)
        var page = try WireJSON.decode(TagKeyPage.self, from: Array(bytes))
        switch what {
        case "version": page.version = "0123456789ABCDEF"
        case "sealed": page.sealed = String(page.sealed.dropLast(8)) + "AAAAAAA="
        case "seal": page.seal = Data(repeating: 0, count: 32)
        case "planted":
            // Keys of somebody else's, well sealed to this terminal by who has only seen its public key.
            let own = try #require(TagSecrets([(TagKeyDeskScene.next, TagKeyDeskScene.next)]))
            page.sealed = try own.sealed(to: scene.safe().recipient, terminal: "T1")
            page.version = own.version
        default: break
        }
        var spoilt = Data(try WireJSON.encode(page))
        switch what {
        case "cut": spoilt = bytes.prefix(bytes.count / 2)
        case "empty": spoilt = Data()
        case "huge": spoilt = bytes + Data(repeating: 0x20, count: 1 << 20)
        case "unreadable bytes": spoilt = Data((0..<500).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        default: break
        }
        if what == "folder" {
            try FileManager.default.removeItem(at: file)
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
        } else {
            try spoilt.write(to: file)
        }
        let keeper = try scene.keeper()
        guard case .unreadable(let problem) = keeper.standing else {
            Issue.record("\(keeper.standing)")
            return
        }
        #expect((problem == .altered) == ["version", "sealed", "seal", "planted"].contains(what))
        #expect(keeper.profiles.isEmpty && keeper.keptVersion == nil)
        let finding = try #require(TagKeyAlarms.findings(keeper.standing).first)
        #expect(finding.severity == "error" && finding.what.contains("can't be opened"))
        if what == "folder" { try FileManager.default.removeItem(at: file) }
        #expect(await keeper.turn() == .settled)
        #expect(TagKeyAlarms.findings(keeper.standing).isEmpty)
        #expect(try scene.tap(try scene.keeper(), master: TagKeyDeskScene.master).isOurs)
    }

    @Test("An answer that does not open takes the place of nothing, on the disk as in memory")
    func wrongAnswers() async throws {
        let scene = try await TagKeyDeskScene()
        let keeper = try scene.keeper()
        #expect(await keeper.turn() == .settled)
        let (before, standing) = (try Data(contentsOf: URL(fileURLWithPath: scene.page)), keeper.standing)
        scene.ring.secrets = TagSecrets([(TagKeyDeskScene.meta, TagKeyDeskScene.next)])
        let forAnother = try #require(scene.ring.secrets).sealed(to: scene.safe().recipient, terminal: "T2")
        let twists: [@Sendable (inout TagKeyAnswer) -> Void] = [
            { $0.sealed = nil }, { $0.sealed = "" }, { $0.sealed = forAnother }, { $0.version = "0123456789ABCDEF" },
        ]
        for twist in twists {
            scene.state.withLock { $0.twist = twist }
            #expect(await keeper.turn() == .unreachable(.malformed(field: "sealed")))
            #expect(keeper.standing == standing)
            #expect(try Data(contentsOf: URL(fileURLWithPath: scene.page)) == before)
        }
        scene.state.withLock { $0.twist = { _ in } }
        #expect(await keeper.turn() == .settled)
        #expect(keeper.standing != standing)
    }

    @Test("Refused by the host, it keeps what it has; a merchant that takes no tags any more has it forgotten, on the disk too")
    func withdrawn() async throws {
        let scene = try await TagKeyDeskScene()
        let keeper = try scene.keeper()
        #expect(await keeper.turn() == .settled)
        try await scene.enrol("epassi-card")
        #expect(await keeper.turn() == .notOffered)
        scene.ring.secrets = nil
        #expect(await keeper.turn() == .notOffered)
        #expect(try scene.tap(keeper, master: TagKeyDeskScene.master).isOurs)
        keeper.forget()
        #expect(keeper.standing == .none && keeper.profiles.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: scene.page))
        #expect(try scene.keeper().standing == .none)
    }

    @Test("A state directory that takes no file: the keys pay until the next start, and the status says so")
    func notKept() async throws {
        let scene = try await TagKeyDeskScene()
        let keeper = try scene.keeper(scene.safe(directory: scene.folder.path + "/nowhere"))
        #expect(await keeper.turn() == .notKept)
        #expect(try scene.tap(keeper, master: TagKeyDeskScene.master).isOurs)
        #expect(TagKeyAlarms.findings(keeper.standing).map(\.severity) == ["error"])
        // It says that it has kept nothing, and so is given them again.
        #expect(await keeper.turn() == .notKept)
        #expect(scene.now.asked.map(\.known) == [nil, nil])
    }
}
