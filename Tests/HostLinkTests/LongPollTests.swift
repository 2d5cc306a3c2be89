import Core
import HostProtocol
import Payments
import Testing

@testable import HostLink

@Suite("Long poll: news come while a request is open", .timeLimit(.minutes(5)))
struct LongPollTests {
    let books = ScriptedBooks()

    private func shop() async throws -> Shop {
        let books = books
        books.change(ScriptedBooks.names(0..<5))
        return try await Shop { identity in
            ScriptedHost(key: identity.signingKey) { try await books.answer($0, $1) }
        }
    }

    @Test("WAL-6: a block reaches the terminal through the request that is open")
    func block() async throws {
        let shop = try await shop()
        let link = try shop.link(hold: 25_000, interval: 60_000)
        try await running(link) {
            #expect(await eventually { books.now.open == 1 })
            #expect(shop.store.now.accounts.count == 5)
            let asked = books.now.requests.count
            #expect(books.now.requests.last?.request.hold == 25_000)
            books.change(["A1003"]) { $0.status = .lostOrStolen }
            #expect(await eventually { shop.store.now.accounts["A1003"]?.status == .lostOrStolen })
            #expect(shop.store.now.page?.accounts.map(\.account) == ["A1003"])
            // Then another is opened, from there.
            #expect(await eventually { books.now.open == 1 && books.now.requests.count == asked + 1 })
            #expect(books.now.requests.last?.request.since == 6)
            #expect(await eventually { link.state.lastSync?.version == 6 })
        }
        books.endHolds()
        await shop.close()
    }

    @Test("Payments and signs of life go beside the open request; records that are booked come back through it")
    func beside() async throws {
        let shop = try await shop()
        let link = try shop.link(hold: 25_000, interval: 60_000)
        try await running(link) {
            #expect(await eventually { books.now.open == 1 })
            let asked = books.now.requests.count
            #expect(await link.probe(within: .seconds(5)))
            guard case .answered = await link.authorise(try shop.request(100), timeout: .seconds(5)) else {
                Issue.record("no answer")
                return
            }
            try shop.commit(1)
            link.recordCommitted()
            #expect(await eventually { shop.store.now.queue.isEmpty })
            #expect(books.now.requests.count == asked && books.now.open == 1)
            books.change(["A1001"]) { $0.countedThrough = 1 }
            #expect(await eventually { shop.store.now.accounts["A1001"]?.countedThrough == 1 })
        }
        books.endHolds()
        await shop.close()
    }

    @Test("News in more pages than one are fetched page by page, then the poll goes on")
    func manyPages() async throws {
        let shop = try await shop()
        let link = try shop.link(hold: 25_000, interval: 60_000)
        try await running(link) {
            #expect(await eventually { books.now.open == 1 })
            let asked = books.now.requests.count
            books.state.withLock { $0.pageSize = 10 }
            books.change(ScriptedBooks.names(100..<150))
            #expect(await eventually { shop.store.now.accounts.count == 55 && books.now.open == 1 })
            let requests = books.now.requests.dropFirst(asked).map(\.request)
            #expect(requests.last?.since == 55 && requests.last?.hold == 25_000)
            #expect(shop.store.now.brought.count == 55)
            #expect(shop.store.now.refusals.isEmpty)
        }
        books.endHolds()
        await shop.close()
    }

    @Test("Syncs that are wanted while a poll is open: one page is applied at a time, and no page is a gap")
    func oneApplier() async throws {
        let shop = try await shop()
        let link = try shop.link(hold: 25_000, interval: 20)
        try await running(link) {
            #expect(await eventually { books.now.open == 1 })
            for number in 0..<100 {
                books.change(["A1002"]) { $0.countedThrough = Int64(number + 1) }
                link.syncNow()
                try await Task.sleep(for: .milliseconds(number % 7))
            }
            #expect(await eventually { shop.store.now.accounts["A1002"]?.countedThrough == 100 })
            #expect(shop.store.now.mostApplying == 1)
            #expect(shop.store.now.refusals.isEmpty)
            #expect(books.now.requests.count { $0.request.since == 0 } == 1)
            #expect(link.state.limitsFailure == nil)
        }
        books.endHolds()
        await shop.close()
    }

    @Test("A host that answers at once and has no news is asked less and less")
    func hammering() async throws {
        let shop = try await shop()
        books.state.withLock { $0.holds = false }
        let link = try shop.link(hold: 25_000, interval: 60_000)
        try await running(link) {
            #expect(await eventually { books.now.requests.count { $0.request.hold != nil } >= 3 })
            let times = books.now.requests.filter { $0.request.hold != nil }.map(\.at)
            // The pauses are slept after each answer, so they are the least that lies between two requests.
            #expect(times[1] - times[0] >= 1000)
            #expect(times[2] - times[1] >= 2000)
        }
        books.endHolds()
        await shop.close()
    }

    @Test("Polls that break do not lose a host whose probes are good, and the syncs by the clock go on")
    func breaks() async throws {
        let shop = try await shop()
        books.state.withLock {
            $0.holds = false
            $0.spoil = { [books] number, _, bytes in
                books.now.requests[number - 1].request.hold == nil ? .signed(bytes) : .cut(bytes)
            }
        }
        let link = try shop.link(hold: 25_000, interval: 200)
        try await running(link) {
            #expect(await eventually { link.state.isReachable })
            let reach = link.state.reach
            #expect(await eventually { books.now.requests.count { $0.request.hold != nil } >= 2 })
            books.change(["A1000"]) { $0.status = .paused }
            #expect(await eventually { shop.store.now.accounts["A1000"]?.status == .paused })
            #expect(link.state.reach == reach)
        }
        books.endHolds()
        await shop.close()
    }

    @Test("A poll whose page is refused leaves the reason to the sync, and stops until a sync is good")
    func refused() async throws {
        let shop = try await shop()
        let link = try shop.link(hold: 25_000, interval: 60_000)
        try await running(link) {
            #expect(await eventually { books.now.open == 1 })
            let held = shop.store.now.accounts
            books.change(["A1000"]) { $0.countedThrough = -1 }
            #expect(await eventually { link.state.limitsFailure == .malformed(field: "accounts[0].countedThrough") })
            #expect(await eventually { books.now.open == 0 })
            #expect(shop.store.now.accounts == held)
            books.change(["A1000"]) { $0.countedThrough = 1 }
            #expect(await eventually { shop.store.now.accounts["A1000"]?.countedThrough == 1 })
            #expect(await eventually { books.now.open == 1 && link.state.limitsFailure == nil })
        }
        books.endHolds()
        await shop.close()
    }

    @Test("The link ends while a request is open")
    func ends() async throws {
        let shop = try await shop()
        let link = try shop.link(hold: 25_000, interval: 60_000)
        let task = Task { try await link.run() }
        #expect(await eventually { books.now.open == 1 })
        let asked = books.now.requests.count
        task.cancel()
        try await task.value
        // The host had not answered, and is not asked again.
        #expect(books.now.requests.count == asked)
        #expect(shop.store.now.position.version == 5)
        books.endHolds()
        await shop.close()
    }

    @Test("How fast a poll asks again", arguments: [
        ([10, 10, 10, 10, 10, 10, 10] as [Int64], [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] as [Int64]),
        ([25_000, 10, 25_000, 10], [0, 1000, 0, 1000]), ([12_500, 12_499], [0, 1000]),
    ])
    func pace(_ took: [Int64], _ pauses: [Int64]) {
        var pace = PollPace(Backoff())
        let request = LimitRequest(since: 9, nonce: PageCheckTests.nonce, hold: 25_000)
        let page = PageCheckTests.page {
            $0.base = 9
            $0.accounts = []
            $0.removed = []
        }
        #expect(took.map { pace.answered(page, to: request, took: $0) } == pauses)
        let news = PageCheckTests.page { _ in }
        #expect(pace.answered(news, to: request, took: 0) == 0)
        #expect(pace.answered(page, to: request, took: 0) == 1000)
        #expect(pace.failed(random: 0, retryAfter: nil) == 1000)
        #expect(pace.failed(random: .max, retryAfter: 60_000) == 62_000)
    }

    @Test("A new version without anything for this terminal is no reason to hurry")
    func idleNews() {
        var pace = PollPace(Backoff())
        let page = PageCheckTests.page {
            $0.accounts = []
            $0.removed = []
        }
        let request = LimitRequest(since: 5, nonce: PageCheckTests.nonce, hold: 25_000)
        #expect(pace.answered(page, to: request, took: 0) == PollPace.idleNews)
    }
}
