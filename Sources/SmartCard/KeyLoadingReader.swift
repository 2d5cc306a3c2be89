/// A channel through a reader of which it is known how keys are put into it.
public protocol KeyLoadingReader: CardChannel {
    /// LOAD KEYS as the reader's maker has it (`FF 82 …`, PC/SC part 3 §3.2.2.1.4); nil where that is not known.
    func loadKeyCommand(_ key: [UInt8]) -> [UInt8]?
}
