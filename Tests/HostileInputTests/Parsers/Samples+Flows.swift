import Core
import EMV
import Secrets
import SmartCard
import VirtualCards

/// Conversations with the virtual cards.
extension Samples {
    struct Exchange {
        let command: [UInt8]
        let answer: [UInt8]
    }

    private final class Channel: CardChannel {
        let card: any VirtualCard
        var exchanges: [Exchange] = []
        init(_ card: any VirtualCard) { self.card = card }
        var answerToReset: [UInt8] { card.answerToReset }
        func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
            let answer = card.respond(to: command)
            exchanges.append(Exchange(command: command, answer: answer))
            return answer
        }
    }

    private static func number() throws -> PrimaryAccountNumber {
        guard let number = PrimaryAccountNumber(digits: "4761739001010010") else { throw BrokenPromise("no test number") }
        return number
    }

    static func contactlessExchanges(
        _ choice: UInt8, _ change: (inout VisaPrepaidCard.Configuration) -> Void = { _ in }
    ) throws -> [Exchange] {
        var configuration = VisaPrepaidCard.Configuration(pan: try number(), expiryYear: 2026, expiryMonth: 11, currency: .sek)
        change(&configuration)
        let card = try VisaPrepaidCard(configuration: configuration, state: .init(atc: 0, offlineBalance: 20_000))
        let channel = Channel(card)
        var transaction: ContactlessTransaction? = Feed.contactless(choice)
        _ = transaction?.run(on: channel, beforeCommit: {})
        return channel.exchanges
    }

    static func contactless() throws -> [[UInt8]] {
        func script(_ choice: UInt8, _ change: (inout VisaPrepaidCard.Configuration) -> Void = { _ in }) throws -> [UInt8] {
            [choice] + ScriptedCard.script(try contactlessExchanges(choice, change).map(\.answer))
        }
        return [
            try script(0), try script(1), try script(0x80), try script(0x20), try script(0x04), try script(0x43),
            try script(0) { $0.isOnlineOnly = true }, try script(0) { $0.isHolderVerified = true }, try script(0x10) { $0.expiryYear = 2020 },
        ]
    }

    static func contactExchanges(
        _ choice: UInt8 = 0, _ change: (inout VisaContactCard.Configuration) -> Void = { _ in }
    ) throws -> [Exchange] {
        var configuration = VisaContactCard.Configuration(pan: try number(), expiryYear: 2027, expiryMonth: 11, currency: .sek)
        change(&configuration)
        let channel = Channel(try VisaContactCard(configuration: configuration, state: .init()))
        channel.card.reset()
        guard let parameters = Feed.parameters(choice & 0x17) else { throw BrokenPromise("no transaction") }
        var transaction = ContactTransaction(
            terminal: Feed.contactTerminal(choice),
            parameters: ContactParameters(
                transaction: parameters, isSelectedAtRandom: choice & 0x20 != 0, isForcedOnline: choice & 0x40 != 0),
            caKeys: Feed.keys)
        var numbers = RandomInput(seed: UInt64(choice))
        var step = transaction.start()
        func exchange(_ command: CommandAPDU) throws -> ContactTransaction.Step { transaction.received(try channel.send(command)) }
        for _ in 0..<200 {
            switch step {
            case .transmit(let command), .commit(let command): step = try exchange(command)
            case .verify(let command):
                guard let response = try command.send(over: channel.transmit) else { return channel.exchanges }
                step = transaction.received(response)
            case .chooseApplication: step = transaction.chose(0)
            case .askPIN:
                guard let pin = try PIN(digits: [1, 2, 3, 4] as [UInt8]) else { return channel.exchanges }
                step = transaction.entered(try PINBlock(pin), using: &numbers)
            case .goOnline: step = transaction.unreachable()
            case .finished: return channel.exchanges
            }
        }
        return channel.exchanges
    }

    static func contact() throws -> [[UInt8]] {
        func script(
            _ choice: UInt8, _ others: UInt8, _ change: (inout VisaContactCard.Configuration) -> Void = { _ in }
        ) throws -> [UInt8] {
            [choice, others] + ScriptedCard.script(try contactExchanges(choice, change).map(\.answer))
        }
        return [
            try script(0, 3), try script(0, 3) { $0.authentication = .dda }, try script(0, 3) { $0.authentication = .sda },
            try script(0x40, 0x23), try script(0x40, 0x07), try script(0x80, 3), try script(3, 1), try script(0, 3) { $0.hasDirectory = false },
            try script(0, 3) { $0.verificationList = [0, 0, 0, 0, 0, 0, 0, 0, 0x44, 0x03, 0x02, 0x03] },
        ]
    }

    static func transcripts() throws -> [[UInt8]] {
        guard let parameters = Feed.parameters(0) else { throw BrokenPromise("no transaction") }
        func text(_ choice: UInt8, isMasked: Bool) throws -> [UInt8] {
            let exchanges = try contactlessExchanges(choice).map {
                Transcript.Exchange(command: $0.command, answer: .response($0.answer))
            }
            let whole = Transcript(
                setting: Transcript.Setting(parameters: parameters, combinations: [Feed.visa]),
                exchanges: exchanges + [Transcript.Exchange(command: [0, 0xA4, 4, 0], answer: .failure(.reader(code: 7)))])
            return Array((isMasked ? whole.masked : whole).text.utf8)
        }
        let short = "kassad-transcript 1\namount 200 USD\ntype 00\ndate 2019-06-15\ncountry 840\nrandom ABABABAB\n"
            + "combination aid=A0000000031010 kernel=3 qualifiers=24004000\n# x\n\n> 00A40400\n! removed\n> 00B2010C\n< 6A82\n"
        return [
            try text(0, isMasked: false), try text(1, isMasked: true), Array(short.utf8),
            Array("kassad-transcript 1\n> 00A40400\n< 9000\n".utf8), Array(flood.utf8),
        ]
    }

    /// A card that answers each selection with numbers that nobody has seen before: all of them would have to be looked for everywhere.
    private static var flood: String {
        let digits = { (number: Int, count: Int) in String(repeating: "0", count: max(0, count - String(number).count)) + String(number) }
        let answers = (0..<12).map { answer in
            let numbers = (0..<170).map { "5A0441" + digits((answer * 170 + $0) * 10 + 7, 6) }.joined()
            return "> 00A4040002A0\(digits(answer, 2))00\n< \(numbers)6A82\n"
        }
        return "kassad-transcript 1\n" + answers.joined()
    }

    static func decode() throws -> [[UInt8]] {
        let bytes = try contactExchanges().flatMap { [$0.command, $0.answer] }.filter { $0.count > 2 } + commands().prefix(8) + lists().prefix(3)
            + answersToReset().prefix(3)
        let text = bytes.prefix(4).map { "> " + Hex.encode($0) }.joined(separator: "\n")
        return bytes.prefix(24).map { [0x00] + $0 }
            + [[0x80] + text.utf8, [0x80] + "C-APDU: 00 B2 01 1C 00\r\n0x82,0x02:20-00".utf8]
            + hex(
                "00D1010E55016E66632D666F72756D2E6F7267", "06D1010E55016E66632D666F72756D2E6F7267", "01570C4761739001010010D22122011143",
                "028E0E00000000000000004403410342031F03", "00950580000480009B02E8009F34031F0302", "009F10201F220100A000000000000000000000000000000000",
                "000020008008241234FFFFFF", "000020008008241234FFFFFFFFFF9000", "00FF82000006D3F7D3", "0090AF00002035C3", "00A227AABBCCDD", "00FFD6002C0449454D4B",
                "00FFD6000710D3F7D3F7D3F7FF078069112233445566")
    }
}
