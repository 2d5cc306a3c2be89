import Core
import Testing

@testable import Programmes

private func rules() throws(TOMLFileError) -> SignInRules {
    try SignInRules(try TOMLFileTable(toml: signInTOML, file: "sign-in.toml"), currency: .eur)
}

@Suite("Rights of operators")
struct OperatorRightTests {
    @Test(
        "POS-4: one may use some services and not others; a refusal names the missing right",
        arguments: [
            ("queue", ["queue.drain"], nil), ("programmes", ["queue.drain"], "programmes.change"),
            ("queue", [], "queue.drain"), ("queue", ["queue", "Queue.drain", "queue.drain "], "queue.drain"),
            ("programmes", ["queue.drain", "programmes.change"], nil),
            ("no-such-service", ["queue.drain"], "no-such-service"),
            ("no-such-service", ["no-such-service"], "no-such-service"),
        ] as [(String, Set<String>, String?)], [false, true])
    func permit(row: (service: String, rights: Set<String>, missing: String?), isAdministrator: Bool) throws {
        let account = OperatorAccount(isAdministrator: isAdministrator, rights: row.rights, signIn: SignInState())
        let verdict = try rules().permit(row.service, for: account)
        #expect(verdict.missingRight == row.missing)
        guard let missing = row.missing else {
            #expect(verdict.ruling.passed && verdict.ask == nil && verdict.guidance == nil)
            return
        }
        #expect(verdict.ruling.refusal == Ruling.Refusal(rule: "POS-4", reason: .permissionDenied))
        #expect(verdict.ruling.trace.last?.inputs.contains(RuleInput(.right, missing)) == true)
        // POS-3: whom to ask.
        #expect(verdict.ask == (isAdministrator ? .support : .administrator))
        #expect(verdict.guidance == (isAdministrator ? .deniedAskSupport : Reason.permissionDenied.sentence))
    }

    @Test("POS-3: the administrator grants rights that a service asks for, nobody else does")
    func grants() throws {
        let user = OperatorAccount(isAdministrator: false, rights: ["queue.drain"], signIn: SignInState())
        let refused = try rules().mayGrant("queue.drain", by: user)
        #expect(refused.ruling.refusal == Ruling.Refusal(rule: "POS-3", reason: .permissionDenied))
        #expect(refused.missingRight == SignInRules.grantingRights)
        #expect(refused.ask == .administrator)
        let administrator = OperatorAccount(isAdministrator: true, rights: [], signIn: SignInState())
        #expect(try rules().mayGrant("queue.drain", by: administrator).ruling.passed)
        let unknown = try rules().mayGrant("queue.dry", by: administrator)
        #expect(unknown.ruling.refusal == Ruling.Refusal(rule: "POS-4", reason: .permissionDenied))
        #expect(unknown.ask == .support)
    }

    @Test("POS-5: a lock stops guessing at the sign-in, not who has signed in")
    func lockAndSession() throws {
        var locked = SignInState()
        locked.begin(now: UTCInstant(milliseconds: 0), lockingAt: 1)
        #expect(locked.locked)
        let account = OperatorAccount(
            isAdministrator: false, rights: ["queue.drain"], signIn: locked)
        #expect(try rules().permit("queue", for: account).ruling.passed)
    }
}
