import Diagnostics
import SmartCard
import Tags
import Varlink

/// What a technician is told when a tag could not be read or written.
enum TagTrouble {
    /// - Parameter hasBegun: a command that changes the tag was sent: whatever failed, the tag may be touched.
    static func reply(to error: any Error, hasBegun: Bool) -> any Error {
        switch error {
        case let error as CardError: card(error, hasBegun)
        case TagFailure.card(let error), TagWriter.Failure.tag(.card(let error)): card(error, hasBegun)
        case let error as TagFailure: DiagnosticsError.notATag("\(error)")
        case let error as TagWriter.Failure: writing(error, hasBegun)
        default: error
        }
    }

    private static func card(_ error: CardError, _ hasBegun: Bool) -> VarlinkError {
        guard hasBegun else { return error.isCardLoss ? DiagnosticsError.noCard : DiagnosticsError.notATag("\(error)") }
        return DiagnosticsError.tagNotWritten(error.isCardLoss ? "removed" : "interrupted", isTouched: true)
    }

    private static func writing(_ error: TagWriter.Failure, _ hasBegun: Bool) -> VarlinkError {
        switch error {
        case .tag(let error): hasBegun ? DiagnosticsError.tagNotWritten("interrupted", isTouched: true) : DiagnosticsError.notATag("\(error)")
        case .message: DiagnosticsError.malformedField("records")
        case .anotherTag: DiagnosticsError.tagNotWritten("anotherTag", isTouched: hasBegun)
        case .unsupported: DiagnosticsError.tagNotWritten("unsupported", isTouched: hasBegun)
        case .problem(let problem): DiagnosticsError.tagNotWritten(problem.word, isTouched: hasBegun)
        }
    }
}
