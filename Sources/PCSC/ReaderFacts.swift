/// What a reader's driver says of it: raw answers to what ``ReaderIdentity`` is made of. Each may be missing.
public struct ReaderFacts: Sendable, Hashable {
    /// `SCARD_ATTR_CHANNEL_ID`: a DWORD 0xDDDDCCCC of the host's byte order, channel type and number.
    public var channel: [UInt8]?
    /// `SCARD_ATTR_VENDOR_IFD_SERIAL_NO`: text.
    public var serial: [UInt8]?
    /// What libccid from 1.7.1 on answers to control 3601: the USB path with its interface, `1-1.3:1.0`.
    public var topology: [UInt8]?
    /// Controls that the driver offers (PC/SC part 10 §2.2).
    public var features = ReaderFeatures.none
    /// The driver's answer to `FEATURE_GET_TLV_PROPERTIES` (PC/SC part 10 §2.6.14).
    public var properties = ReaderProperties.none

    public init() {}

    /// Bus and device number of a USB reader: libccid puts 0x0020 for USB, then a byte each.
    public var usbAddress: (bus: UInt8, number: UInt8)? {
        guard let channel, channel.count == 4 else { return nil }
        let value = channel.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        guard value >> 16 == 0x0020 else { return nil }
        return (UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value))
    }

    /// `1-1.3` of `1-1.3:1.0`.
    public var usbPath: String? {
        guard let topology, topology.count <= 64 else { return nil }
        let path = String(decoding: topology.prefix { $0 != 0 && $0 != UInt8(ascii: ":") }, as: UTF8.self)
        return USBDeviceList.isPath(path) ? path : nil
    }

    /// The serial number as text; nil when it holds anything but printable ASCII, or nothing.
    public var serialText: String? {
        guard let text = serial?.prefix(while: { $0 != 0 }), (1...126).contains(text.count) else { return nil }
        return text.allSatisfy { (0x20...0x7E).contains($0) } ? String(decoding: text, as: UTF8.self) : nil
    }
}
