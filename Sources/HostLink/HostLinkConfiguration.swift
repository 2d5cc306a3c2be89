import Crypto
import HostProtocol
import Payments

/// Where the host is, how it proves itself, and who this terminal is.
public struct HostLinkConfiguration: Sendable {
    /// `https://host:port`, without a path.
    public var baseURL: String
    /// The host's own certificate, and the one that will follow it while it is rotated: the only trust roots.
    public var pinnedCertificatePEM: String
    /// What this terminal shows a host that asks for it.
    public var clientIdentity: ClientIdentity?
    /// What every answer is signed with.
    public var hostSigningKey: Curve25519.Signing.PublicKey
    public var terminal: String
    public var terminalKey: Curve25519.Signing.PrivateKey
    public var timeouts: Timeouts
    /// Back-off, keep-alive and the interval between limit syncs.
    public var pace: OutboxMachine.Settings
    /// Milliseconds for which the host may keep a limits request open until there is news (long poll), at most
    /// ``LimitRequest/maximumHold``; 0: no long poll, limits come with the syncs alone.
    public var hold: Int64

    public struct Timeouts: Sendable, Hashable {
        /// Until TCP and TLS stand.
        public var connect: Duration
        public var probe: Duration
        public var limits: Duration
        public var records: Duration

        public init(
            connect: Duration = .seconds(4), probe: Duration = .seconds(5), limits: Duration = .seconds(30),
            records: Duration = .seconds(30)
        ) {
            self.connect = connect
            self.probe = probe
            self.limits = limits
            self.records = records
        }
    }

    public init(
        baseURL: String, pinnedCertificatePEM: String, hostSigningKey: Curve25519.Signing.PublicKey, terminal: String,
        terminalKey: Curve25519.Signing.PrivateKey, timeouts: Timeouts = Timeouts(),
        pace: OutboxMachine.Settings = OutboxMachine.Settings(), hold: Int64 = 25_000,
        clientIdentity: ClientIdentity? = nil
    ) {
        self.clientIdentity = clientIdentity
        self.baseURL = baseURL
        self.pinnedCertificatePEM = pinnedCertificatePEM
        self.hostSigningKey = hostSigningKey
        self.terminal = terminal
        self.terminalKey = terminalKey
        self.timeouts = timeouts
        self.pace = pace
        self.hold = min(max(0, hold), LimitRequest.maximumHold)
    }
}

/// Why a link can't be made of its configuration.
public enum LinkConfigurationError: Error, Hashable, Sendable {
    /// Not `https://` with a host and nothing after it.
    case badURL
    /// Not one or two PEM certificates of the host, or no certificate and key of the terminal.
    case badCertificate
    case badTerminalName
}
