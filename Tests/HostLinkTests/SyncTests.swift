import Core
import HostLink
import HostProtocol
import Payments
import Testing

@Suite("Limit sync in pages: resumed, never half applied, never backwards", .timeLimit(.minutes(5)))
struct SyncTests {
    let books = ScriptedBooks()

    private func shop() async throws -> Shop {
        let books = books
        return try await Shop { identity in
            ScriptedHost(key: identity.signingKey) { try await books.answer($0, $1) }
        }
    }

    @Test("A delta in many pages, cut in the middle, goes on where it stopped: nothing applied is sent again")
    func deltaResumes() async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<3))
        let link = try shop.link(interval: 60_000)
        try await running(link) {
            #expect(await eventually { link.state.lastSync?.version == 3 })
            let before = books.now.requests.count
            books.state.withLock {
                $0.pageSize = 5
                $0.spoil = { number, _, bytes in number == before + 4 ? .cut(bytes) : .signed(bytes) }
            }
            books.change(ScriptedBooks.names(10..<60))
            link.syncNow()
            #expect(await eventually { link.state.lastSync?.version == 53 })
            // Ten pages, one of them twice.
            #expect(books.now.requests.dropFirst(before).map(\.request.since) == [3, 8, 13, 18, 18, 23, 28, 33, 38, 43, 48])
            #expect(shop.store.now.brought.count == 53)
            #expect(Set(shop.store.now.accounts.keys) == Set(ScriptedBooks.names(0..<3) + ScriptedBooks.names(10..<60)))
        }
        await shop.close()
    }

    @Test("A snapshot cut in the middle goes on at its place, and the old state stands until its last page")
    func snapshotResumes() async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<20))
        books.state.withLock {
            $0.pageSize = 2
            $0.spoil = { number, _, bytes in number == 5 ? .cut(bytes) : .signed(bytes) }
            $0.onRequest = { _ in #expect(shop.store.now.accounts.isEmpty) }
        }
        let link = try shop.link(interval: 60_000)
        try await running(link) {
            #expect(await eventually { link.state.lastSync?.version == 20 })
            let asked = books.now.requests.map(\.request.snapshot?.after)
            let marks = stride(from: 1, to: 19, by: 2).map { ScriptedBooks.names($0..<$0 + 1).first }
            #expect(asked == [nil] + marks.prefix(4) + [marks[3]] + marks.dropFirst(4))
            #expect(shop.store.now.accounts.count == 20)
            #expect(shop.store.now.brought.count == 20)
        }
        await shop.close()
    }

    @Test("What changes during a snapshot comes as a delta after it")
    func changesDuringSnapshot() async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<10))
        books.state.withLock {
            $0.pageSize = 4
            $0.onRequest = { [books] number in
                if number == 2 { books.change(["A1000"]) { $0.status = .blocked } }
            }
        }
        let link = try shop.link(interval: 300)
        try await running(link) {
            #expect(await eventually { shop.store.now.accounts["A1000"]?.status == .blocked })
            #expect(shop.store.now.page?.base == 10)
        }
        await shop.close()
    }

    @Test("Rollback: older versions are refused, the cache stays, the host is asked less and less, until its books say so")
    func rollback() async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<5))
        let link = try shop.link(interval: 100)
        try await running(link) {
            #expect(await eventually { link.state.lastSync?.version == 5 })
            let held = shop.store.now.accounts
            // An old state of the host: account 0 has its money back.
            books.state.withLock {
                $0.version = 2
                $0.accounts = [:]
            }
            #expect(await eventually { link.state.limitsFailure == .hostBehind })
            #expect(link.state.isReachable)
            #expect("\(LinkFailure.hostBehind)".contains("kassa-host restored"))
            #expect(await eventually { shop.store.now.refusals.count >= 3 })
            #expect(shop.store.now.accounts == held)
            #expect(shop.store.now.position == LimitCachePosition(incarnation: 1, version: 5))
            // Its keeper says so: another incarnation of the books, whose versions begin anew.
            books.state.withLock { $0.incarnation = 2 }
            #expect(await eventually { link.state.limitsFailure == nil })
            #expect(shop.store.now.position == LimitCachePosition(incarnation: 2, version: 2))
            #expect(shop.store.now.accounts.isEmpty)
        }
        await shop.close()
    }

    @Test("A page with another signature is refused, the state before it is intact")
    func forged() async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<5))
        let link = try shop.link(interval: 60_000)
        try await running(link) {
            #expect(await eventually { link.state.lastSync?.version == 5 })
            let held = shop.store.now
            books.state.withLock { $0.spoil = { _, _, bytes in .forged(bytes) } }
            books.change(["A1000"]) { $0.purses[0].balance = 1_000_000 }
            link.syncNow()
            #expect(await eventually {
                guard case .unreachable(_, let why, _) = link.state.reach else { return false }
                return why == .notOurHost(status: 200, .signature)
            })
            #expect(shop.store.now.accounts == held.accounts)
            #expect(shop.store.now.position == held.position)
        }
        await shop.close()
    }

    @Test("A page that the store finds malformed spoils the sync by the field's name, not the link")
    func storeFindsMalformed() async throws {
        let shop = try await shop()
        shop.store.state.withLock { $0.refuseAll = .malformed(field: "accounts[0].programme") }
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { link.state.limitsFailure == .malformed(field: "accounts[0].programme") })
            #expect(link.state.isReachable)
            #expect(link.state.lastSync == nil)
        }
        await shop.close()
    }

    @Test("A gap is asked for once more from the start, then it is a failure with a back-off")
    func gapTwice() async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<5))
        let link = try shop.link(interval: 60_000)
        try await running(link) {
            #expect(await eventually { link.state.lastSync?.version == 5 })
            shop.store.state.withLock { $0.refuseAll = .gap }
            let before = books.now.requests.count
            link.syncNow()
            #expect(await eventually { link.state.limitsFailure == .malformed(field: "base") })
            #expect(books.now.requests.dropFirst(before).prefix(2).map(\.request.since) == [5, 0])
            #expect(books.now.requests.dropFirst(before).prefix(2).map(\.request.incarnation) == [1, 0])
            shop.store.state.withLock { $0.refuseAll = nil }
            #expect(await eventually { link.state.limitsFailure == nil })
        }
        await shop.close()
    }

    @Test("A host that begins its snapshot again and again is not asked for ever")
    func snapshotRestarts() async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<20))
        books.state.withLock {
            $0.pageSize = 2
            $0.spoil = { _, page, _ in
                var first = page
                first.position = nil
                first.accounts = []
                first.next = SnapshotPosition(at: page.version, after: "A1001")
                return .signed(try WireJSON.encode(first))
            }
        }
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { link.state.limitsFailure == .malformed(field: "position") })
            #expect(link.state.isReachable)
        }
        await shop.close()
    }

    @Test("Records that wait go between the pages of a long snapshot")
    func forwardingGoesOn() async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<50))
        let link = try shop.link(interval: 60_000)
        books.state.withLock {
            $0.pageSize = 1
            $0.onRequest = { number in
                guard number % 10 == 0 else { return }
                try shop.commit(1)
                link.recordCommitted()
            }
        }
        try await running(link) {
            #expect(await eventually { link.state.lastSync?.version == 50 })
            let paths = books.now.paths.filter { $0 != HostPath.health }
            let runs = paths.split(separator: HostPath.records, omittingEmptySubsequences: false).map(\.count)
            // After each tenth page, at once; the last one is followed by the sync that counts it.
            #expect(runs.prefix(5) == [10, 10, 10, 10, 10])
            #expect(await eventually { shop.store.now.queue.isEmpty })
            #expect(shop.store.now.accounts.count == 50)
        }
        await shop.close()
    }

    @Test("100 MB are cut off while they come, with a reason; the state before them is intact", arguments: [true, false])
    func flood(_ announced: Bool) async throws {
        let shop = try await shop()
        books.change(ScriptedBooks.names(0..<5))
        let link = try shop.link(interval: 60_000)
        try await running(link) {
            #expect(await eventually { link.state.lastSync?.version == 5 })
            let held = shop.store.now
            let sent = Count()
            books.state.withLock { $0.spoil = { _, _, _ in .flood(100 << 20, announced: announced, sent: sent) } }
            link.syncNow()
            #expect(await eventually { link.state.limitsFailure == .notOurHost(status: 200, .size) })
            #expect(link.state.isReachable)
            #expect(shop.store.now.accounts == held.accounts)
            #expect(shop.store.now.position == held.position)
            // What the client had taken, and what was on its way in the sockets; several tries may have been made.
            let tries = books.now.requests.count - 1
            #expect(sent.value / max(1, tries) < 24 << 20)
        }
        await shop.close()
    }

    @Test("What a sync leaves behind is tidied up until nothing is left")
    func tidies() async throws {
        let shop = try await shop()
        shop.store.state.withLock { $0.outdated = 7 }
        let link = try shop.link(interval: 60_000)
        try await running(link) {
            #expect(await eventually { shop.store.now.outdated == 0 && link.state.lastSync != nil })
            shop.store.state.withLock { $0.outdated = 3 }
            link.syncNow()
            #expect(await eventually { shop.store.now.outdated == 0 })
        }
        await shop.close()
    }
}
