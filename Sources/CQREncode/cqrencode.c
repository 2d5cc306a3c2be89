#include "cqrencode.h"

#include <limits.h>
#include <qrencode.h>
#include <string.h>
#include <zlib.h>

int kassa_qr_encode(const uint8_t *bytes, size_t len, int level, uint8_t *modules, size_t modules_len) {
    if (len == 0 || len > INT_MAX || level < 0 || level > 3) return 0;
    QRinput *input = QRinput_new2(0, (QRecLevel)level);
    if (!input) return 0;
    // One segment: what this house encodes is of one alphabet. libqrencode checks whether the mode can hold it.
    QRcode *code = NULL;
    if (QRinput_append(input, QR_MODE_AN, (int)len, bytes) == 0 || QRinput_append(input, QR_MODE_8, (int)len, bytes) == 0)
        code = QRcode_encodeInput(input);
    QRinput_free(input);
    if (!code) return 0;
    size_t width = (size_t)code->width;
    int result = 0;
    if (width * width <= modules_len) {
        for (size_t place = 0; place < width * width; place++) modules[place] = code->data[place] & 1;
        result = code->width;
    }
    QRcode_free(code);
    return result;
}

size_t kassa_compress(const uint8_t *bytes, size_t len, uint8_t *out, size_t out_len) {
    uLongf written = out_len;
    return compress2(out, &written, bytes, len, Z_BEST_COMPRESSION) == Z_OK ? written : 0;
}

uint32_t kassa_crc32(const uint8_t *bytes, size_t len) {
    return (uint32_t)crc32(0, bytes, (uInt)len);
}
