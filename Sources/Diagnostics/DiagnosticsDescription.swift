extension DiagnosticsInterface {
    /// In the Varlink interface definition language; a new field is optional, so that old clients go on working.
    public static let description = """
        # What a kassad terminal tells and does for a technician. Amounts are minor units with an ISO 4217 code; times are
        # milliseconds since 1970 UTC. No field carries a full card number.
        interface org.kassa.terminal.diagnostics

        type Amount (minorUnits: int, currency: string, text: string)

        type Link (
            # starting, reachable, unreachable
            state: string,
            reason: ?string,
            sinceMilliseconds: ?int,
            nextAttemptInMilliseconds: ?int,
            lastContact: ?int,
            # why records, or limits, don't get through though the host may answer
            forwardFailure: ?string,
            limitsFailure: ?string
        )

        # oldestWaitingMilliseconds: since the oldest was made that waits and is not set aside
        type Queue (
            approvals: int,
            advices: int,
            quarantined: int,
            exposure: []Amount,
            oldestWaitingMilliseconds: ?int
        )

        type Store (
            # ok; opening, while interrupted payments are closed; or what is wrong and what to do
            state: string,
            remedy: ?string,
            limitVersion: ?int,
            accounts: ?int,
            journalWhole: ?bool,
            # current, or forwardOnly: it forwards what it holds and approves nothing offline
            tables: ?string,
            stopListEntries: ?int,
            # of the host's books: another one makes the terminal start over
            incarnation: ?string,
            # a full set of limits is being taken over
            snapshotUnderWay: ?bool,
            # what the age of the limits leaves of the offline limits, 0 to 100; the least of the programmes
            cacheSharePercent: ?int
        )

        type Finding (
            # error or warning
            severity: string,
            what: string,
            whoIsHurt: string,
            remedy: string
        )

        # of: terminal, host, nextHost; daysLeft: whole days, negative when it has expired
        type Certificate (of: string, until: int, daysLeft: int, expired: bool)

        type Reader (
            name: string,
            # empty, card, mute, unavailable, stuck
            state: string,
            answerToReset: ?string,
            since: int,
            lane: ?string,
            # where it is plugged in, usb:1-1.3/00, or name and serial number; vendor and product, 072F:2200
            identity: ?string,
            usb: ?string
        )

        type QueuedRecord (
            sequence: int,
            record: string,
            payment: string,
            kind: string,
            amount: Amount,
            quarantined: ?string
        )

        # Everything at a glance; findings come with remedies.
        method GetStatus() -> (
            version: string,
            terminal: string,
            merchant: ?string,
            time: int,
            timeAnchored: bool,
            service: string,
            readers: int,
            link: Link,
            queue: ?Queue,
            store: Store,
            cpuMicroseconds: int,
            findings: []Finding,
            # what the host declined after the terminal had approved it
            declined: ?DeclinedSummary,
            # the terminal's own, and those that the host is known by
            certificates: ?[]Certificate
        )

        method ListReaders() -> (service: string, readers: []Reader)

        # The oldest records that wait for the host; with setAside only those that it refused.
        method ListQueue(limit: ?int, setAside: ?bool) -> (queue: Queue, records: []QueuedRecord)

        \(queueDescription)
        \(paymentDescription)
        \(programmeDescription)
        \(journalDescription)
        \(reconcileDescription)

        \(tagDescription)
        \(traceDescription)

        error Busy (lane: string)
        error NoReader ()
        error NoCard ()
        error NotATag (reason: string)
        error StoreUnavailable (remedy: string)
        """
}
