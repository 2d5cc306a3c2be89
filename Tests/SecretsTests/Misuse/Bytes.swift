// error: inaccessible due to 'private' protection level
import Secrets

func bytes(_ pin: borrowing PIN) -> Int { pin.bytes.count }
