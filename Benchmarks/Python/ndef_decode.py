"""The same messages as `ParseBench ndef`, decoded by ndeflib: prints nanoseconds a message, records, bytes of URIs and texts."""
import sys
import time

import ndef

messages = [bytes.fromhex(line) for line in open(sys.argv[1])]


def read():
    texts = []
    records = 0
    for message in messages:
        for record in ndef.message_decoder(message):
            records += 1
            if isinstance(record, ndef.UriRecord):
                texts.append(record.iri)
            elif isinstance(record, ndef.TextRecord):
                texts.append(record.text)
            elif isinstance(record, ndef.SmartposterRecord):
                texts.append(record.resource.iri)
    return records, texts


best = float("inf")
for _ in range(20):
    start = time.perf_counter_ns()
    for _ in range(100):
        records, texts = read()
    best = min(best, time.perf_counter_ns() - start)
print(f"{best / 100 / len(messages):.0f} {records} {sum(len(text.encode()) for text in texts)}")
