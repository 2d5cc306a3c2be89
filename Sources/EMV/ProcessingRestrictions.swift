import Core
import SmartCard

/// Application version, usage control and dates (EMV Book 3 §10.4): each finding is a bit of the TVR.
struct ProcessingRestrictions {
    let terminal: ContactTerminal
    let application: ContactApplication
    let parameters: TransactionParameters

    func findings(_ card: CardData) -> TVR {
        var found: TVR = []
        if let version = application.version, let onCard = card[EMVTag.cardApplicationVersion],
            onCard != [UInt8(version >> 8), UInt8(version & 0xFF)]
        {
            found.insert(.applicationVersionsDiffer)
        }
        if let usage = card[EMVTag.applicationUsageControl], usage.count == 2 {
            let control = UInt16(usage[0]) << 8 | UInt16(usage[1])
            if !allows(control, country: card[EMVTag.issuerCountryCode]) { found.insert(.serviceNotAllowed) }
        }
        let today = parameters.validityDate
        if let effective = card[EMVTag.applicationEffectiveDate].flatMap({ NumericField.date(yymmdd: $0) }),
            effective > today
        {
            found.insert(.applicationNotYetEffective)
        }
        // What can't be read is not good either.
        let expiry = card[EMVTag.applicationExpirationDate].flatMap { NumericField.date(yymmdd: $0) }
        if expiry.map({ isPast($0, today) }) ?? true { found.insert(.applicationExpired) }
        return found
    }

    /// CARD-6: by the day in 5F24, or through the last instant of its month where the programme counts months.
    private func isPast(_ expiry: CivilDate, _ today: CivilDate) -> Bool {
        parameters.expiryIsMonth ? (expiry.year, expiry.month) < (today.year, today.month) : expiry < today
    }

    /// §10.4.2: the place by byte 1 b2 and b1, then what is done by country, where the card names its own.
    private func allows(_ control: UInt16, country: [UInt8]?) -> Bool {
        guard control & (terminal.isCashMachine ? 0x0200 : 0x0100) != 0 else { return false }
        guard let country, country.count == 2 else { return true }
        let isDomestic = country == parameters.encodedCountryCode
        switch parameters.type {
        case 0x01: return control & (isDomestic ? 0x8000 : 0x4000) != 0
        case 0x09: return control & (isDomestic ? 0x2800 : 0x1400) != 0 && control & (isDomestic ? 0x0080 : 0x0040) != 0
        // Goods or services.
        default: return control & (isDomestic ? 0x2800 : 0x1400) != 0
        }
    }
}
