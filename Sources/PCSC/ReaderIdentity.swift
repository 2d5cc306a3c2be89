import SmartCard

/// Which device a reader is, whatever name pcscd gives it today.
public struct ReaderIdentity: Sendable, Hashable {
    /// Today's name.
    public let name: String
    /// Where it is plugged in, `1-1.3`; nil when the driver does not tell.
    public let path: String?
    public let vendor: UInt16?
    public let product: UInt16?
    /// Of the device; most contactless readers have none.
    public let serial: String?
    public let features: ReaderFeatures
    public let properties: ReaderProperties

    /// What the name alone tells.
    public init(name: String) { self.init(name: name, facts: ReaderFacts(), devices: nil) }

    /// Joins what the driver says with the kernel's list of devices.
    public init(name: String, facts: ReaderFacts, devices: USBDeviceList?) {
        let parsed = ReaderName(name)
        var device = facts.usbPath.flatMap { devices?.device(at: $0) }
        if device == nil, let address = facts.usbAddress {
            device = devices?.device(bus: address.bus, number: address.number)
        }
        self.name = name
        path = facts.usbPath ?? device?.path
        vendor = device?.vendor ?? facts.properties.vendor
        product = device?.product ?? facts.properties.product
        serial = parsed.serial ?? facts.serialText ?? device?.serial
        (features, properties) = (facts.features, facts.properties)
    }

    public init(name: String, path: String?, vendor: UInt16? = nil, product: UInt16? = nil, serial: String? = nil) {
        (self.name, self.path, self.vendor, self.product, self.serial) = (name, path, vendor, product, serial)
        (features, properties) = (.none, .none)
    }

    public var quirks: ReaderQuirks? { ReaderQuirks.of(self) }

    /// Nil without a keypad that verifies PINs itself.
    public var pinpad: Pinpad? { features.code(.verifyPINDirect) == nil ? nil : properties.pinpad }

    /// Stays the same when devices are found in another order: the place and the slot, `usb:1-1.3/00`; without a place the
    /// name without its index, with the serial number.
    public var key: String {
        let parsed = ReaderName(name)
        let slot = Self.hex(parsed.slot ?? 0, digits: 2)
        if let path { return "usb:\(path)/\(slot)" }
        let serial = parsed.serial == nil ? self.serial.map { " (\($0))" } ?? "" : ""
        return "name:\(parsed.stable)\(serial)/\(slot)"
    }

    /// `072F:2200`; nil when unknown.
    public var usbID: String? {
        guard let vendor, let product else { return nil }
        return Self.hex(vendor, digits: 4) + ":" + Self.hex(product, digits: 4)
    }

    static func hex(_ value: some FixedWidthInteger, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
