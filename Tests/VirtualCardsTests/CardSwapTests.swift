import Core
import EMV
import SmartCard
import Testing
import VirtualCards

/// Two cards in one field: the driver's poll misses that the first left, and its handle reaches the second.
@Suite("A card swapped inside one poll")
struct CardSwapTests {
    @Test("Swapped at any command of a payment: never an approval that mixes two cards, and at most one card pays")
    func payment() async throws {
        let whole = SwappedCard(try VisaPrepaidCard.make(), try VisaPrepaidCard.make(), after: .max)
        guard case .approved(let undisturbed) = try await Till().tap(whole) else {
            Issue.record("not approved")
            return
        }
        #expect(whole.count >= 4)
        for place in 1..<whole.count {
            let first = try VisaPrepaidCard.make()
            let second = try VisaPrepaidCard.make(pan: "4761739001010135", balance: 20_000)
            let outcome = try await Till().tap(SwappedCard(first, second, after: place))
            let fresh = VisaPrepaidCard.CardState(atc: 0, offlineBalance: 20_000)
            switch outcome {
            case .approved(let evidence), .onlineRequest(let evidence):
                // Before the application was chosen: the second card alone pays.
                #expect(evidence.pan.digits == "4761739001010135", "after \(place)")
                #expect(first.state == fresh)
            default:
                #expect(second.state == fresh, "after \(place): \(outcome)")
                // What the first one spent is told, as when a card is torn away.
                if first.state != fresh { #expect(outcome.evidence?.pan == undisturbed.pan, "after \(place): \(outcome)") }
            }
        }
    }

    /// Without a signature of the card in it: the host believes the cryptogram, so that it has to be the named card's.
    @Test("Swapped at any command of a payment that the host decides: what goes to the host is one card's, and that card has made it")
    func online() async throws {
        var till = Till()
        till.onlineCryptogramRequired = true
        let whole = SwappedCard(try VisaPrepaidCard.make(), try VisaPrepaidCard.make(), after: .max)
        guard case .onlineRequest = try await till.tap(whole) else {
            Issue.record("no request")
            return
        }
        #expect(whole.count >= 3)
        var requests: [String] = []
        for place in 1..<whole.count {
            let first = try VisaPrepaidCard.make(atc: 100)
            let second = try VisaPrepaidCard.make(pan: "4761739001010135", balance: 20_000, atc: 200)
            let outcome = try await till.tap(SwappedCard(first, second, after: place))
            // A request moves a card's counter: of one card, and no money on either.
            let moved = [first.state.atc != 100, second.state.atc != 200]
            #expect(moved != [true, true], "after \(place)")
            #expect(first.state.offlineBalance == 20_000 && second.state.offlineBalance == 20_000)
            guard let evidence = outcome.evidence else { continue }
            #expect(evidence.pan.digits == (moved[0] ? "4761739001010010" : "4761739001010135"), "after \(place)")
            #expect(evidence.atc == (moved[0] ? first : second).state.atc, "after \(place)")
            if case .approved = outcome { Issue.record("approved, after \(place)") }
            if case .onlineRequest = outcome { requests.append(evidence.pan.digits) }
        }
        #expect(requests.contains("4761739001010135"), "\(requests)")
    }

    @Test("The UID, read again before the commit, tells the cards apart; a reader without UIDs has nothing to compare")
    func uid() throws {
        let first = try NTAG215(uid: [0x04, 1, 2, 3, 4, 5, 6], uri: "https://a.example/")
        let second = try NTAG215(uid: [0x04, 6, 5, 4, 3, 2, 1], uri: "https://b.example/")
        for place in 1...4 {
            let channel = DirectChannel(SwappedCard(first, second, after: place))
            let card = try PresentedCard(channel)
            #expect(card.uid == [0x04, 1, 2, 3, 4, 5, 6])
            for _ in 1..<4 { _ = try channel.transmit([0xFF, 0xB0, 0, 4, 16]) }
            #expect(throws: CardError.removed, "after \(place)") { try card.confirm(on: channel) }
        }
        let same = DirectChannel(first)
        try PresentedCard(same).confirm(on: same)
        let silent = DirectChannel(AlteredCard(first) { _, _, _, _ in [0x6A, 0x81] })
        let unknown = try PresentedCard(silent)
        #expect(unknown.uid == nil)
        try unknown.confirm(on: silent)
    }
}
