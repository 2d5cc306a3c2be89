import Core
import HostProtocol
import Testing

@testable import Programmes

/// ALL-4, CARD-21: when the host is asked.
@Suite("Random selection")
struct RandomSelectionTests {
    /// EMV Book 3 §10.6.2 with threshold 20.00, floor 50.00, 10 % and at most 50 %: 10 + 40 × (amount − 20.00) ÷ 30.00.
    static let targets: [(String, Int)] = [
        ("0.01", 10), ("19.99", 10), ("20.00", 10), ("20.01", 10), ("20.74", 10), ("20.75", 11), ("35.00", 30),
        ("34.99", 29),
        ("49.99", 49), ("49.25", 49), ("49.24", 48), ("50.00", 50),
    ]

    @Test("ALL-4: random selection, its exact targets", arguments: targets)
    func target(_ amount: String, _ target: Int) throws {
        var scene = Scene.wallet
        scene.purse("own", 100_000)
        scene.amount = eur(amount)
        scene.terminal.hostReachable = true
        let programme = try scene.programme
        for draw in 1...99 {
            scene.draw = draw
            #expect(try scene.decide().outcome == (draw <= target ? .goOnline : .approved))
            #expect(programme.wantsHost(scene.amount, terminal: scene.terminal, draw: draw) == (draw <= target))
        }
        // Without the host nobody can be asked: the limits alone decide.
        scene.terminal.hostReachable = false
        scene.draw = 1
        #expect(try scene.decide().outcome == .approved)
        #expect(!programme.wantsHost(scene.amount, terminal: scene.terminal, draw: 1))
    }

    @Test("ALL-4: above the floor limit the host is asked, whatever the draw; without it the payment is refused")
    func aboveFloor() throws {
        var scene = Scene.wallet
        scene.purse("own", 100_000)
        scene.amount = eur("50.01")
        scene.terminal.hostReachable = true
        check(try scene.decide(), .online, scene.amount)
        #expect(try scene.programme.wantsHost(scene.amount, terminal: scene.terminal, draw: 99))
        scene.terminal.hostReachable = false
        check(try scene.decide(), OfflineRiskTests.amountLimit, scene.amount)
    }

    @Test("CARD-21: what is systematically online is asked, whatever the draw", arguments: [1, 99])
    func systematically(_ draw: Int) throws {
        var scene = Scene.smartum
        scene.draw = draw
        scene.terminal.hostReachable = true
        check(try scene.decide(), .online, scene.amount)
        #expect(try Scene.card.programme.wantsHost(sek("0.01"), terminal: scene.terminal, draw: draw))
        scene.terminal.hostReachable = false
        check(try scene.decide(), .pays("12.00", [share("balance", 1200)], after: 3800), scene.amount)
    }
}
