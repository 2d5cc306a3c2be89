/// Two cards in one field: it answers as the first for a number of commands and as the second from then on, as a reader does whose
/// poll has missed that the first left. Neither of them is reset in between.
public final class SwappedCard: VirtualCard {
    private let first: any VirtualCard
    private let second: any VirtualCard
    private var left: Int
    /// Commands so far.
    public private(set) var count = 0

    public init(_ first: any VirtualCard, _ second: any VirtualCard, after commands: Int) {
        (self.first, self.second, left) = (first, second, commands)
    }

    public var answerToReset: [UInt8] { first.answerToReset }

    public func reset() {
        first.reset()
        second.reset()
    }

    public func respond(to command: [UInt8]) -> [UInt8] {
        count += 1
        guard left > 0 else { return second.respond(to: command) }
        left -= 1
        return first.respond(to: command)
    }
}
