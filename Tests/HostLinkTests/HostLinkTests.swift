import Core
import Crypto
import Foundation
import HostLedger
import HostLink
import HostProtocol
import Payments
import Synchronization
import Testing

@Suite("Link to a real host over TLS", .timeLimit(.minutes(5)))
struct HostLinkTests {
    @Test("Start: the host is found, the limits are synced, its time is observed")
    func sync() async throws {
        let shop = try await Shop()
        let link = try shop.link()
        #expect(link.state.reach == .starting)
        try await running(link) {
            #expect(await eventually { link.state.lastSync != nil })
            #expect(link.state.isReachable)
            #expect(shop.store.now.accounts["A1"]?.balance == 100_000)
            #expect(!shop.store.now.observed.isEmpty)
            try await shop.ledger.setStatus(.blocked, account: "A1")
            link.syncNow()
            #expect(await eventually { shop.store.now.accounts["A1"]?.status == .blocked })
            #expect((shop.store.now.page?.base ?? 0) > 0)
        }
        await shop.close()
    }

    @Test("WAL-6: a block at the host comes by itself, as a delta, while nothing else asks for it")
    func block() async throws {
        let shop = try await Shop()
        let link = try shop.link(hold: 25_000, interval: 60_000)
        try await running(link) {
            #expect(await eventually { link.state.lastSync != nil })
            try await shop.ledger.setStatus(.lostOrStolen, account: "A1")
            #expect(await eventually { shop.store.now.accounts["A1"]?.status == .lostOrStolen })
            #expect((shop.store.now.page?.base ?? 0) > 0)
            #expect(shop.store.now.refusals.isEmpty)
        }
        await shop.close()
    }

    @Test("A host whose keeper says that its books were set back gives everything anew, in a higher incarnation")
    func restored() async throws {
        let shop = try await Shop()
        let link = try shop.link(hold: 25_000, interval: 60_000)
        try await running(link) {
            #expect(await eventually { link.state.lastSync != nil })
            _ = try await shop.ledger.restored()
            #expect(await eventually { shop.store.now.position.incarnation == 2 })
            #expect(shop.store.now.page?.base == 0)
            #expect(shop.store.now.accounts["A1"]?.balance == 100_000)
            #expect(shop.store.now.refusals.isEmpty)
        }
        await shop.close()
    }

    @Test("A store that can't build on a delta is given everything")
    func gap() async throws {
        let shop = try await Shop()
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.page != nil })
            shop.store.state.withLock { $0.refuseDeltas = true }
            try await shop.ledger.setStatus(.suspended, account: "A1")
            link.syncNow()
            #expect(await eventually { shop.store.now.accounts["A1"]?.status == .suspended })
            #expect(shop.store.now.page?.base == 0)
        }
        await shop.close()
    }

    @Test("250 records drain in batches, are booked once each and counted in the next page")
    func forward() async throws {
        let shop = try await Shop()
        try shop.commit(250)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.accounts["A1"]?.countedThrough == 250 })
            #expect(shop.store.now.queue.isEmpty)
            #expect(shop.store.now.accounts["A1"]?.balance == 75_000)
            #expect(link.state.settledRecords == 250)
        }
        #expect(try shop.report().payments.count == 250)
        #expect(try shop.report().alarms.isEmpty)
        await shop.close()
    }

    @Test("Invariant 2: dropped answers change nothing twice, and the queue drains when answers come again")
    func droppedAnswers() async throws {
        let shop = try await Shop()
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { link.state.lastSync != nil })
            shop.faults.current = .dropAnswer
            try shop.commit(3)
            link.recordCommitted()
            #expect(await eventually { (try? shop.report().payments.count) == 3 })
            #expect(await eventually { !link.state.isReachable })
            #expect(shop.store.now.queue.count == 3)
            shop.faults.current = nil
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        #expect(try shop.report().payments.count == 3)
        #expect(try shop.report().accounts.first?.balance == 99_700)
        await shop.close()
    }

    @Test("Nothing but the host's own word moves a record", arguments: [
        (HostFault.garbage, LinkFailure.notOurHost(status: 200, .signature)),
        (.captive, .notOurHost(status: 200, .signature)),
    ])
    func strangers(_ fault: HostFault, _ reason: LinkFailure) async throws {
        let shop = try await Shop()
        shop.faults.current = fault
        try shop.commit(2)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { if case .unreachable = link.state.reach { true } else { false } })
            guard case .unreachable(_, let why, _) = link.state.reach else { return }
            #expect(why == reason)
            #expect(shop.store.now.queue.count == 2)
            #expect(shop.store.now.page == nil)
            let request = try shop.request(100)
            #expect(await link.authorise(request, timeout: .seconds(2)) == .unknown(reason))
            shop.faults.current = nil
            #expect(await eventually { shop.store.now.queue.isEmpty })
        }
        await shop.close()
    }

    @Test("An online authorisation is answered and booked")
    func authorise() async throws {
        let shop = try await Shop()
        let link = try shop.link()
        let request = try shop.request(9_500)
        guard case .answered(let answer) = await link.authorise(request, timeout: .seconds(5)) else {
            Issue.record("no answer")
            return
        }
        #expect(answer.approved)
        #expect(answer.account?.balance == 90_500)
        #expect(link.state.isReachable)
        #expect(await link.authorise(request, timeout: .seconds(5)) == .answered(answer))
        await shop.close()
    }

    @Test("ALL-10: an authorisation whose answer is lost, or late, is unknown, and booked once when asked again", arguments: [
        HostFault.dropAnswer, .slow(1500),
    ])
    func unknown(_ fault: HostFault) async throws {
        let shop = try await Shop()
        let link = try shop.link()
        #expect(await link.probe(within: .seconds(30)))
        shop.faults.current = fault
        let request = try shop.request(9_500)
        // A connection that is dropped is noticed at once, a late answer when the time is over.
        let patience = fault == .dropAnswer ? Duration.seconds(20) : .milliseconds(500)
        guard case .unknown(let why) = await link.authorise(request, timeout: patience) else {
            Issue.record("outcome claimed to be known")
            return
        }
        #expect(why == (fault == .dropAnswer ? .unreachable("connectionClosed") : .timeout))
        #expect(!link.state.isReachable)
        shop.faults.current = nil
        guard case .answered(let answer) = await link.authorise(request, timeout: .seconds(5)) else {
            Issue.record("no answer")
            return
        }
        #expect(answer.approved)
        #expect(try shop.report().accounts.first?.balance == 90_500)
        await shop.close()
    }

    @Test("A host that is surely not there has surely not seen it")
    func notSent() async throws {
        let shop = try await Shop()
        let request = try shop.request(100)
        let strange = try HostIdentity.make(names: [], now: Date())
        let wrongPin = try shop.link(pinned: strange.certificatePEM)
        #expect(await wrongPin.authorise(request, timeout: .seconds(5)) == .notSent(.tls))
        #expect(!(await wrongPin.probe(within: .seconds(5))))
        await shop.close()
        let link = try shop.link()
        #expect(await link.authorise(request, timeout: .seconds(5)) == .notSent(.unreachable("connectionRefused")))
        #expect(try shop.report().payments.isEmpty)
    }

    @Test("The host refuses whom it does not know, signed, and the link says why", arguments: [
        ("T9", false, "unknownTerminal"), ("T1", true, "badSignature"),
    ])
    func refused(_ terminal: String, _ otherKey: Bool, _ reason: String) async throws {
        let shop = try await Shop()
        try shop.commit(1)
        let link = try shop.link(terminal: terminal, key: otherKey ? Curve25519.Signing.PrivateKey() : nil)
        try await running(link) {
            #expect(await eventually { if case .unreachable = link.state.reach { true } else { false } })
            guard case .unreachable(_, let why, _) = link.state.reach else { return }
            #expect(why == .refused(reason: reason))
            #expect(shop.store.now.queue.count == 1)
        }
        await shop.close()
    }

    @Test("The link notices that its host went and that it came back, by itself")
    func comesBack() async throws {
        let shop = try await Shop()
        let link = try shop.link(probe: .milliseconds(300))
        try await running(link) {
            #expect(await eventually { link.state.isReachable })
            shop.faults.current = .slow(2000)
            #expect(await eventually { !link.state.isReachable })
            shop.faults.current = nil
            #expect(await eventually { link.state.isReachable })
        }
        await shop.close()
    }

    @Test("A server stopped while connections pour in answers or closes them, and lives", arguments: 0..<4)
    func stoppedUnderLoad(_ round: Int) async throws {
        let shop = try await Shop()
        let links = try (0..<24).map { _ in try shop.link(probe: .seconds(2)) }
        await withDiscardingTaskGroup { group in
            for link in links { group.addTask { _ = await link.probe(within: .seconds(2)) } }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(round * 4))
                await shop.close()
            }
        }
        #expect(!(await links[0].probe(within: .seconds(1))))
    }

    @Test("Bad configurations are told apart", arguments: [
        ("http://127.0.0.1:1", "T1", LinkConfigurationError.badURL), ("https://", "T1", .badURL),
        ("https://h/path", "T1", .badURL), ("https://u:p@h", "T1", .badURL), ("https://h", "T 1", .badTerminalName),
        ("https://h", "", .badTerminalName), ("https://h", "T1", .badCertificate),
    ])
    func configuration(_ url: String, _ terminal: String, _ error: LinkConfigurationError) throws {
        let key = Curve25519.Signing.PrivateKey()
        let store = MemoryStore()
        #expect(throws: error) {
            try HostLink(
                configuration: HostLinkConfiguration(
                    baseURL: url, pinnedCertificatePEM: "none", hostSigningKey: key.publicKey, terminal: terminal,
                    terminalKey: key),
                outbox: store, limits: store, bootClock: { 0 }, logger: Shop.quiet)
        }
    }
}
