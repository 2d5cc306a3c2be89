import Glibc

/// A USB device as the kernel lists it in `<sysfs>/bus/usb/devices`.
public struct USBDevice: Sendable, Hashable {
    /// Bus and ports on the way to it, `1-1.3`: stays when it is unplugged and plugged in again at the same place.
    public let path: String
    public let vendor: UInt16
    public let product: UInt16
    public let serial: String?

    public init(path: String, vendor: UInt16, product: UInt16, serial: String?) {
        (self.path, self.vendor, self.product, self.serial) = (path, vendor, product, serial)
    }
}

/// The kernel's list of USB devices.
public struct USBDeviceList: Sendable {
    /// `/sys`, or a tree that a test made.
    public let sysfs: String

    public init(sysfs: String = "/sys") { self.sysfs = sysfs }

    private var folder: String { sysfs + "/bus/usb/devices" }

    /// The device of this number on this bus now; the number changes each time a device is plugged in.
    public func device(bus: UInt8, number: UInt8) -> USBDevice? {
        paths().lazy.filter { path in
            decimal(path, "busnum") == UInt16(bus) && decimal(path, "devnum") == UInt16(number)
        }.compactMap(device(at:)).first
    }

    /// The device at a path such as `1-1.3`.
    public func device(at path: String) -> USBDevice? {
        guard Self.isPath(path) else { return nil }
        guard let vendor = hexadecimal(path, "idVendor"), let product = hexadecimal(path, "idProduct") else { return nil }
        return USBDevice(
            path: path, vendor: vendor, product: product, serial: SmallFile.line("\(folder)/\(path)/serial"))
    }

    /// `1-1.3`, and neither interfaces (`1-1.3:1.0`) nor controllers (`usb1`).
    static func isPath(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count <= 32, parts.count == 2, isNumber(parts[0]) else { return false }
        return parts[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isNumber)
    }

    private static func isNumber(_ text: Substring) -> Bool {
        (1...3).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// At most 1024, more than a host controller can have several times over.
    private func paths() -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var paths: [String] = []
        while paths.count < 1_024, let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if Self.isPath(name) { paths.append(name) }
        }
        return paths.sorted()
    }

    private func decimal(_ path: String, _ file: String) -> UInt16? {
        SmallFile.line("\(folder)/\(path)/\(file)").flatMap { UInt16($0) }
    }

    private func hexadecimal(_ path: String, _ file: String) -> UInt16? {
        SmallFile.line("\(folder)/\(path)/\(file)").flatMap { UInt16($0, radix: 16) }
    }
}
