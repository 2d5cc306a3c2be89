import Core
import Foundation
import Testing

@testable import Programmes

let signInTOML = """
    identifier = "email"
    failures_before_wait = 3
    wait_s = 30
    failures_before_lock = 10
    renewal_code_s = 86400

    [[service]]
    id = "queue"
    right = "queue.drain"
    [[service]]
    id = "programmes"
    right = "programmes.change"
    """

private func rules(_ toml: String = signInTOML) throws(TOMLFileError) -> SignInRules {
    try SignInRules(try TOMLFileTable(toml: toml, file: "sign-in.toml"), currency: .eur)
}

private let start = UTCInstant(milliseconds: 1_795_262_400_000)

private func at(_ milliseconds: Int64, anchored: Bool = true) -> TrustedTime {
    TrustedTime(instant: start.advanced(byMilliseconds: milliseconds), anchored: anchored)
}

private let aino = "aino@posti.example"

@Suite("Signing in")
struct SignInRuleTests {
    @Test(
        "POS-1: an e-mail address signs in, in any case and with spaces around it",
        arguments: [
            "aino@posti.example", " AINO@Posti.Example\n", "aino.virtanen+till@a.b.fi", "äiti@päivä.fi", "o'neil@a.ie",
            "1@2.fi", "a@" + String(repeating: "b", count: 63) + ".fi", String(repeating: "a", count: 64) + "@b.fi",
        ])
    func acceptedAddress(_ typed: String) throws {
        #expect(
            SignInIdentifier(typed: typed)
                == .emailAddress(typed.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()))
        #expect(try rules().begin(typed: typed, state: SignInState(), now: at(0)).ruling.passed)
    }

    @Test(
        "POS-1: an old customer or case number is refused with guidance to the e-mail address",
        arguments: ["1234567", "FI-123456", "CASE 2024-001", "a1", "12/34.56", " 42 "])
    func number(typed: String) throws {
        #expect(SignInIdentifier(typed: typed) == .customerOrCaseNumber)
        let verdict = try rules().begin(typed: typed, state: SignInState(), now: at(0))
        #expect(verdict.ruling.refusal == Ruling.Refusal(rule: "POS-1", reason: .useEmailAddress))
        #expect(verdict.guidance == .numberNoLonger)
        #expect(verdict.store == SignInState())
        #expect(!verdict.ruling.trace.contains { $0.inputs.contains { $0.value.contains(typed) } })
    }

    @Test(
        "POS-1: what is neither is refused too",
        arguments: [
            "", " ", "aino", "@", "aino@", "@posti.example", "aino@posti", "a@b@c.fi", "aino@posti..example",
            "aino@.example", "aino@posti.", "ai no@posti.example", "aino@po sti.example", ".a@b.fi", "a.@b.fi",
            "a..b@c.fi",
            "aino@-posti.example", "aino@posti-.example", "\"aino\"@posti.example", "aino@posti.exa\u{0}mple", "ä1",
            "a@" + String(repeating: "b", count: 64) + ".fi", String(repeating: "a", count: 65) + "@b.fi",
            String(repeating: "1", count: 33), String(repeating: "a.", count: 126) + "a@b.fi",
            String(repeating: " ", count: 2000) + "a@b.fi",
        ])
    func neither(typed: String) throws {
        #expect(SignInIdentifier(typed: typed) == .neither)
        let verdict = try rules().begin(typed: typed, state: SignInState(), now: at(0))
        #expect(verdict.ruling.refusal == Ruling.Refusal(rule: "POS-1", reason: .useEmailAddress))
        #expect(verdict.guidance == Reason.useEmailAddress.sentence)
    }

    /// `count` wrong passwords, each as early as it is heard.
    private func failed(_ count: Int, _ rules: SignInRules) -> (state: SignInState, at: Int64) {
        var (state, time) = (SignInState(), Int64(0))
        for _ in 0..<count {
            var verdict = rules.begin(typed: aino, state: state, now: at(time))
            if let until = verdict.waitUntil {
                time = until.millisecondsSince(start)
                verdict = rules.begin(typed: aino, state: state, now: at(time))
            }
            #expect(verdict.ruling.passed)
            state = rules.finish(right: false, state: verdict.store).store
        }
        return (state, time)
    }

    @Test(
        "POS-5: from the third failure on the wait doubles, to the millisecond",
        arguments: [(1, 0), (2, 0), (3, 30), (4, 60), (5, 120), (6, 240), (7, 480), (8, 960), (9, 1920)]
            as [(Int, Int64)])
    func waits(failures: Int, seconds: Int64) throws {
        let (state, time) = failed(failures, try rules())
        #expect(state.failures == failures)
        #expect(!state.locked)
        #expect(try rules().begin(typed: aino, state: state, now: at(time + seconds * 1000)).ruling.passed)
        guard seconds > 0 else { return }
        let early = try rules().begin(typed: aino, state: state, now: at(time + seconds * 1000 - 1))
        #expect(early.ruling.refusal == Ruling.Refusal(rule: "POS-5", reason: .signInFailed))
        #expect(early.waitUntil == start.advanced(byMilliseconds: time + seconds * 1000))
        #expect(early.guidance == .waitFirst)
        #expect(early.store == state)
        // A clock that the host corrects downwards lengthens no wait.
        let setBack = try rules().begin(typed: aino, state: state, now: at(-86_400_000))
        #expect(setBack.waitUntil == start.advanced(byMilliseconds: -86_400_000 + seconds * 1000))
    }

    @Test("POS-5: a wait never passes a day")
    func longestWait() throws {
        let rules = try rules(
            signInTOML.replacing("failures_before_lock = 10", with: "failures_before_lock = 100")
                .replacing("wait_s = 30", with: "wait_s = 80000"))
        let (state, time) = failed(99, rules)
        #expect(rules.begin(typed: aino, state: state, now: at(time)).waitUntil == at(time + 86_400_000).instant)
    }

    @Test("POS-5: the tenth failure locks, for good and across restarts; only an administrator opens it")
    func locks() throws {
        let rules = try rules()
        let (state, time) = failed(10, rules)
        #expect(state.locked)
        var restored = try JSONDecoder().decode(SignInState.self, from: JSONEncoder().encode(state))
        #expect(restored == state)
        let verdict = rules.begin(typed: aino, state: restored, now: at(time + 1_000_000_000_000))
        #expect(verdict.ruling.refusal == Ruling.Refusal(rule: "POS-5", reason: .signInLocked))
        #expect(verdict.guidance == .locked)
        // A larger limit in a newer file opens nothing; a smaller one locks at once.
        let larger = try locking(at: 20)
        #expect(larger.begin(typed: aino, state: restored, now: at(time)).ruling.refusal?.reason == .signInLocked)
        let smaller = try locking(at: 5)
        #expect(
            smaller.begin(typed: aino, state: failed(5, rules).state, now: at(time)).ruling.refusal?.reason
                == .signInLocked)
        restored.unlock()
        #expect(rules.begin(typed: aino, state: restored, now: at(time)).ruling.passed)
    }

    private func locking(at lock: Int) throws -> SignInRules {
        try rules(signInTOML.replacing("failures_before_lock = 10", with: "failures_before_lock = \(lock)"))
    }

    @Test(
        "POS-5: a power cut between the count and the check leaves the try counted; a right last try opens its own lock"
    )
    func powerCut() throws {
        let (state, time) = failed(9, try rules())
        let begun = try rules().begin(typed: aino, state: state, now: at(time + 1_920_000))
        #expect(begun.ruling.passed)
        #expect(begun.store.locked)
        let after = try rules().begin(typed: aino, state: begun.store, now: at(time + 100_000_000))
        #expect(after.ruling.refusal?.reason == .signInLocked)
        let right = try rules().finish(right: true, state: begun.store)
        #expect(right.ruling.passed)
        #expect(right.store == SignInState())
    }

    @Test("POS-5: a right password resets the count; a wrong one is named by no more than that")
    func rightResets() throws {
        let (state, time) = failed(2, try rules())
        let begun = try rules().begin(typed: aino, state: state, now: at(time))
        let right = try rules().finish(right: true, state: begun.store)
        #expect(right.store == SignInState())
        #expect(right.guidance == nil)
        let wrong = try rules().finish(right: false, state: begun.store)
        #expect(wrong.ruling.refusal == Ruling.Refusal(rule: "POS-5", reason: .signInFailed))
        #expect(wrong.store.failures == 3)
        // A terminal without host time lets its technician in.
        #expect(try rules().begin(typed: aino, state: SignInState(), now: at(0, anchored: false)).ruling.passed)
    }

    @Test("POS-2: with a renewal ordered, nothing but the password change is allowed")
    func renewal() throws {
        let rules = try rules()
        let digest: [UInt8] = [1, 2, 3, 4]
        var state = failed(10, rules).state
        state.order(rules.renewal(codeDigest: digest, now: at(0)))
        // The order opens a lock: the old password opens nothing any more.
        let begun = rules.begin(typed: aino, state: state, now: at(0))
        #expect(begun.ruling.passed)
        let signedIn = rules.finish(right: true, state: begun.store)
        #expect(signedIn.ruling.refusal == Ruling.Refusal(rule: "POS-2", reason: .passwordChangeRequired))
        // A wrong password hears nothing of it.
        #expect(rules.finish(right: false, state: begun.store).ruling.refusal?.reason == .signInFailed)
        // Who has signed in before is stopped as well, whatever the rights.
        let account = OperatorAccount(
            isAdministrator: true, rights: ["queue.drain", "programmes.change"], signIn: signedIn.store)
        for verdict in [rules.permit("queue", for: account), rules.mayGrant("queue.drain", by: account)] {
            #expect(verdict.ruling.refusal == Ruling.Refusal(rule: "POS-2", reason: .passwordChangeRequired))
            #expect(verdict.missingRight == nil)
            #expect(verdict.ask == nil)
        }
        // The code changes it, once.
        let changed = rules.changePassword(codeDigest: digest, state: signedIn.store, now: at(1000))
        #expect(changed.ruling.passed)
        #expect(changed.store == SignInState())
        let again = rules.changePassword(codeDigest: digest, state: changed.store, now: at(1001))
        #expect(again.ruling.refusal == Ruling.Refusal(rule: "POS-2", reason: .signInFailed))
        #expect(again.store.failures == 1)
    }

    @Test(
        "POS-2: the code works through its last millisecond",
        arguments: [(86_399_999, true), (86_400_000, true), (86_400_001, false)] as [(Int64, Bool)])
    func renewalExpiry(milliseconds: Int64, works: Bool) throws {
        var state = SignInState()
        state.order(try rules().renewal(codeDigest: [1], now: at(0)))
        let verdict = try rules().changePassword(codeDigest: [1], state: state, now: at(milliseconds))
        #expect(verdict.ruling.refusal == (works ? nil : Ruling.Refusal(rule: "POS-2", reason: .signInFailed)))
        // Expired, the renewal stays ordered, and a right code is no guess.
        if !works { #expect(verdict.store == state && verdict.guidance == .codeNotGood) }
        let untrusted = try rules().changePassword(
            codeDigest: [1], state: state, now: at(milliseconds, anchored: false))
        #expect(untrusted.ruling.refusal == Ruling.Refusal(rule: "POS-2", reason: .timeUntrusted))
        #expect(untrusted.store == state)
    }

    @Test("POS-2: a wrong code counts as a wrong password and locks; a second order makes the first code worthless")
    func renewalGuesses() throws {
        let rules = try rules()
        var state = SignInState()
        state.order(rules.renewal(codeDigest: [1, 2], now: at(0)))
        for wrong in [[], [1], [1, 3], [2, 2], [1, 2, 0]] as [[UInt8]] {
            let verdict = rules.changePassword(codeDigest: wrong, state: state, now: at(0))
            #expect(verdict.ruling.refusal == Ruling.Refusal(rule: "POS-2", reason: .signInFailed))
            #expect(verdict.store.failures == 1)
        }
        var time: Int64 = 0
        for _ in 0..<10 {
            state = rules.changePassword(codeDigest: [9, 9], state: state, now: at(time)).store
            time += 2_000_000
        }
        #expect(state.locked)
        #expect(
            rules.changePassword(codeDigest: [1, 2], state: state, now: at(time)).ruling.refusal
                == Ruling.Refusal(rule: "POS-5", reason: .signInLocked))
        state.order(rules.renewal(codeDigest: [3, 4], now: at(time)))
        #expect(!rules.changePassword(codeDigest: [1, 2], state: state, now: at(time)).ruling.passed)
        #expect(rules.changePassword(codeDigest: [3, 4], state: state, now: at(time)).ruling.passed)
        // An empty digest of a damaged order matches nothing.
        state.order(PasswordRenewal(codeDigest: [], expires: at(time + 1000).instant))
        #expect(!rules.changePassword(codeDigest: [], state: state, now: at(time)).ruling.passed)
    }

    @Test(
        "POS: what is wrong in [sign_in] is named by its field",
        arguments: [
            ("\"email\"", "\"phone\"", "identifier"),
            ("failures_before_wait = 3", "failures_before_wait = 0", "failures_before_wait"),
            ("failures_before_lock = 10", "failures_before_lock = 3", "failures_before_lock"),
            ("wait_s = 30", "wait_s = 86401", "wait_s"), ("renewal_code_s = 86400", "", "renewal_code_s"),
            ("\"programmes\"", "\"queue\"", "service[1].id"), ("id = \"queue\"", "id = \"\"", "service[0].id"),
            ("\"queue.drain\"", "\"\"", "service[0].right"),
            ("right = \"queue.drain\"", "rigth = \"queue.drain\"", "service[0].right"),
            ("wait_s = 30", "wait_s = 30\nwaits_s = 30", "waits_s"),
        ])
    func wrongFile(from: String, to: String, field: String) {
        let error = #expect(throws: TOMLFileError.self) { try rules(signInTOML.replacing(from, with: to)) }
        #expect(error?.field == field)
    }

    @Test("POS: the shipped business users' table is read")
    func shipped() throws {
        #expect(try rules().services == ["queue": "queue.drain", "programmes": "programmes.change"])
        // No programme that pays: the file is read where it lies.
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Programmes/Resources/posti.toml")
        let table = try TOMLFileTable(toml: String(contentsOf: file, encoding: .utf8), file: "posti.toml").table(
            "sign_in")
        #expect(try SignInRules(table, currency: .eur) == rules())
    }
}
