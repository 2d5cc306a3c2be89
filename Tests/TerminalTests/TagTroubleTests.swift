import Diagnostics
import SmartCard
import Tags
import Testing
import Varlink

@testable import Terminal

@Suite("A technician hears whether a tag may be touched")
struct TagTroubleTests {
    @Test("Once a command that writes was sent, every failure says that the tag may be touched", arguments: [
        CardError.removed, .reset, .emptyResponse, .stuck, .serviceLost, .readerGone, .sharingViolation, .reader(code: 0x8010_0001),
    ])
    func begun(_ error: CardError) {
        let word = error.isCardLoss ? "removed" : "interrupted"
        for thrown in [error, TagFailure.card(error), TagWriter.Failure.tag(.card(error))] as [any Error] {
            let told = TagTrouble.reply(to: thrown, hasBegun: true) as? VarlinkError
            #expect(told == DiagnosticsError.tagNotWritten(word, isTouched: true), "\(thrown)")
            let before = TagTrouble.reply(to: thrown, hasBegun: false) as? VarlinkError
            #expect(before == (error.isCardLoss ? DiagnosticsError.noCard : DiagnosticsError.notATag("\(error)")), "\(thrown)")
        }
    }

    @Test("What the tag's memory is at fault for is told by its name, touched or not", arguments: [true, false])
    func problems(_ hasBegun: Bool) {
        for (problem, word) in [(TagProblem.notVerified(page: 4), "notVerified"), (.readOnly, "readOnly"), (.noRoom(bytes: 2, capacity: 1), "noRoom")] {
            let told = TagTrouble.reply(to: TagWriter.Failure.problem(problem), hasBegun: hasBegun) as? VarlinkError
            #expect(told == DiagnosticsError.tagNotWritten(word, isTouched: hasBegun))
        }
        let other = TagTrouble.reply(to: TagWriter.Failure.anotherTag, hasBegun: false) as? VarlinkError
        #expect(other == DiagnosticsError.tagNotWritten("anotherTag", isTouched: false))
    }
}
