import Varlink

/// The interface's own errors.
public enum DiagnosticsError {
    public static func busy(lane: String) -> VarlinkError { make("Busy", ["lane": .string(lane)]) }
    public static let noReader = make("NoReader")
    public static let noCard = make("NoCard")
    public static func notATag(_ reason: String) -> VarlinkError { make("NotATag", ["reason": .string(reason)]) }
    /// - Parameter isTouched: the tag may carry an empty message now.
    public static func tagNotWritten(_ reason: String, isTouched: Bool) -> VarlinkError {
        make("TagNotWritten", ["reason": .string(reason), "isTouched": .bool(isTouched)])
    }
    public static func storeUnavailable(_ remedy: String) -> VarlinkError {
        make("StoreUnavailable", ["remedy": .string(remedy)])
    }
    public static func malformedField(_ field: String) -> VarlinkError {
        make("MalformedField", ["field": .string(field)])
    }
    /// The field holds what may be a card number, and would be stored in the clear (ALL-5).
    public static func looksLikeCardNumber(_ field: String) -> VarlinkError {
        make("LooksLikeCardNumber", ["field": .string(field)])
    }
    public static let unknownPayment = make("UnknownPayment")
    public static func ambiguousPayment(count: Int) -> VarlinkError {
        make("AmbiguousPayment", ["count": .integer(Int64(count))])
    }
    public static let unknownProgramme = make("UnknownProgramme")

    public static let unknownRecord = make("UnknownRecord")
    public static func notCollectable(_ reason: String, until: Int64? = nil) -> VarlinkError {
        var parameters: [String: VarlinkValue] = ["reason": .string(reason)]
        if let until { parameters["until"] = .integer(until) }
        return make("NotCollectable", parameters)
    }

    private static func make(_ name: String, _ parameters: [String: VarlinkValue] = [:]) -> VarlinkError {
        VarlinkError(name: DiagnosticsInterface.method(name), parameters: parameters)
    }
}
