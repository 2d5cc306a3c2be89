// Compiles: what a carrier may do with a PIN.
import Secrets

func enter() throws -> PIN? {
    var buffer = try PINBuffer()
    for digit in [1, 2, 3, 4] as [UInt8] { buffer.append(digit) }
    print(String(repeating: "*", count: buffer.count))
    return buffer.finished()
}

func compare(_ pin: borrowing PIN, _ other: borrowing PIN) -> Bool { pin.isEqualInConstantTime(to: other) }

final class Waiting {
    private var pin: PIN?
    init(_ pin: consuming PIN) { self.pin = consume pin }
    func take() -> PIN? { pin.take() }
}

func key(_ secret: borrowing SecretBytes) -> Int { secret.withBytes { $0.count } }
