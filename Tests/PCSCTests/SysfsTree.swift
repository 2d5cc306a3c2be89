import Foundation

/// A made `/sys/bus/usb/devices`, removed at its end.
final class SysfsTree: Sendable {
    let root: String

    init() {
        root = NSTemporaryDirectory() + "kassa-sysfs-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: root + "/bus/usb/devices", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// A device as the kernel shows it, with a controller and interfaces beside it.
    func plug(_ path: String, bus: Int, number: Int, _ vendor: String, _ product: String, serial: String? = nil) throws {
        try write(path, ["busnum": "\(bus)", "devnum": "\(number)", "idVendor": vendor, "idProduct": product, "serial": serial])
        try write(path + ":1.0", ["bInterfaceClass": "0b"])
        try write("usb\(bus)", ["busnum": "\(bus)", "devnum": "1", "idVendor": "1d6b", "idProduct": "0002"])
    }

    func write(_ folder: String, _ files: [String: String?]) throws {
        let folder = root + "/bus/usb/devices/" + folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in files {
            if let text { try (text + "\n").write(toFile: folder + "/" + name, atomically: false, encoding: .utf8) }
        }
    }

    func unplug(_ path: String) throws {
        try FileManager.default.removeItem(atPath: root + "/bus/usb/devices/" + path)
    }
}
