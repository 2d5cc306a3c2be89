/// The bits of `dwEventState` (PC/SC part 5; `SCARD_STATE_*`). The upper 16 bits count the reader's card movements.
public struct ReaderState: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Nothing known yet: the next wait returns at once with the present state.
    public static let unaware = ReaderState(rawValue: 0)

    public var isUnknown: Bool { rawValue & 0x0004 != 0 }
    public var isUnavailable: Bool { rawValue & 0x0008 != 0 }
    public var isEmpty: Bool { rawValue & 0x0010 != 0 }
    public var isPresent: Bool { rawValue & 0x0020 != 0 }
    public var isMute: Bool { rawValue & 0x0200 != 0 }
    public var hasChanged: Bool { rawValue & 0x0002 != 0 }

    /// Card movements, modulo 65536.
    public var movements: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 16) }
}
