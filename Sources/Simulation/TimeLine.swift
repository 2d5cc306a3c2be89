/// What will happen, soonest first; what was added first, first at the same moment.
struct TimeLine<Event> {
    private var heap: [(at: Int64, order: UInt64, event: Event)] = []
    private var added: UInt64 = 0

    mutating func add(_ event: Event, at time: Int64) {
        heap.append((time, added, event))
        added += 1
        var child = heap.count - 1
        while child > 0, isSooner(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> Event? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.event }
        heap[0] = last
        var parent = 0
        while true {
            var soonest = parent
            for child in 2 * parent + 1...2 * parent + 2 where child < heap.count && isSooner(child, soonest) {
                soonest = child
            }
            guard soonest != parent else { break }
            heap.swapAt(soonest, parent)
            parent = soonest
        }
        return first.event
    }

    private func isSooner(_ left: Int, _ right: Int) -> Bool {
        (heap[left].at, heap[left].order) < (heap[right].at, heap[right].order)
    }
}
