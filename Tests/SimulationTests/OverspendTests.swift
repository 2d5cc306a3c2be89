import Programmes
import Simulation
import Testing

@Suite("R8: what several terminals and the host can overspend offline (OfflineBound.md)")
struct OverspendTests {
    @Test("No terminal passes the allowance it goes by; no account falls below minus the sum of all allowances")
    func histories() throws {
        let folder = try Folder()
        let programme = try #require(try Programme.shipped().first { $0.id == "epassi-card" })
        var all = OverspendShop.Findings()
        for seed: UInt64 in 1...40 {
            let shop = try OverspendShop(seed: seed, folder: folder.url, programme: programme)
            let found = try shop.run(steps: 220)
            #expect(found.faults.isEmpty, "\(found.faults.first ?? "")")
            all.approvedOffline += found.approvedOffline
            all.approvedOnline += found.approvedOnline
            all.replacements += found.replacements
            all.overspent += found.overspent
            all.closest = max(all.closest, found.closest)
        }
        print("overspend: \(all)")
        // The histories are such that the bound matters.
        #expect(all.approvedOffline > 500 && all.approvedOnline > 50 && all.replacements > 10 && all.overspent > 5)
    }
}
