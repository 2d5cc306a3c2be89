import Core
import Crypto
import Foundation
import HostLink
import HostProtocol
import Programmes
import Synchronization
import Tags
import Testing

@testable import HostLedger
@testable import Terminal
@testable import VirtualCards

/// Terminals with state directories of their own before a real host's service, without a network.
final class TagKeyDeskScene: Sendable {
    /// Nothing that anything else would write.
    static let meta: [UInt8] = [0x9B, 0x1C, 0xE4, 0x57, 0x03, 0xAD, 0x88, 0xF1, 0x62, 0xD9, 0x3E, 0xB0, 0x75, 0x4A, 0xC6, 0x2F]
    static let master: [UInt8] = [0x71, 0xE8, 0x0D, 0xB3, 0x94, 0x2A, 0xF6, 0x5C, 0x19, 0xC7, 0x80, 0x3B, 0xDE, 0x46, 0xA5, 0x6F]
    static let next: [UInt8] = [0x2D, 0x93, 0x5E, 0xF8, 0xC1, 0x67, 0x0A, 0xB4, 0xE9, 0x31, 0x7C, 0xD6, 0x48, 0x8F, 0x15, 0xA2]
    static let uid: [UInt8] = [0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80]

    struct State: Sendable {
        var isAway = false
        /// Changes what the host says, before the terminal checks it.
        var twist: @Sendable (inout TagKeyAnswer) -> Void = { _ in }
        var asked: [TagKeyRequest] = []
    }

    let state = Mutex(State())
    let folder: URL
    let ledger: SQLiteLedger
    let service: HostService
    let ring = TagKeyRing(TagSecrets([(TagKeyDeskScene.meta, TagKeyDeskScene.master)]))
    let host = Curve25519.Signing.PrivateKey()
    let deviceKey = Curve25519.Signing.PrivateKey()

    var now: State { state.withLock { $0 } }

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tag-keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "state"), withIntermediateDirectories: true)
        ledger = try SQLiteLedger(
            path: folder.appending(path: "ledger.sqlite").path, programmes: try Programme.shipped(),
            evidenceKey: Curve25519.KeyAgreement.PrivateKey(), pseudonymKey: SymmetricKey(size: .bits256))
        service = HostService(
            ledger: ledger, signingKey: host, clock: { UTCInstant(milliseconds: 1_795_258_800_000) }, logger: LaneScene.quiet,
            tagKeys: TagKeyDesk(ring: ring, ledger: ledger, programmes: try Programme.shipped()))
        try await enrol("smartum")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func enrol(_ programme: String) async throws {
        try await ledger.setTerminal(
            "T1", merchant: "M1", signingKey: deviceKey.publicKey, programmes: [programme],
            risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), now: UTCInstant(milliseconds: 1_795_258_800_000))
    }

    var stateDirectory: String { folder.appending(path: "state").path }
    var page: String { stateDirectory + "/" + TagKeySafe.file }

    func safe(
        directory: String? = nil, terminal: String = "T1", deviceKey: Curve25519.Signing.PrivateKey? = nil,
        host: Curve25519.Signing.PublicKey? = nil
    ) throws -> TagKeySafe {
        try TagKeySafe(
            stateDirectory: directory ?? stateDirectory, terminal: terminal, deviceKey: deviceKey ?? self.deviceKey,
            hostSigningKey: host ?? self.host.publicKey)
    }

    /// As after a start of the daemon.
    func keeper(_ safe: TagKeySafe? = nil) throws -> TagKeyKeeper {
        TagKeyKeeper(
            safe: try safe ?? self.safe(), layout: ClosedLoopLayout(),
            ports: TagKeyKeeper.Ports(
                ask: { await self.ask($0) }, nonce: { UUIDv7(milliseconds: 1, random: (0..<10).map { _ in UInt8.random(in: 0...255) }) }))
    }

    private func ask(_ request: TagKeyRequest) async -> Result<TagKeyAnswer, LinkFailure> {
        let state = state.withLock { state in
            state.asked.append(request)
            return state
        }
        guard !state.isAway, let body = try? WireJSON.encode(request) else { return .failure(.unreachable("connectionRefused")) }
        do {
            let signature = try HostSignature.signRequest(method: "POST", path: HostPath.tagKeys, body: body, key: deviceKey)
            let reply = try await service.answer(path: HostPath.tagKeys, terminal: "T1", signature: signature, body: body)
            guard reply.status == 200 else {
                return .failure(.refused(reason: try WireJSON.decode(FailureAnswer.self, from: reply.body).reason))
            }
            var answer = try WireJSON.decode(TagKeyAnswer.self, from: reply.body)
            state.twist(&answer)
            return .success(answer)
        } catch {
            return .failure(.malformed(field: ""))
        }
    }

    /// Taps a tag that was made with this master key.
    func tap(_ keeper: TagKeyKeeper, master: [UInt8]) throws -> ClosedLoopOutcome {
        let uid = Self.uid
        func own(_ label: DiversificationLabel) -> [UInt8] { ChipAES.cmac(master, [0x01] + uid + label.bytes) }
        let tag = try NTAG424Tag(
            NTAG424Tag.Configuration(uid: uid, mirror: try TestTags.mirror()),
            state: NTAG424Tag.TagState(keys: [
                [UInt8](repeating: 0, count: 16), Self.meta, own(.url), own(.value), [UInt8](repeating: 0, count: 16),
            ]))
        let context = try #require(
            TapContext(
                payment: UUIDv7(milliseconds: 1, random: [1]), amount: Money(minorUnits: 950, currency: .sek),
                nonce: [UInt8](repeating: 7, count: 16)))
        var flow = ClosedLoopTag(keeper.profiles, context)
        return flow.run(on: DirectChannel(tag))
    }
}
