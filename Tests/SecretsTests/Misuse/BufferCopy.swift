// error: cannot be consumed
import Secrets

func copied(_ buffer: borrowing PINBuffer) -> PINBuffer { buffer }
