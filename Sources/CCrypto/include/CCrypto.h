// Raw RSA and two-key triple DES for EMV through OpenSSL's libcrypto: EMV needs the bare power (no padding) over moduli of any byte
// length up to 248, and its card keys are triple DES; swift-crypto offers neither.
#ifndef CCRYPTO_H
#define CCRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "aes.h"
#include "blocks.h"
#include "ecdsa.h"

/// out = base ^ exponent mod modulus, big endian, left-padded to out_len bytes.
/// The caller gives out_len >= modulus_len. Not constant time: for public operations and for the virtual card's
/// published test keys only.
/// Returns 1, or 0 when an argument is out of range (base >= modulus, modulus even or zero) or memory is short.
int kassa_mod_exp(
    const uint8_t *base, size_t base_len,
    const uint8_t *exponent, size_t exponent_len,
    const uint8_t *modulus, size_t modulus_len,
    uint8_t *out, size_t out_len);

/// The private power by the Chinese remainders, modulus p * q: dp = d mod (p - 1), dq = d mod (q - 1),
/// qinv = 1 / q mod p, each half_len bytes, big endian; base_len = out_len = 2 * half_len. Not constant time and
/// without a check against faults: for the virtual card's published test keys only.
/// Returns 1, or 0 when an argument is out of range (base >= modulus, p or q even) or memory is short.
int kassa_crt_exp(
    const uint8_t *base, size_t base_len,
    const uint8_t *p, const uint8_t *q,
    const uint8_t *dp, const uint8_t *dq, const uint8_t *qinv, size_t half_len,
    uint8_t *out, size_t out_len);

/// Two-key triple DES in ECB mode over whole blocks of 8 bytes; two equal halves of the key make it single DES.
/// key_len is 16, out_len >= data_len; data and out do not overlap unless they are the same.
/// Returns 1, or 0 when an argument is out of range or memory is short.
int kassa_tdes_ecb(
    const uint8_t *key, size_t key_len,
    const uint8_t *data, size_t data_len,
    int encrypt,
    uint8_t *out, size_t out_len);

/// Overwrites a secret before its memory goes; never left out by the optimiser.
void kassa_cleanse(void *bytes, size_t len);

#endif
