/// What of the journal is compared with the host's books.
public struct ReconcileParameters: Codable, Sendable {
    /// A UTC day `YYYY-MM-DD`, or a range of record numbers such as `1-250`; nil: today.
    public var scope: String?

    public init(scope: String? = nil) { self.scope = scope }
}

/// Count and sums on one side.
public struct ReconcileSideReply: Codable, Sendable, Equatable {
    public var count: Int
    public var amount: AmountReply
    public var approved: AmountReply

    public init(count: Int, amount: AmountReply, approved: AmountReply) {
        self.count = count
        self.amount = amount
        self.approved = approved
    }
}

/// One programme, kind and currency; a side that has none of it is nil.
public struct ReconcileLineReply: Codable, Sendable, Equatable {
    public var programme: String?
    public var kind: String
    public var currency: String
    public var terminal: ReconcileSideReply?
    public var host: ReconcileSideReply?

    public init(
        programme: String?, kind: String, currency: String, terminal: ReconcileSideReply? = nil,
        host: ReconcileSideReply? = nil
    ) {
        self.programme = programme
        self.kind = kind
        self.currency = currency
        self.terminal = terminal
        self.host = host
    }
}

public struct ReconcileDifferenceReply: Codable, Sendable, Equatable {
    /// missingAtHost, unknownAtTerminal or bodyDiffers.
    public var kind: String
    public var sequence: Int64
    public var record: String

    public init(kind: String, sequence: Int64, record: String) {
        self.kind = kind
        self.sequence = sequence
        self.record = record
    }
}

public struct ReconcileReply: Codable, Sendable, Equatable {
    public var scope: String
    /// Why the host could not be asked; nil when it was.
    public var unreachable: String?
    public var agrees: Bool
    /// Of this terminal, acknowledged by the host.
    public var records: Int
    public var lines: [ReconcileLineReply]
    /// At most 1000.
    public var differences: [ReconcileDifferenceReply]
    /// Differences beyond those.
    public var unnamed: Int
    /// Records that the host lacks, which wait for it again.
    public var forwardedAgain: Int

    public init(
        scope: String, unreachable: String?, agrees: Bool = false, records: Int = 0, lines: [ReconcileLineReply] = [],
        differences: [ReconcileDifferenceReply] = [], unnamed: Int = 0, forwardedAgain: Int = 0
    ) {
        self.scope = scope
        self.unreachable = unreachable
        self.agrees = agrees
        self.records = records
        self.lines = lines
        self.differences = differences
        self.unnamed = unnamed
        self.forwardedAgain = forwardedAgain
    }
}

extension DiagnosticsInterface {
    static let reconcileDescription = """
        type ReconcileSide (count: int, amount: Amount, approved: Amount)

        # A side that has none of it is absent.
        type ReconcileLine (
            programme: ?string,
            kind: string,
            currency: string,
            terminal: ?ReconcileSide,
            host: ?ReconcileSide
        )

        # kind: missingAtHost, unknownAtTerminal or bodyDiffers
        type ReconcileDifference (kind: string, sequence: int, record: string)

        # Compares acknowledged records with the host's books. scope: a UTC day YYYY-MM-DD, or a range of record numbers such
        # as 1-250; without one, today. What the host lacks is forwarded again.
        method Reconcile(scope: ?string) -> (
            scope: string,
            # why the host could not be asked
            unreachable: ?string,
            agrees: bool,
            records: int,
            lines: []ReconcileLine,
            differences: []ReconcileDifference,
            # differences beyond those listed
            unnamed: int,
            forwardedAgain: int
        )
        """
}
