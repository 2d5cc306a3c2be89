import SmartCard

/// Collects an answer that comes in pieces (61xx and GET RESPONSE), within bounds.
struct HCEPieces: Sendable {
    enum Step: Sendable {
        /// GET RESPONSE with this Le.
        case more(UInt8)
        case complete([UInt8])
        /// 6985
        case unlock
        case refused(HCEFailure)
    }

    let mostBytes: Int
    let mostPieces: Int
    private var bytes: [UInt8] = []
    private var pieces = 0

    init(mostBytes: Int, mostPieces: Int) { (self.mostBytes, self.mostPieces) = (mostBytes, mostPieces) }

    mutating func add(_ response: ResponseAPDU) -> Step {
        guard response.status != .conditionsNotSatisfied else { return .unlock }
        let more = response.status.bytesAvailable
        guard response.status == .success || more != nil else { return .refused(.refused(response.status)) }
        bytes += response.data
        pieces += 1
        guard bytes.count <= mostBytes, pieces < mostPieces || more == nil, more == nil || !response.data.isEmpty else {
            return .refused(.tooLong)
        }
        return more == nil ? .complete(bytes) : .more(response.status.sw2)
    }
}
