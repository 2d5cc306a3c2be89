#include "CCrypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

int kassa_aes_cbc(
    const uint8_t *key, size_t key_len,
    const uint8_t *iv, size_t iv_len,
    const uint8_t *data, size_t data_len,
    int encrypt,
    uint8_t *out, size_t out_len)
{
    int ok = 0;
    int written = 0;
    if (key_len != 16 || iv_len != 16 || data_len == 0 || data_len % 16 != 0 || data_len > 65536 || out_len < data_len) {
        return 0;
    }
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx != NULL
        && EVP_CipherInit_ex(ctx, EVP_aes_128_cbc(), NULL, key, iv, encrypt != 0)
        && EVP_CIPHER_CTX_set_padding(ctx, 0)
        && EVP_CipherUpdate(ctx, out, &written, data, (int)data_len)
        && written == (int)data_len) {
        ok = 1;
    }
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

int kassa_aes_cmac(
    const uint8_t *key, size_t key_len,
    const uint8_t *data, size_t data_len,
    uint8_t *out, size_t out_len)
{
    static const uint8_t nothing[1] = {0};
    size_t written = 0;
    if (key_len != 16 || data_len > 65536 || out_len < 16) {
        return 0;
    }
    return EVP_Q_mac(
               NULL, "CMAC", NULL, "AES-128-CBC", NULL, key, key_len,
               data_len == 0 ? nothing : data, data_len, out, out_len, &written) != NULL
        && written == 16;
}

int kassa_equal(const uint8_t *left, const uint8_t *right, size_t len)
{
    return CRYPTO_memcmp(left, right, len) == 0;
}
