// Block ciphers for keys of every length that payment keys have, from buffer to buffer: no copy is left behind.
#ifndef CCRYPTO_BLOCKS_H
#define CCRYPTO_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

enum {
    /// Blocks of 8 bytes; keys of 16 bytes (two keys) or 24 (three keys). Two equal halves of 16 make it single DES.
    KASSA_TDES = 1,
    /// Blocks of 16 bytes; keys of 16, 24 or 32.
    KASSA_AES = 2,
};

/// Whole blocks without padding: in CBC mode, or each block for itself (ECB) when `iv` is NULL; `iv` is one block long.
/// out has room for data_len bytes; data and out do not overlap unless they are the same.
/// Returns 1, or 0 when an argument is out of range or memory is short; then out holds nothing of use.
int kassa_blocks(
    int cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
    const uint8_t *data, size_t data_len, int encrypt, uint8_t *out);

/// CMAC (NIST SP 800-38B), a whole block into out. data may be empty. Returns as `kassa_blocks` does.
int kassa_blocks_cmac(
    int cipher, const uint8_t *key, size_t key_len, const uint8_t *data, size_t data_len, uint8_t *out);

#endif
