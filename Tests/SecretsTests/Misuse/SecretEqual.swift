// error: binary operator '==' cannot be applied
import Secrets

func same(_ key: borrowing SecretBytes, _ other: borrowing SecretBytes) -> Bool { key == other }
