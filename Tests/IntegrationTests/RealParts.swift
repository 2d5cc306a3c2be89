import Testing

/// Everything here runs as real processes: pcscd, host, daemon, cards. One scenario after the other: each wants the
/// machine for itself.
@Suite("Real parts", .serialized, .timeLimit(.minutes(3)))
enum RealParts {}
