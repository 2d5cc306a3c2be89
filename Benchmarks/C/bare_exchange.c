// The floor under a tap: the same commands to the same card through the same reader, and nothing else. No TLV store, no
// certificates, no decision, no disk.
//
//   bare_exchange READER AMOUNT-IN-MINOR-UNITS YYMMDD COUNT
//
// Prints one line of microseconds per exchange, from the connected card on: PPSE, SELECT, GET PROCESSING OPTIONS and the
// records of the AFL.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <PCSC/winscard.h>

static SCARDHANDLE card;
static DWORD protocol;
static uint8_t answer[65548];
static DWORD answered;

static void check(LONG code, const char *what)
{
    if (code != SCARD_S_SUCCESS) {
        fprintf(stderr, "bare_exchange: %s: %s\n", what, pcsc_stringify_error(code));
        exit(1);
    }
}

static void send_command(const uint8_t *command, DWORD length)
{
    answered = sizeof(answer);
    const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    check(SCardTransmit(card, pci, command, length, NULL, answer, &answered), "transmit");
    if (answered < 2 || answer[answered - 2] != 0x90) {
        fprintf(stderr, "bare_exchange: the card refused %02X\n", command[1]);
        exit(1);
    }
}

/// The value of a one-byte tag inside the template 77 of the last answer.
static const uint8_t *find(uint8_t tag, size_t *length)
{
    size_t at = answer[1] == 0x81 ? 3 : answer[1] == 0x82 ? 4 : 2;
    while (at + 2 < answered) {
        size_t name = (answer[at] & 0x1F) == 0x1F ? 2 : 1;
        size_t size = answer[at + name], header = name + 1;
        if (size == 0x81) {
            size = answer[at + name + 1];
            header = name + 2;
        }
        if (name == 1 && answer[at] == tag) {
            *length = size;
            return answer + at + header;
        }
        at += header + size;
    }
    return NULL;
}

static void put_bcd(uint8_t *to, int bytes, uint64_t value)
{
    for (int i = bytes - 1; i >= 0; i--) {
        to[i] = (uint8_t)((value / 10 % 10) << 4 | value % 10);
        value /= 100;
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    static const uint8_t ppse[] = {0x00, 0xA4, 0x04, 0x00, 0x0E, '2', 'P', 'A', 'Y', '.', 'S', 'Y', 'S', '.',
                                   'D', 'D', 'F', '0', '1', 0x00};
    static const uint8_t visa[] = {0x00, 0xA4, 0x04, 0x00, 0x07, 0xA0, 0, 0, 0, 0x03, 0x10, 0x10, 0x00};
    // 9F66 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37, as the virtual card's PDOL asks for them.
    uint8_t options[5 + 2 + 33 + 1] = {0x80, 0xA8, 0x00, 0x00, 35, 0x83, 33, 0x20, 0x00, 0x40, 0x80};
    put_bcd(options + 11, 6, strtoull(argv[2], NULL, 10));
    options[23] = 0x07; options[24] = 0x52;
    options[30] = 0x07; options[31] = 0x52;
    put_bcd(options + 32, 3, strtoull(argv[3], NULL, 10));
    memcpy(options + 36, "\xAB\xAB\xAB\xAB", 4);

    SCARDCONTEXT context;
    check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), "context");
    for (int i = atoi(argv[4]); i > 0; i--) {
        usleep(2000); // about what lies between two of the daemon's taps: reader stack and card are as cold
        struct timespec start, end;
        check(SCardConnect(context, argv[1], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol),
              "connect");
        check(SCardBeginTransaction(card), "begin");
        clock_gettime(CLOCK_MONOTONIC, &start); // from the connected card on, as the daemon counts
        send_command(ppse, sizeof(ppse));
        send_command(visa, sizeof(visa));
        send_command(options, sizeof(options));
        size_t length = 0;
        const uint8_t *found = find(0x94, &length);
        uint8_t locator[64];
        if (found == NULL || length > sizeof(locator)) {
            fprintf(stderr, "bare_exchange: no file locator: the card wants the host (balance?)\n");
            return 1;
        }
        memcpy(locator, found, length);
        for (size_t file = 0; file + 4 <= length; file += 4) {
            for (unsigned record = locator[file + 1]; record <= locator[file + 2]; record++) {
                uint8_t read[] = {0x00, 0xB2, (uint8_t)record, (uint8_t)((locator[file] & 0xF8) | 4), 0x00};
                send_command(read, sizeof(read));
            }
        }
        clock_gettime(CLOCK_MONOTONIC, &end);
        check(SCardEndTransaction(card, SCARD_LEAVE_CARD), "end");
        check(SCardDisconnect(card, SCARD_LEAVE_CARD), "disconnect");
        printf("%ld\n", (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000);
    }
    SCardReleaseContext(context);
    return 0;
}
