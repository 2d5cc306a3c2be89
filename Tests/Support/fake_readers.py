"""The readers of fake-pcscd, and the order words that change them."""

SHARE_EXCLUSIVE, SHARE_SHARED, SHARE_DIRECT = 1, 2, 3
INVALID_HANDLE, UNKNOWN_READER, SHARING_VIOLATION, NO_CARD = 0x80100003, 0x80100009, 0x8010000B, 0x8010000C
NOT_TRANSACTED, UNRESPONSIVE, RESET, REMOVED = 0x80100016, 0x80100066, 0x80100068, 0x80100069
UNSUPPORTED = 0x8010001F
GET_FEATURES = 0x42000000 + 3400
T0, T1 = 1, 2


class Reader:
    def __init__(self):
        self.count = 0
        self.atr = b""
        self.mute = False
        # A number of its own for each card that comes; 0 is an empty field.
        self.card = 0
        self.uid = bytes.fromhex("04112233445566")
        self.protocol = T1
        self.attributes = {}
        self.features = b""
        self.controls = {}
        self.escapes = []

    def state(self):
        """Bits of pcscd: absent 2, present 4, mute 8, powered and negotiable 30."""
        return 2 if not self.card else 4 | (8 if self.mute else 0x30)

    def place(self, verb, number, atr):
        self.count += 2 if self.card and verb == "card" else 1
        self.atr, self.mute = atr, verb == "mute"
        self.card = 0 if verb == "nocard" else number

    def answer(self, command):
        status = b"\x90\x00"
        return self.uid + status if command[:5] == b"\xFF\xCA\x00\x00\x00" else status

    def control(self, code, data):
        """(return code, bytes) of SCardControl; everything but the question for features is recorded."""
        if code == GET_FEATURES:
            return 0, self.features
        self.escapes.append((code, data))
        return (0, self.controls[code]) if code in self.controls else (UNSUPPORTED, b"")


class Handle:
    def __init__(self, name, reader, share, connection):
        self.name, self.reader, self.share, self.connection = name, reader, share, connection
        self.card = reader.card
        self.was_reset = False

    def code(self, readers):
        if readers.get(self.name) is not self.reader or self.reader.card != self.card:
            return REMOVED if self.card else NO_CARD
        if not self.card:
            return NO_CARD
        return RESET if self.was_reset else 0


def connect_code(reader, share, handles):
    """What SCardConnect answers, given the handles that are open on the same reader."""
    if reader is None:
        return UNKNOWN_READER
    others = [handle for handle in handles if handle.reader is reader]
    if any(handle.share == SHARE_EXCLUSIVE for handle in others) or (share == SHARE_EXCLUSIVE and others):
        return SHARING_VIOLATION
    if share == SHARE_DIRECT:
        return 0
    return NO_CARD if not reader.card else UNRESPONSIVE if reader.mute else 0


def order(service, verb, words):
    """The answer to an order about one reader; None for another order."""
    if verb in ("add", "sneak"):
        service.readers[words[0]] = Reader()
    elif verb == "del":
        del service.readers[words[0]]
    elif verb in ("card", "mute", "nocard"):
        service.next += 1
        service.readers[words[0]].place(verb, service.next, bytes.fromhex(words[1]) if verb == "card" else b"")
    elif verb == "uid":
        service.readers[words[0]].uid = bytes.fromhex(words[1])
    elif verb == "reset":
        for handle in service.handles.values():
            handle.was_reset = handle.was_reset or handle.name == words[0]
    elif verb == "protocol":
        service.readers[words[0]].protocol = int(words[1])
    elif verb == "attribute":
        service.readers[words[0]].attributes[int(words[1], 16)] = bytes.fromhex(words[2])
    elif verb == "features":
        service.readers[words[0]].features = bytes.fromhex(words[1]) if len(words) > 1 else b""
    elif verb == "control":
        service.readers[words[0]].controls[int(words[1], 16)] = bytes.fromhex(words[2]) if len(words) > 2 else b""
    elif verb == "escapes":
        return " ".join(["ok"] + [f"{code:X}:{data.hex().upper()}" for code, data in service.readers[words[0]].escapes])
    else:
        return None
    return "ok"
