import Core
import HostProtocol
import Logging
import Payments

/// The limits: a sync of one page at a time, which the machine asks for, and the long poll beside it.
extension HostLink {
    /// Most bytes of a limit page.
    static let pageLimit = 5 << 20
    /// How much longer than its hold a held request may take, in milliseconds.
    static let holdGrace: Int64 = 10_000
    /// Most deletions of outdated rows after one sync; the next goes on.
    static let mostTidyings = 10_000

    /// A page with what was asked and when it came.
    private struct Fetched {
        var page: LimitPage
        var request: LimitRequest
        /// CLOCK_BOOTTIME milliseconds.
        var at: Int64
        /// Milliseconds from the request to the answer.
        var took: Int64
    }

    private enum Applied {
        /// With it the store has all that the host had.
        case last
        case morePages
        /// Another page was applied since this one was asked for: it says nothing new.
        case outrun
        case gap
    }

    /// Asks for the next page of a sync and applies it.
    func syncLimits() async {
        do throws(HostClient.Failure) {
            let held = try await stored { [limits] in try await limits.position() }
            let from = catchUp.everything ? LimitCachePosition() : held
            let fetched = try await fetchPage(from: from, hold: nil, timeout: configuration.timeouts.limits)
            switch try await apply(fetched, over: held) {
            case .last:
                catchUp = CatchUp()
                synced(fetched)
                post.yield(.answered(.limits))
            case .morePages:
                guard catchUp.went(from: fetched.request, to: fetched.page) else { throw spoilt("position") }
                post.yield(.limitsPage)
            case .outrun: post.yield(.limitsPage)
            case .gap:
                guard catchUp.gap() else { throw spoilt("base") }
                post.yield(.limitsPage)
            }
        } catch {
            // Whatever was applied stands; the next try goes on from there.
            catchUp = CatchUp()
            await takeSpread(error.pace)
            report(error, of: .limits)
        }
    }

    /// Keeps one request open at the host until there is news; until it is cancelled, or until news come in more pages
    /// than one, which are the machine's to fetch.
    func pollLimits() async {
        let hold = configuration.hold
        while !Task.isCancelled {
            post.yield(.pollOpened)
            let pause: Int64
            do throws(HostClient.Failure) {
                let held = try await stored { [limits] in try await limits.position() }
                let fetched = try await fetchPage(from: held, hold: hold, timeout: .milliseconds(hold + Self.holdGrace))
                switch try await apply(fetched, over: held) {
                case .last:
                    synced(fetched)
                    post.yield(.polled(more: false, quiet: hold + Self.holdGrace))
                    pause = pollPace.answered(fetched.page, to: fetched.request, took: fetched.took)
                case .morePages:
                    post.yield(.polled(more: true, quiet: 0))
                    return
                case .outrun: pause = 0
                case .gap: throw spoilt("base")
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.notice("long poll failed", metadata: ["reason": "\(error.cause)"])
                post.yield(.pollFailed(answered: error.cause.isOfThisHost))
                pause = pollPace.failed(random: random(), retryAfter: error.retryAfter)
            }
            if pause > 0 { try? await Task.sleep(for: .milliseconds(pause)) }
        }
    }

    /// Deletes what the last pages left behind, a little at a time: payments use the same store.
    func tidyUp() async {
        do {
            for _ in 0..<Self.mostTidyings {
                guard try await turnstile.pass({ [limits] in try await limits.tidy() }) else { return }
                try await Task.sleep(for: .milliseconds(20))
            }
        } catch {
            if !Task.isCancelled { logger.error("outdated limits stay", metadata: ["error": "\(type(of: error))"]) }
        }
    }

    // MARK: Helpers

    /// Off the actor: to decode a page takes a while, and payments go through the actor.
    nonisolated private func fetchPage(
        from position: LimitCachePosition, hold: Int64?, timeout: Duration
    ) async throws(HostClient.Failure) -> Fetched {
        let request = LimitRequest(
            since: position.version, nonce: makeNonce(), snapshot: position.snapshot, hold: hold,
            incarnation: position.incarnation)
        let asked = bootClock()
        let bytes = try await client.post(HostPath.limits, try encode(request), limit: Self.pageLimit, timeout: timeout)
        let received = bootClock()
        let terminal = configuration.terminal
        let page = try checked { () throws(LinkFailure) in
            try AnswerCheck.page(bytes, terminal: terminal, request: request)
        }
        heard()
        return Fetched(page: page, request: request, at: received, took: received - asked)
    }

    /// - Parameter held: what the store held when the page was asked for.
    nonisolated private func apply(
        _ fetched: Fetched, over held: LimitCachePosition
    ) async throws(HostClient.Failure) -> Applied {
        let page = fetched.page
        let result = try await stored { [limits, turnstile] in
            try await turnstile.pass { () async throws -> Result<Applied, LimitPageRefusal> in
                guard try await limits.position() == held else { return .success(.outrun) }
                do {
                    try await limits.apply(page, receivedAtBoot: fetched.at)
                    return .success(page.more || page.next != nil ? .morePages : .last)
                } catch let refusal as LimitPageRefusal {
                    return .failure(refusal)
                }
            }
        }
        // Books that were set back may lack what they had acknowledged: the whole journal waits again.
        if case .success(.last) = result, page.incarnation != held.incarnation { probeSoon() }
        switch result {
        case .success(let applied): return applied
        case .failure(.gap): return .gap
        case .failure(.stale): throw HostClient.Failure(cause: .hostBehind, mayHaveArrived: true)
        case .failure(.malformed(let field)): throw spoilt(field)
        }
    }

    nonisolated private func spoilt(_ field: String) -> HostClient.Failure {
        HostClient.Failure(cause: .malformed(field: field), mayHaveArrived: true)
    }

    private func synced(_ fetched: Fetched) {
        let now = bootClock()
        update {
            $0.lastSync = LinkState.Sync(version: fetched.page.version, at: now)
            $0.limitsFailure = nil
        }
        tidy.yield()
    }
}

extension LinkFailure {
    /// Whether the link is not to blame: the host answered, or the store failed.
    var isOfThisHost: Bool {
        switch self {
        case .unreachable, .tls, .timeout, .notOurHost(_, .signature): false
        case .notOurHost(_, .size), .refused, .malformed, .hostBehind, .store: true
        }
    }
}
