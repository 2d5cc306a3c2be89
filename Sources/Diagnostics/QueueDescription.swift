extension DiagnosticsInterface {
    /// What ``description`` says of the queue and of what bounced.
    static let queueDescription = """
        # One record in full. state: waiting, quarantined (hostReason says why) or forwarded; attempts: how often it
        # was sent while it waits. Nothing of the card: carriesEvidence says that sealed evidence goes with it.
        type QueuedDetail (
            sequence: int,
            record: string,
            payment: string,
            kind: string,
            amount: Amount,
            approved: Amount,
            reference: ?string,
            original: ?string,
            programme: ?string,
            account: ?string,
            accountSequence: ?int,
            rule: string,
            reason: string,
            decidedAt: int,
            state: string,
            hostReason: ?string,
            attempts: int,
            lastAttemptMillisecondsAgo: ?int,
            nextAttemptInMilliseconds: ?int,
            carriesEvidence: bool,
            bodyBytes: int,
            bodyHash: string
        )

        # A payment that this terminal approved and the host declined later. state: open, collected, givenUp, cleared;
        # collect: now, never, or later: not before collectableAt. While it is open its card pays nothing here offline.
        type Declined (
            payment: string,
            record: string,
            reference: ?string,
            amount: Amount,
            account: ?string,
            reason: string,
            declinedAt: int,
            state: string,
            closedAt: ?int,
            collectedBy: ?string,
            collect: string,
            collectableAt: ?int
        )

        type DeclinedSummary (open: int, amounts: []Amount)

        # Sends what waits now, if the host answers. With "more", a reply comes after each batch: settled and refused count
        # since the flush began, waiting is what is left, failure the last one in words. The last reply has ended; why says
        # why records are left.
        method FlushQueue() -> (
            queue: Queue,
            settled: ?int,
            refused: ?int,
            waiting: ?int,
            failure: ?string,
            ended: ?bool,
            why: ?string
        )

        # record: an id or a sequence number.
        method ShowQueued(record: string) -> (record: QueuedDetail)

        # Sends records that the host refused once more, when the cause has been mended: the one named, or all.
        method RetryQueue(record: ?string) -> (queue: Queue, why: ?string)

        # Everything that waits or is set aside, as lines signed with the device key, a part at a time: call again with
        # "after" until "next" is not there. `kassa-host records import` takes the lines as a file.
        method ExportQueue(after: ?int) -> (lines: []string, next: ?int)

        # What is open; with "all" also what is not any more. The newest first.
        method ListDeclined(all: ?bool, limit: ?int) -> (summary: DeclinedSummary, declined: []Declined)

        # Takes the open amount of a payment that was declined later, once, from its own card, through the host. Replies as
        # Pay does.
        method Collect(payment: string, reference: ?string, timeoutSeconds: ?int) -> (
        \(payReplyFields)
        )

        # The merchant asks no more for it: its card may pay offline again.
        method GiveUpDeclined(payment: string) -> (declined: Declined)

        # With "more": first what is open, then each late decline and what becomes of it, as it happens.
        method WatchAnnouncements() -> (announcement: string, declined: ?Declined)

        error UnknownRecord ()
        # It is open no more, or not to be collected (yet): until when, in milliseconds since 1970.
        error NotCollectable (reason: string, until: ?int)

        """
}
