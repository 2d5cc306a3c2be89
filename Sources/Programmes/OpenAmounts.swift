import Core

/// What the host declined after this terminal had approved it, while it is open (ALL-7): a local stop list of its own. The
/// host's stop list ends an instrument everywhere; this one only asks that the host decides.
extension Programme {
    /// CARD-8: without the host, an instrument whose earlier payment bounced does not pay here.
    func nothingOpen(_ terminal: TerminalState, _ rules: inout RuleTrail) -> Bool {
        guard let open = terminal.bounced else { return true }
        return rules.check("CARD-8", .unpaidEarlier, false, RuleInput(.due, open.amount), RuleInput(.host, "notAsked"))
    }

    /// A collection takes exactly what is open of the payment that it names, from its own instrument.
    func collection(_ request: PurchaseRequest, _ terminal: TerminalState, _ rules: inout RuleTrail) -> Bool {
        guard let original = request.collects else { return true }
        let open = terminal.bounced.flatMap { $0.payment == original ? $0.amount : nil }
        return rules.check(
            "ALL-7", .collectionNotDue, open == request.amount, RuleInput(.asked, request.amount),
            RuleInput(.due, open?.description ?? "-"))
    }
}
