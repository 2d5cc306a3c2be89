import SmartCard

extension ContactlessTransaction {
    /// Runs the transaction with a card to its outcome; blocks as long as the channel does.
    /// - Parameter beforeCommit: makes the intent durable. When it throws, nothing has been spent and its error is
    ///   passed on. May be called more than once: a card can refuse one application and be asked for the next.
    public mutating func run(on channel: any CardChannel, beforeCommit: () throws -> Void) rethrows -> ContactlessOutcome {
        var step = start()
        while true {
            switch step {
            case .finished(let outcome): return outcome
            case .transmit(let command): step = exchange(command, on: channel)
            case .commit(let command):
                try beforeCommit()
                step = exchange(command, on: channel)
            }
        }
    }

    private mutating func exchange(_ command: CommandAPDU, on channel: any CardChannel) -> Step {
        do {
            return received(try channel.send(command))
        } catch {
            return failed(error)
        }
    }
}
