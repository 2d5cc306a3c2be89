import Core
import EMV
import SmartCard

/// A kernel identifier as a type.
protocol KernelNumber: Sendable {
    static var value: UInt32 { get }
}

enum Number2: KernelNumber { static let value: UInt32 = 0x02 }
enum Number21: KernelNumber { static let value: UInt32 = 0x21 }
enum Number22: KernelNumber { static let value: UInt32 = 0x22 }
enum Number32: KernelNumber { static let value: UInt32 = 0x32 }
enum NumberDomestic: KernelNumber { static let value: UInt32 = 0x81_0978 }
enum NumberProprietary: KernelNumber { static let value: UInt32 = 0xC1_1111 }

/// The second kernel: asks GET PROCESSING OPTIONS without data and takes its status word as the outcome. What it was given
/// comes back as the command's parameters: P1 is the last byte of the card's FCI, P2 says what pre-processing found.
struct ProbeKernel<Number: KernelNumber>: ContactlessKernel {
    static var identifier: KernelIdentifier { KernelIdentifier(rawValue: Number.value) }
    private let activation: KernelActivation
    private var lastStep: KernelStep?

    init(_ activation: KernelActivation) { self.activation = activation }

    mutating func start() -> KernelStep {
        if let lastStep { return lastStep }
        let found = activation.indicators
        let flags: [Bool] = [
            found.statusCheckRequested, found.zeroAmount, found.floorLimitExceeded, found.verificationLimitExceeded,
            found.qualifiers.contains(.onlineCryptogramRequired), found.qualifiers.contains(.verificationRequired),
        ]
        let bits = flags.enumerated().reduce(UInt8(0)) { $1.element ? $0 | 1 << UInt8($1.offset) : $0 }
        guard let command = try? CommandAPDU(0x80, 0xA8, activation.selection.data.last ?? 0, bits, data: [0x83, 0x00], le: 0)
        else { return remember(.selectNext) }
        return remember(.commit(command))
    }

    mutating func received(_ response: ResponseAPDU) -> KernelStep {
        guard let lastStep else { return start() }
        guard case .commit = lastStep else { return lastStep }
        switch response.status {
        case .conditionsNotSatisfied: return remember(.selectNext)
        case .commandNotAllowed: return remember(.finished(.tryAgain(.seePhone)))
        case .referenceDataInvalidated: return remember(.finished(.tryAnotherInterface(nil)))
        default: return remember(.finished(.declined(nil, .cardDeclined)))
        }
    }

    mutating func failed(_ error: CardError) -> KernelStep {
        guard case .commit? = lastStep else { return lastStep ?? remember(.finished(.tryAgain(.communication(error)))) }
        return remember(.finished(.torn(nil)))
    }

    private mutating func remember(_ step: KernelStep) -> KernelStep {
        lastStep = step
        return step
    }

    var description: String { "ProbeKernel(\(Number.value))" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension KernelSet {
    /// Six probes and the real one.
    static let probes = KernelSet([
        ProbeKernel<Number2>.self, ProbeKernel<Number21>.self, ProbeKernel<Number22>.self, ProbeKernel<Number32>.self,
        ProbeKernel<NumberDomestic>.self, ProbeKernel<NumberProprietary>.self, QVSDCKernel.self,
    ])
}
