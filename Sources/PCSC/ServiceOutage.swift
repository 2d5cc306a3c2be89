import SmartCard

/// Why there is no PC/SC service.
public enum ServiceOutage: Sendable, Hashable {
    /// No socket, or nobody behind it: pcscd is not running.
    case notRunning
    /// pcscd ended, or closed the connection.
    case lost
    /// The client library and pcscd speak different protocol versions, or pcscd is stopping.
    case incompatible
    /// polkit refused this user; or pcscd was started with room for fewer clients than usual and has none left.
    case accessRefused
    /// pcscd serves as many clients as it usually takes.
    case tooManyClients
    case other(PCSCCode)

    /// Clients that pcscd takes unless it is started with `--max-thread`.
    static let usualClients = 200

    init(establishing code: PCSCCode) {
        switch code {
        case .noService: self = .notRunning
        case .serviceStopped: self = .incompatible
        case .securityViolation: self = .accessRefused
        default: self = code.meaning == .serviceLost ? .lost : .other(code)
        }
    }

    /// pcscd answers a user without permission and a client too many alike, by closing the connection: how many clients
    /// it serves tells them apart.
    init(refusedAmong clients: Int?) {
        self = clients.map { $0 >= Self.usualClients } ?? false ? .tooManyClients : .accessRefused
    }

    /// What a technician does about it.
    public var remedy: String {
        switch self {
        case .notRunning, .lost: "start pcscd: systemctl start pcscd.socket"
        case .incompatible: "install pcscd and libpcsclite1 of one release, then systemctl restart pcscd"
        case .accessRefused:
            "allow this user org.debian.pcsc-lite.access_pcsc and access_card in /etc/polkit-1/rules.d, or end programs that "
                + "hold many PC/SC connections if pcscd runs with --max-thread"
        case .tooManyClients: "end programs that hold many PC/SC connections (ss -x | grep pcscd), or restart pcscd"
        case .other(let code): "restart pcscd: systemctl restart pcscd (code \(code))"
        }
    }
}
