/// The paths of the host's interface, version 1. Every request is a signed POST of JSON, every answer is signed JSON.
public enum HostPath {
    public static let health = "/v1/health"
    public static let limits = "/v1/limits"
    public static let authorisations = "/v1/authorisations"
    public static let records = "/v1/records"
    public static let certificates = "/v1/certificates"
    public static let reconciliations = "/v1/reconciliations"
    public static let tagKeys = "/v1/tag-keys"
    /// The description of all of these in OpenAPI 3.0, by an unsigned GET.
    public static let description = "/openapi.json"
}

/// The headers that carry who asks and the signatures.
public enum HostHeader {
    /// The terminal's id, on requests.
    public static let terminal = "Kassa-Terminal"
    /// Base64 of 64 bytes Ed25519: of the request by the terminal's key, of the answer by the host's.
    public static let signature = "Kassa-Signature"
}

/// What each answer says of itself, so that one signed answer can't stand for another kind.
public enum HostAnswerType: String, Codable, Sendable {
    case health, limits, authorisation, batch, certificates, failure, reconciliation, tagKeys
}
