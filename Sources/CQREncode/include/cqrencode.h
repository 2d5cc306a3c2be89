// QR codes by libqrencode, and zlib for the picture of one.
#ifndef CQRENCODE_H
#define CQRENCODE_H

#include <stddef.h>
#include <stdint.h>

/// The smallest QR code that holds the bytes, its modes chosen by libqrencode. level is 0 to 3 for L, M, Q, H. Writes width * width
/// modules to `modules`, row by row, 1 for a dark one; KASSA_QR_MOST_MODULES are always enough.
/// Returns the width, or 0 when no code holds so much, an argument is out of range, or memory is short.
int kassa_qr_encode(const uint8_t *bytes, size_t len, int level, uint8_t *modules, size_t modules_len);

/// 177 squared: version 40.
#define KASSA_QR_MOST_MODULES 31329

/// Compresses in zlib's format (RFC 1950). Returns how many bytes, or 0 when `out` is too short.
size_t kassa_compress(const uint8_t *bytes, size_t len, uint8_t *out, size_t out_len);

/// CRC-32 as PNG has it (ISO 3309).
uint32_t kassa_crc32(const uint8_t *bytes, size_t len);

#endif
