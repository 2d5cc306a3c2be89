import Diagnostics
import Foundation
import HostLedger
import Programmes
import Testing

extension RealParts {
    @Suite("The technician's queue") struct QueueTests {
        @Test("Flush shows its way batch by batch and says why it ends; show, export and import; a changed line is refused")
        func queue() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            scenario.host.stop()
            try await scenario.hostLost()
            let card = Scenario.visa(Scenario.anna, ["--state", scenario.path("anna.json")])
            for _ in 0..<3 { try await scenario.tap("20.00", card, is: "approved ALL-7 approvedOffline") }

            // The host is away: a reason in words, and exit status 1.
            let away = try await scenario.run(["queue", "flush"])
            let steps = try scenario.lines(FlushProgressReply.self, away)
            #expect(away.status == 1 && steps.last?.ended == true && steps.last?.waiting == 3)
            #expect(steps.last?.why?.hasPrefix("the host is away: ") == true, "\(steps)")

            let shown = try await scenario.run(["queue", "show", "2"])
            let record = try JSONDecoder().decode(ShowQueuedReply.self, from: Data(shown.text.utf8)).record
            #expect(record.state == "waiting" && record.kind == "offlineApproval" && record.amount.text == "20.00 SEK")
            #expect(record.carriesEvidence && record.bodyHash.count == 64 && record.account == "anna")
            let byID = try await scenario.run(["queue", "show", record.record])
            #expect(byID.status == 0)
            for pan in Scenario.numbers { #expect(!shown.text.contains(pan)) }
            #expect(try await scenario.run(["queue", "show", "99"]).status == 1)
            #expect(try await scenario.run(["queue", "retry", "2"]).status == 1)

            let file = scenario.path("queue.jsonl")
            #expect(try await scenario.run(["queue", "export", file]).status == 0)
            #expect(try await scenario.run(["queue", "export", file]).status != 0)
            let exported = try String(contentsOfFile: file, encoding: .utf8)
            #expect(exported.split(separator: "\n").count == 4)
            for pan in Scenario.numbers { #expect(!exported.contains(pan)) }
            // Each line is JSON to others too.
            let python = try Child(
                "/usr/bin/env",
                [
                    "python3", "-c",
                    "import json,sys; print(*[json.loads(l)['signed']['type'] for l in open(sys.argv[1])])", file,
                ], in: scenario.folder)
            #expect(try await python.ended() == 0 && python.text == "queue record record record\n")

            let changed = scenario.path("changed.jsonl")
            var lines = exported.split(separator: "\n").map(String.init)
            lines[2] = lines[2].replacing("\"sequence\":2", with: "\"sequence\":9")
            try lines.joined(separator: "\n").write(toFile: changed, atomically: true, encoding: .utf8)
            let refused = try await scenario.host.run(["records", "import", changed, "--dir", scenario.host.directory])
            #expect(refused.status != 0 && refused.errorText.contains("line 3: signature"))
            #expect(try await scenario.host.ledger().payments == [])

            // By hand into the books, while the terminal still holds them; then the terminal comes back.
            let imported = try await scenario.host.run(["records", "import", file, "--dir", scenario.host.directory])
            #expect(imported.status == 0 && imported.text == "terminal T1: 3 applied, 0 known before, 0 declined, 0 rejected\n")
            #expect(try await scenario.queue().queue.approvals == 3)
            try await scenario.host.start()
            let flushed = try await scenario.run(["queue", "flush"])
            let way = try scenario.lines(FlushProgressReply.self, flushed)
            #expect(flushed.status == 0 && way.last?.waiting == 0 && way.last?.why == nil && way.last?.ended == true)
            let ledger = try await scenario.host.ledger()
            #expect(ledger.payments.map(\.amount) == [-2_000, -2_000, -2_000] && ledger.alarms.isEmpty)
            let gone = try await scenario.run(["queue", "show", "2"])
            #expect(try JSONDecoder().decode(ShowQueuedReply.self, from: Data(gone.text.utf8)).record.state == "forwarded")
            try await scenario.endsClean()
        }

        @Test("ALL-10, ALL-8: after a time-out the till asks by its reference: declined and to be undone, then undone")
        func truth() async throws {
            let scenario = try await Scenario()
            try await scenario.startDaemonReady()
            try await scenario.host.restart(fault: ["drop-answer"])
            try await scenario.hostReachable()
            let told = try await scenario.tap("95.00", reference: "R7")
            #expect(told.words == "declined ALL-10 hostOutcomeUnknown" && told.reply?.reversal == "queued")
            #expect(try await scenario.payment(reference: "R7")?.state == "reversalQueued")
            let again = try await scenario.pay("95.00", reference: "R7", timeout: 1)
            #expect(again.words == told.words && again.reply?.payment == told.reply?.payment)
            try await scenario.host.restart()
            try await scenario.drained()
            #expect(try await scenario.payment(reference: "R7")?.state == "reversed")
            let last = try await scenario.pay("95.00", reference: "R7", timeout: 1)
            #expect(last.words == told.words && last.reply?.reversal == "reversed")
            #expect(try await scenario.payment(reference: "unheard") == nil)
            #expect(try await scenario.host.ledger().accounts.first { $0.account == "anna" }?.balance == 100_000)
            try await scenario.endsClean()
        }

        @Test("ALL-7: declined later: listed, announced, refused offline, collected once when the card returns")
        func lateDecline() async throws {
            let scenario = try await Scenario()
            try scenario.permitDeferral(upTo: "300.00")
            try await scenario.startDaemonReady()
            let watch = try scenario.control(["queue", "watch"])
            scenario.host.stop()
            try await scenario.hostLost()
            let card = Scenario.visa(Scenario.anna, ["--online-only"])
            let deferred = try await scenario.tap("200.00", card, reference: "D1")
            #expect(deferred.words == "approved ALL-7 approvedDeferred")
            #expect(try await scenario.host.run([
                "account", "set", "--dir", scenario.host.directory, "--id", "anna", "--balance", "10.00",
            ]).status == 0)
            try await scenario.host.start()
            try await scenario.drained()

            let status = try await scenario.expect("late decline announced") { $0.declined?.open == 1 }
            #expect(status.declined?.amounts.map(\.text) == ["200.00 SEK"])
            #expect(status.findings.contains { $0.what.contains("declined later") })
            let news = await eventually { () -> String? in watch.text.contains("declinedLater") ? watch.text : nil }
            #expect(news?.contains("insufficientFunds") == true)
            let listed = try await scenario.declined()
            #expect(listed.declined.map(\.reference) == ["D1"] && listed.declined.map(\.collect) == ["now"])
            let payment = try #require(listed.declined.first?.payment)
            #expect(try await scenario.payment(reference: "D1")?.state == "declinedLater")

            // Online the host decides, and the till is told what is open; it has too little.
            let short = try await scenario.told(try await scenario.collecting(payment, card))
            #expect(short.words == "declined CARD-1 insufficientFunds")
            scenario.host.stop()
            try await scenario.hostLost()
            try await scenario.tap("5.00", card, is: "declined CARD-8 unpaidEarlier")
            try await scenario.tap("5.00", is: "declined CARD-8 unpaidEarlier")
            try await scenario.host.start()
            try await scenario.drained()
            #expect(try await scenario.host.run([
                "account", "set", "--dir", scenario.host.directory, "--id", "anna", "--balance", "500.00",
            ]).status == 0)
            let online = try await scenario.tap("5.00", card)
            #expect(online.words == "approved CARD-21 approvedOnline" && online.reply?.open?.map(\.payment) == [payment])
            let collected = try await scenario.told(try await scenario.collecting(payment, card, reference: "C1"))
            #expect(collected.words == "approved CARD-21 approvedOnline" && collected.reply?.approved?.text == "200.00 SEK")
            try await scenario.fieldEmpty()
            let again = try await scenario.run(["queue", "collect", payment, "--reference", "C1", "--timeout", "1"])
            #expect(again.status == 0)
            let other = try await scenario.run(["queue", "collect", payment, "--timeout", "1"])
            #expect(other.status == 1 && other.errorText.contains("NotCollectable"))
            try await scenario.drained()
            #expect(try await scenario.status().declined?.open == 0)
            let ledger = try await scenario.host.ledger()
            #expect(ledger.accounts.first { $0.account == "anna" }?.balance == 29_500)
            let text = try await scenario.host.run(["records", "declined", "--all", "--dir", scenario.host.directory]).text
            #expect(text.hasSuffix("insufficientFunds  collected\n"))
            watch.kill()
            scenario.host.stop()
            try await scenario.hostLost()
            try await scenario.tap("5.00", is: "approved ALL-7 approvedOffline")
            try await scenario.host.start()
            try await scenario.drained()
        }

        @Test("Cleared at the host or given up by the merchant: the card pays offline again")
        func closed() async throws {
            let scenario = try await Scenario()
            try scenario.permitDeferral(upTo: "300.00")
            try await scenario.startDaemonReady()
            for way in ["cleared", "givenUp"] {
                scenario.host.stop()
                try await scenario.hostLost()
                let card = Scenario.visa(Scenario.anna, ["--online-only"])
                try await scenario.tap("100.00", card, is: "approved ALL-7 approvedDeferred")
                let set = { (balance: String) in
                    try await scenario.host.run([
                        "account", "set", "--dir", scenario.host.directory, "--id", "anna", "--balance", balance,
                    ])
                }
                #expect(try await set("10.00").status == 0)
                try await scenario.host.start()
                try await scenario.expect("declined later") { $0.declined?.open == 1 }
                let payment = try #require(try await scenario.declined().declined.first?.payment)
                if way == "cleared" {
                    #expect(try await scenario.host.run(["records", "clear", payment, "--dir", scenario.host.directory]).status == 0)
                } else {
                    #expect(try await scenario.run(["queue", "give-up", payment]).status == 0)
                }
                try await scenario.expect("closed") { $0.declined?.open == 0 }
                #expect(try await scenario.declined(["--all"]).declined.first?.state == way)
                let version = try await scenario.status().store.limitVersion ?? 0
                #expect(try await set("500.00").status == 0)
                try await scenario.expect("balance synced") { $0.store.limitVersion ?? 0 > version }
                scenario.host.stop()
                try await scenario.hostLost()
                try await scenario.tap("5.00", is: "approved ALL-7 approvedOffline")
                try await scenario.host.start()
                try await scenario.drained()
            }
        }
    }
}

extension Scenario {
    /// The lunch card, but an ARQC without the host is deferred: at the terminal alone, whose rules it is.
    func permitDeferral(upTo amount: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Programmes/Resources/epassi-card.toml")
        let shipped = try String(contentsOf: file, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: path("programmes.d"), withIntermediateDirectories: true)
        try shipped.replacing("[offline]", with: "[offline]\ndeferred_maximum = \"\(amount)\"")
            .write(toFile: path("programmes.d/epassi-card.toml"), atomically: true, encoding: .utf8)
    }

    struct Ran {
        var status: Int32
        var text: String
        var errorText: String
    }

    func run(_ arguments: [String]) async throws -> Ran {
        let child = try control(arguments)
        let status = try await child.ended(within: 60)
        return Ran(status: status, text: child.text, errorText: child.errorText)
    }

    func lines<Reply: Decodable>(_ type: Reply.Type, _ ran: Ran) throws -> [Reply] {
        try ran.text.split(separator: "\n").map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }

    func declined(_ more: [String] = []) async throws -> ListDeclinedReply {
        try JSONDecoder().decode(ListDeclinedReply.self, from: Data(try await run(["queue", "declined"] + more).text.utf8))
    }

    func payment(reference: String) async throws -> PaymentReply? {
        let ran = try await run(["payments", "--reference", reference])
        return try JSONDecoder().decode(PaymentsReply.self, from: Data(ran.text.utf8)).payments.first
    }

    /// A collection with its card in the field.
    func collecting(_ payment: String, _ card: [String], reference: String? = nil) async throws -> Child {
        let pay = try control(
            ["queue", "collect", payment, "--timeout", "20"] + (reference.map { ["--reference", $0] } ?? []))
        let card = try readers.present(card)
        try await pay.ended(within: 40)
        card.kill()
        try await fieldEmpty()
        return pay
    }
}

extension HostSide {
    /// A command of `kassa-host`, whatever its status.
    func run(_ arguments: [String]) async throws -> Scenario.Ran {
        let child = try Child(Programs.built("kassa-host"), arguments, in: folder)
        let status = try await child.ended()
        return Scenario.Ran(status: status, text: child.text, errorText: child.errorText)
    }
}
