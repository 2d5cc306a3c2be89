// AES-128 in CBC mode, CMAC and a comparison in constant time, for tags that speak AES (NTAG 424 DNA, DESFire).
#ifndef CCRYPTO_AES_H
#define CCRYPTO_AES_H

#include <stddef.h>
#include <stdint.h>

/// AES-128 in CBC mode over whole blocks of 16 bytes, without padding. key_len and iv_len are 16, out_len >= data_len; data
/// and out do not overlap unless they are the same.
/// Returns 1, or 0 when an argument is out of range or memory is short.
int kassa_aes_cbc(
    const uint8_t *key, size_t key_len,
    const uint8_t *iv, size_t iv_len,
    const uint8_t *data, size_t data_len,
    int encrypt,
    uint8_t *out, size_t out_len);

/// AES-CMAC (RFC 4493), 16 bytes into out. key_len is 16, out_len >= 16; data may be empty.
/// Returns 1, or 0 when an argument is out of range or memory is short.
int kassa_aes_cmac(
    const uint8_t *key, size_t key_len,
    const uint8_t *data, size_t data_len,
    uint8_t *out, size_t out_len);

/// Whether two byte strings of the same length are equal, in a time that says nothing of where they differ. Returns 1 or 0.
int kassa_equal(const uint8_t *left, const uint8_t *right, size_t len);

#endif
