#include "CCrypto.h"

#include <openssl/evp.h>

int kassa_tdes_ecb(
    const uint8_t *key, size_t key_len,
    const uint8_t *data, size_t data_len,
    int encrypt,
    uint8_t *out, size_t out_len)
{
    int ok = 0;
    int written = 0;
    if (key_len != 16 || data_len == 0 || data_len % 8 != 0 || data_len > 65536 || out_len < data_len) {
        return 0;
    }
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx != NULL
        && EVP_CipherInit_ex(ctx, EVP_des_ede_ecb(), NULL, key, NULL, encrypt != 0)
        && EVP_CIPHER_CTX_set_padding(ctx, 0)
        && EVP_CipherUpdate(ctx, out, &written, data, (int)data_len)
        && written == (int)data_len) {
        ok = 1;
    }
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}
