// error: inaccessible due to 'package' protection level
import Secrets

func text(_ pin: borrowing PIN) -> String { pin.withDigits { $0.map(String.init).joined() } }
