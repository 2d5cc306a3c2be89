import SmartCard

extension EntryPoint {
    /// Plays one presentation with a card; blocks as long as the channel does.
    /// - Parameters:
    ///   - unpredictableNumber: four fresh random bytes.
    ///   - beforeCommit: as in ``ContactlessTransaction/run(on:beforeCommit:)``.
    /// - Returns: what is left to do: messages and field off, and at the end ``Action/poll`` where the payer is to present a
    ///   card again (start B), or ``Action/finished(_:_:)``. Nothing unless a card was waited for.
    public mutating func present(
        on channel: any CardChannel, unpredictableNumber: [UInt8], beforeCommit: () throws -> Void
    ) rethrows -> [Action] {
        var actions = handle(.cardActivated(unpredictableNumber: unpredictableNumber))
        while true {
            switch actions.last {
            case .transmit(let command)?: actions = exchange(command, on: channel)
            case .commit(let command)?:
                try beforeCommit()
                actions = exchange(command, on: channel)
            case .show, .fieldOff, .poll, .finished, nil: return actions
            }
        }
    }

    private mutating func exchange(_ command: CommandAPDU, on channel: any CardChannel) -> [Action] {
        do {
            return handle(.received(try channel.send(command)))
        } catch {
            return handle(.failed(error))
        }
    }
}
