"""The same messages as `ParseBench ndef`, decoded by ndeflib: prints nanoseconds a message, records, characters of URIs and texts."""
import sys
import time

import ndef

messages = [bytes.fromhex(line) for line in open(sys.argv[1])]


def read():
    records = characters = 0
    for message in messages:
        for record in ndef.message_decoder(message):
            records += 1
            if isinstance(record, ndef.UriRecord):
                characters += len(record.iri)
            elif isinstance(record, ndef.TextRecord):
                characters += len(record.text)
            elif isinstance(record, ndef.SmartposterRecord):
                characters += len(record.resource.iri)
    return records, characters


best = float("inf")
for _ in range(20):
    start = time.perf_counter_ns()
    for _ in range(100):
        found = read()
    best = min(best, time.perf_counter_ns() - start)
print(f"{best / 100 / len(messages):.0f} {found[0]} {found[1]}")
