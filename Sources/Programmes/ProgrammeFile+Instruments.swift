import Core
import HostProtocol

extension Programme.InstrumentRules {
    init(_ table: TOMLFileTable) throws(TOMLFileError) {
        var applications: [[UInt8]] = []
        if table.has("emv_applications") {
            for text in try table.strings("emv_applications") {
                guard let aid = Hex.decode(text), (5...16).contains(aid.count) else {
                    throw table.wrong("emv_applications", "must hold 5 to 16 bytes in hexadecimal each")
                }
                applications.append(aid)
            }
        }
        self.applications = applications
        let kinds: [InstrumentKind] = try table.wordsOf("kinds")
        self.kinds = Set(kinds)
        guard !kinds.isEmpty else { throw table.wrong("kinds", "must name at least one kind of instrument") }
        guard !kinds.contains(.card) || !applications.isEmpty else {
            throw table.wrong("emv_applications", "must say which cards")
        }
        var proofs: [InstrumentKind: Set<InstrumentEvidence.Verification>] = [:]
        if let proof = try table.optionalTable("proof") {
            for key in proof.keys {
                guard let kind = InstrumentKind(rawValue: key), self.kinds.contains(kind) else {
                    throw proof.wrong(key, "is no kind of instrument that the programme takes")
                }
                let methods: [InstrumentEvidence.Verification] = try proof.wordsOf(key)
                guard !methods.isEmpty, !methods.contains(.none) else { throw proof.wrong(key, "must name proofs") }
                proofs[kind] = Set(methods)
            }
        }
        for kind in [InstrumentKind.phone, .email, .app] where self.kinds.contains(kind) {
            guard proofs[kind] != nil else { throw table.wrong("proof.\(kind.rawValue)", "is missing: what proves the payer (ALL-7)") }
        }
        self.proofs = proofs
        var instead: [InstrumentKind: Reason] = [:]
        if let other = try table.optionalTable("instead") {
            for key in other.keys {
                guard let kind = InstrumentKind(rawValue: key), !self.kinds.contains(kind) else {
                    throw other.wrong(key, "is no kind of instrument that the programme refuses")
                }
                let reason: Reason = try other.word(key)
                guard !reason.isApproval else { throw other.wrong(key, "must be a refusal") }
                instead[kind] = reason
            }
        }
        self.instead = instead
        try table.allKnown()
    }
}

extension Programme.VerificationTier {
    static func all(_ root: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) -> [Programme.VerificationTier] {
        var tiers: [Programme.VerificationTier] = []
        for table in try root.tables("verification") {
            let upTo = try table.optionalMoney("up_to", currency)
            if let before = tiers.last {
                guard let bound = before.upTo else { throw table.wrong("up_to", "comes after a tier without one") }
                if let upTo, upTo.minorUnits <= bound.minorUnits { throw table.wrong("up_to", "must grow from tier to tier") }
            }
            let methods: [InstrumentEvidence.Verification] = try table.wordsOf("by")
            guard !methods.contains(.onlinePIN) else { throw table.wrong("by", "can't name onlinePIN: the host checks it") }
            guard !methods.isEmpty else { throw table.wrong("by", "must name at least one way") }
            tiers.append(Programme.VerificationTier(upTo: upTo, methods: Set(methods)))
            try table.allKnown()
        }
        guard let last = tiers.last else { throw root.wrong("verification", "must hold at least one table") }
        guard last.upTo == nil else {
            throw root.wrong("verification[\(tiers.count - 1)].up_to", "must be absent in the last tier, which has no bound")
        }
        return tiers
    }
}
