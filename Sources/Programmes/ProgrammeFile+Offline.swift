import Core

extension Programme.OfflineRules {
    init(_ table: TOMLFileTable, _ currency: Currency) throws(TOMLFileError) {
        systematicallyOnline = try table.flag("systematically_online", default: true)
        allowanceRequired = try table.flag("allowance_required")
        hostTimeRequired = try table.flag("host_time_required")
        let maximum = try table.money("maximum_amount", currency)
        maximumAmount = maximum
        deferredMaximum = try table.optionalMoney("deferred_maximum", currency)
        counterOnlyMaximum = try table.optionalMoney("counter_only_maximum", currency)
        for (key, bound) in [("deferred_maximum", deferredMaximum), ("counter_only_maximum", counterOnlyMaximum)] {
            if let bound, bound.minorUnits > maximum.minorUnits { throw table.wrong(key, "is above `maximum_amount`") }
        }
        var aged: [Programme.AgedShare] = []
        for step in try table.tables("aged") {
            let age = Int64(try step.integer("older_than_h", in: 1...10_000)) * 3_600_000
            let percent = Int64(try step.integer("percent", in: 0...100))
            if let before = aged.last {
                guard before.olderThan < age else { throw step.wrong("older_than_h", "must grow from step to step") }
                guard before.percent >= percent else { throw step.wrong("percent", "must not grow with the age") }
            }
            aged.append(Programme.AgedShare(olderThan: age, percent: percent))
            try step.allKnown()
        }
        self.aged = aged
        selection = try table.optionalTable("random_selection").map { table throws(TOMLFileError) in
            let selection = Programme.RandomSelection(
                threshold: try table.money("threshold", currency), targetPercent: try table.integer("target_percent", in: 0...99),
                maximumPercent: try table.integer("maximum_percent", in: 0...99))
            guard selection.threshold.minorUnits < maximum.minorUnits else {
                throw table.wrong("threshold", "must be below `maximum_amount`")
            }
            guard selection.maximumPercent >= selection.targetPercent else {
                throw table.wrong("maximum_percent", "is below `target_percent`")
            }
            try table.allKnown()
            return selection
        }
        try table.allKnown()
    }
}
