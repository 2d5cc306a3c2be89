#include "CCrypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

static const EVP_CIPHER *chosen(int cipher, size_t key_len, int chained)
{
    if (cipher == KASSA_TDES && key_len == 16) {
        return chained ? EVP_des_ede_cbc() : EVP_des_ede_ecb();
    }
    if (cipher == KASSA_TDES && key_len == 24) {
        return chained ? EVP_des_ede3_cbc() : EVP_des_ede3_ecb();
    }
    if (cipher == KASSA_AES && key_len == 16) {
        return chained ? EVP_aes_128_cbc() : EVP_aes_128_ecb();
    }
    if (cipher == KASSA_AES && key_len == 24) {
        return chained ? EVP_aes_192_cbc() : EVP_aes_192_ecb();
    }
    if (cipher == KASSA_AES && key_len == 32) {
        return chained ? EVP_aes_256_cbc() : EVP_aes_256_ecb();
    }
    return NULL;
}

int kassa_blocks(
    int cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
    const uint8_t *data, size_t data_len, int encrypt, uint8_t *out)
{
    int ok = 0;
    int written = 0;
    size_t block = cipher == KASSA_AES ? 16 : 8;
    const EVP_CIPHER *kind = chosen(cipher, key_len, iv != NULL);
    if (kind == NULL || data_len == 0 || data_len % block != 0 || data_len > 65536) {
        return 0;
    }
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx != NULL
        && EVP_CipherInit_ex(ctx, kind, NULL, key, iv, encrypt != 0)
        && EVP_CIPHER_CTX_set_padding(ctx, 0)
        && EVP_CipherUpdate(ctx, out, &written, data, (int)data_len)
        && written == (int)data_len) {
        ok = 1;
    }
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

int kassa_blocks_cmac(
    int cipher, const uint8_t *key, size_t key_len, const uint8_t *data, size_t data_len, uint8_t *out)
{
    static const uint8_t nothing[1] = {0};
    size_t block = cipher == KASSA_AES ? 16 : 8;
    size_t written = 0;
    uint8_t three[24];
    const char *name = NULL;
    if (data_len > 65536) {
        return 0;
    }
    if (cipher == KASSA_AES && key_len == 16) {
        name = "AES-128-CBC";
    } else if (cipher == KASSA_AES && key_len == 24) {
        name = "AES-192-CBC";
    } else if (cipher == KASSA_AES && key_len == 32) {
        name = "AES-256-CBC";
    } else if (cipher == KASSA_TDES && (key_len == 16 || key_len == 24)) {
        // OpenSSL's CMAC takes three keys: the third is the first.
        name = "DES-EDE3-CBC";
        memcpy(three, key, 16);
        memcpy(three + 16, key_len == 24 ? key + 16 : key, 8);
        key = three;
        key_len = 24;
    }
    int ok = name != NULL
        && EVP_Q_mac(
               NULL, "CMAC", NULL, name, NULL, key, key_len,
               data_len == 0 ? nothing : data, data_len, out, block, &written) != NULL
        && written == block;
    OPENSSL_cleanse(three, sizeof(three));
    return ok;
}
