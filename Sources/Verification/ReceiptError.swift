/// Why a receipt's token is not taken. It names the place and never repeats what stood there.
public enum ReceiptError: Error, Sendable, Hashable {
    public enum Part: String, Sendable, Hashable { case header, payload, signature }

    /// Header parameters (RFC 7515 §4.1) and claims, by their names in the token.
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case algorithm = "alg", key = "kid", type = "typ", critical = "crit"
        case payment = "jti", site = "aud", person = "sub", amount = "amt", currency = "cur", paidAt = "paid", holder = "name"
        case programme = "prg", purses = "prs", serial = "ser", minute = "min", device = "cnf"
    }

    /// Above ``ReceiptToken/mostBytes``.
    case tooLong
    /// Not three parts with a dot between each two.
    case notThreeParts
    /// Empty, or no base64url of one spelling.
    case malformed(Part)
    /// No JSON object within bounds, or values that no receipt holds.
    case notJSON(Part)
    /// A name that stands twice in one object.
    case duplicateName(Part)
    /// A parameter or claim that this version does not know: what is not understood is not taken.
    case unknownName(Part)
    case missing(Field)
    /// Another type, out of its bounds, or against another field.
    case wrong(Field)
    /// `alg` is not the key's own algorithm. The token never chooses.
    case algorithmNotOfKey
    /// No key of the host has this `kid`.
    case unknownKey
    /// The key is the host's, but the payment lies outside of its time.
    case keyNotInForce
    /// Changed since, or signed by another key.
    case notAuthentic
}
