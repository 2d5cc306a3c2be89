import Diagnostics
import Varlink

extension VarlinkClientError {
    /// With what to do, where nobody answers.
    var words: String {
        switch self {
        case .noSocket, .connectionRefused: "\(description): is kassad running? See systemctl status kassad, or name its socket by --socket"
        case .permissionDenied: "\(description): call it as root, or as a user who may read and write the socket"
        default: description
        }
    }
}

extension VarlinkError {
    /// The interface's errors in a sentence, with their names for scripts; any other as it came.
    var words: String {
        guard let sentence else { return description }
        return "\(sentence) (\(name.split(separator: ".").last ?? ""))"
    }

    private func parameter(_ name: String) -> String {
        if case .string(let text)? = parameters[name] { text } else { "" }
    }

    private var sentence: String? {
        switch name {
        case DiagnosticsInterface.method("UnknownPayment"): "no payment has this id, beginning of an id, or reference"
        case DiagnosticsInterface.method("AmbiguousPayment"): "several payments begin so: give more of the id"
        case DiagnosticsInterface.method("UnknownProgramme"): "no programme has this id: see kassactl programme list"
        case DiagnosticsInterface.method("UnknownRecord"): "no such record, or no more: see kassactl queue, kassactl journal list"
        case DiagnosticsInterface.method("NotCollectable"): whyNotCollectable
        case DiagnosticsInterface.method("Busy"): "\(parameter("lane")) has another payment under way: wait for its end"
        case DiagnosticsInterface.method("NoReader"): "there is no usable reader: see kassactl readers"
        case DiagnosticsInterface.method("NoCard"): "no card or tag was presented in time"
        case DiagnosticsInterface.method("NotATag"): "what was presented can't be read as a tag: \(parameter("reason"))"
        case DiagnosticsInterface.method("TagNotWritten"): notWritten
        case DiagnosticsInterface.method("StoreUnavailable"): parameter("remedy")
        case DiagnosticsInterface.method("MalformedField"): malformed(parameter("field"))
        case DiagnosticsInterface.method("LooksLikeCardNumber"):
            "the \(parameter("field")) looks like a card number, and would be kept in the clear: name it otherwise"
        default: nil
        }
    }

    private var notWritten: String {
        let reason = TagWords.sentence(parameter("reason"))
        guard case .bool(true)? = parameters["isTouched"] else { return "nothing was written: \(reason)" }
        return "not written: \(reason); the tag may be empty now"
    }

    private func malformed(_ field: String) -> String {
        switch field {
        case "amount": "the amount must be digits and a point, such as 95.00, with no more decimals than its currency has"
        case "currency": "the currency must be a known ISO 4217 code, such as SEK"
        case "reference": "the reference must be 1 to 64 bytes long"
        case "scope": "a day must be YYYY-MM-DD, records FIRST-LAST, such as 1-250"
        case _ where field.hasPrefix("basket"): "\(field): a basket line must be like food=80.00, with an amount as of the payment"
        default: "\(field) is not valid"
        }
    }

    /// Why there is nothing to collect.
    private var whyNotCollectable: String {
        guard case .string(let reason)? = parameters["reason"] else { return "it can't be collected" }
        switch reason {
        case "never": return "the host says that this card will never pay it"
        case "later":
            guard case .integer(let until)? = parameters["until"] else { return "the host wants a pause before the next try" }
            let date = until.date
            return "the host wants no other try before \(date)"
        case "notDeclined": return "the host has not declined this payment"
        default: return "nothing is open of it: \(reason)"
        }
    }
}
