/// A time of day as a clock on the wall shows it, without date or zone.
public struct ClockTime: Sendable, Hashable, Comparable {
    /// 0…23
    public let hour: Int
    /// 0…59
    public let minute: Int
    /// 0…59; leap seconds are not counted, as in UTC instants.
    public let second: Int
    /// 0…999
    public let millisecond: Int

    /// 00:00:00
    public static let midnight = ClockTime(millisecondOfDay: 0)

    /// Nil for a time that does not exist; 24:00 is none.
    public init?(hour: Int, minute: Int, second: Int = 0, millisecond: Int = 0) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (0...999).contains(millisecond)
        else { return nil }
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    /// `16:00`, `16:00:00` or `16:00:00.000`; two digits for each part, three for the milliseconds.
    public init?(_ text: String) {
        // Bounded before it is split.
        guard text.utf8.count <= 12 else { return nil }
        let halves = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var values: [Int] = []
        for part in parts {
            guard part.count == 2, let value = DecimalDigits.value(part) else { return nil }
            values.append(Int(value))
        }
        switch (values.count, halves.count) {
        case (2, 1): self.init(hour: values[0], minute: values[1])
        case (3, 1): self.init(hour: values[0], minute: values[1], second: values[2])
        case (3, 2):
            guard halves[1].count == 3, let thousandths = DecimalDigits.value(halves[1]) else { return nil }
            self.init(hour: values[0], minute: values[1], second: values[2], millisecond: Int(thousandths))
        default: return nil
        }
    }

    /// Milliseconds since midnight by the clock, 0…86,399,999; not those that passed, on a day when clocks change.
    public var millisecondOfDay: Int { ((hour * 60 + minute) * 60 + second) * 1000 + millisecond }

    /// The inverse of ``millisecondOfDay``, clamped to one day.
    public init(millisecondOfDay: Int) {
        let bounded = min(max(millisecondOfDay, 0), 86_399_999)
        hour = bounded / 3_600_000
        minute = bounded / 60_000 % 60
        second = bounded / 1000 % 60
        millisecond = bounded % 1000
    }

    public static func < (left: ClockTime, right: ClockTime) -> Bool { left.millisecondOfDay < right.millisecondOfDay }
}

extension ClockTime: CustomStringConvertible {
    /// `16:00:00`, with `.001` when there are milliseconds.
    public var description: String {
        let seconds = [hour, minute, second].map { DecimalDigits.padded($0, 2) }.joined(separator: ":")
        return millisecond == 0 ? seconds : "\(seconds).\(DecimalDigits.padded(millisecond, 3))"
    }
}

extension ClockTime: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = ClockTime(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time HH:MM:SS")
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
