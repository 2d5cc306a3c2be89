/// Why the host gave no usable answer. Values of the answer never appear.
public enum LinkFailure: Error, Hashable, Sendable {
    /// No connection came about, or it broke: a short word such as `connectionRefused`.
    case unreachable(String)
    /// The TLS handshake failed: above all, a certificate that is not the pinned one.
    case tls
    case timeout
    /// Something answered that can't sign as the host: a captive portal, a proxy, another server.
    case notOurHost(status: Int, NotOurHost)
    /// The host's own signed refusal.
    case refused(reason: String)
    /// Signed by the host, but not what was asked for: the field that is wrong.
    case malformed(field: String)
    /// The host's limit pages are older than what this terminal holds: an old state played to it, or a host whose keeper
    /// restored its books without saying so.
    case hostBehind
    /// The local store failed before or after the exchange.
    case store(String)

    public enum NotOurHost: String, Hashable, Sendable {
        /// No valid signature over the bytes that came.
        case signature
        /// More bytes than any answer has.
        case size
    }
}

extension LinkFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let what): "unreachable (\(what))"
        case .tls: "tls"
        case .timeout: "timeout"
        case .notOurHost(let status, let what): "notOurHost (HTTP \(status), \(what.rawValue))"
        case .refused(let reason): "refused (\(reason))"
        case .malformed(let field): "malformed (\(field))"
        case .hostBehind: "host is behind: its books were set back; `kassa-host restored` there"
        case .store(let what): "store (\(what))"
        }
    }
}
