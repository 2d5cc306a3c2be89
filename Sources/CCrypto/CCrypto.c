#include "CCrypto.h"

#include <openssl/bn.h>

int kassa_mod_exp(
    const uint8_t *base, size_t base_len,
    const uint8_t *exponent, size_t exponent_len,
    const uint8_t *modulus, size_t modulus_len,
    uint8_t *out, size_t out_len)
{
    int ok = 0;
    if (base_len > 512 || exponent_len > 512 || modulus_len > 512 || modulus_len == 0 || out_len < modulus_len) {
        return 0;
    }
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *b = BN_bin2bn(base, (int)base_len, NULL);
    BIGNUM *e = BN_bin2bn(exponent, (int)exponent_len, NULL);
    BIGNUM *m = BN_bin2bn(modulus, (int)modulus_len, NULL);
    BIGNUM *r = BN_new();
    if (ctx != NULL && b != NULL && e != NULL && m != NULL && r != NULL
        && BN_is_odd(m) && BN_cmp(b, m) < 0
        && BN_mod_exp_mont(r, b, e, m, ctx, NULL)
        && BN_bn2binpad(r, out, (int)out_len) == (int)out_len) {
        ok = 1;
    }
    BN_free(r);
    BN_free(m);
    BN_free(e);
    BN_free(b);
    BN_CTX_free(ctx);
    return ok;
}
