import Simulation

/// What may be on the disk after a power cut at one point, as far as it is tried.
enum Images {
    static let sector = 512
    /// Of more pending changes a seeded choice is dropped, or kept, one by one.
    static let singles = 14
    static let subsets = 8

    /// - Parameter last: the newest pending change is of this event, and is torn.
    static func all(_ disk: Disk, last: Bool, _ random: inout SplitMix64) -> [[Disk.Kept]] {
        let count = disk.pending.count
        var images: [[Disk.Kept]] = [[]]
        guard count > 0 else { return images }
        let whole = (0..<count).map { Disk.Kept(change: $0) }
        images.append(whole)
        if last, case .write(_, let offset, let data) = disk.pending[count - 1] {
            for part in torn(offset: offset, count: data.count) {
                let piece = Disk.Kept(change: count - 1, part: part)
                images.append(whole.dropLast() + [piece])
                images.append([piece])
            }
        }
        guard count > 1 else { return images }
        var chosen = Array(0..<count)
        if count > singles {
            chosen = (0..<singles).map { _ in random.pick(count) }
            chosen.append(count - 1)
        }
        for one in chosen {
            images.append(whole.filter { $0.change != one })
            images.append([whole[one]])
        }
        for number in 0..<subsets {
            var kept: [Disk.Kept] = []
            for change in 0..<count where random.chance(60) {
                var part: Range<Int>?
                // Every other subset loses sectors as well.
                if number % 2 == 1, case .write(_, let offset, let data) = disk.pending[change], random.chance(50) {
                    let parts = torn(offset: offset, count: data.count)
                    if !parts.isEmpty {
                        let head = parts[random.pick(parts.count)]
                        part = random.chance(50) ? head : head.upperBound..<data.count
                    }
                }
                kept.append(Disk.Kept(change: change, part: part))
            }
            // A cache writes in any order.
            if number % 4 >= 2 { kept.shuffle(using: &random) }
            images.append(kept)
        }
        return images
    }

    /// The heads of a write that end where a sector ends, without the whole.
    static func torn(offset: Int, count: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var end = (offset / sector + 1) * sector
        while end < offset + count {
            parts.append(0..<(end - offset))
            end += sector
        }
        return parts
    }
}
