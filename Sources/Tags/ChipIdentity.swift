import SmartCard

/// What an NXP tag says about itself: version and originality signature.
public struct ChipIdentity: Sendable, Hashable {
    public let version: NXPVersion
    /// Whether NXP signed the UID; nil when the chip gave no signature.
    public let isGenuine: Bool?

    /// GET_VERSION (60) and READ_SIG (3C 00) by whichever dialect the reader knows. Nil when it knows none, or when the tag
    /// does not answer: older chips do not, and fall out of the field's protocol until the reader has found them again.
    /// - Throws: ``CardError`` when the card is gone.
    public init?(of uid: [UInt8], _ channel: any CardChannel) throws(CardError) {
        var found: (NXPVersion, RawExchange)?
        for dialect in RawExchange.Dialect.allCases where found == nil {
            let exchange = RawExchange(channel, dialect, .typeA)
            do throws(RawExchange.Failure) {
                if let version = NXPVersion(try exchange.exchange([0x60])) { found = (version, exchange) }
            } catch {
                if case .card(let error) = error { throw error }
            }
        }
        guard let (version, exchange) = found else { return nil }
        self.version = version
        do throws(RawExchange.Failure) {
            isGenuine = OriginalitySignature.isGenuine(
                uid: uid, signature: try exchange.exchange([0x3C, 0x00]), family: version.originality)
        } catch {
            if case .card(let error) = error { throw error }
            isGenuine = nil
        }
    }
}
