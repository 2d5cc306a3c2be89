#include "CCrypto.h"

#include <openssl/bn.h>

// EMV's usual exponent is 3: one squaring and one product, each reduced by division, take half the time of setting up
// a Montgomery context. From a few more bits on the context pays.
static int power(BIGNUM *r, const BIGNUM *b, const BIGNUM *e, const BIGNUM *m, BN_CTX *ctx)
{
    if (BN_is_word(e, 3)) {
        return BN_mod_sqr(r, b, m, ctx) && BN_mod_mul(r, r, b, m, ctx);
    }
    return BN_mod_exp_mont(r, b, e, m, ctx, NULL);
}

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
        && power(r, b, e, m, ctx)
        && BN_bn2binpad(r, out, (int)out_len) == (int)out_len) {
        ok = 1;
    }
    BN_free(r);
    BN_free(m);
    BN_free(e);
    // The base of an enciphered PIN (EMV Book 2 §7.2) is the PIN in the clear.
    BN_clear_free(b);
    BN_CTX_free(ctx);
    return ok;
}

// Garner: h = (b^dp mod p - b^dq mod q) * qinv mod p, result b^dq mod q + h * q.
int kassa_crt_exp(
    const uint8_t *base, size_t base_len,
    const uint8_t *p, const uint8_t *q,
    const uint8_t *dp, const uint8_t *dq, const uint8_t *qinv, size_t half_len,
    uint8_t *out, size_t out_len)
{
    int ok = 0;
    if (half_len == 0 || half_len > 256 || base_len != 2 * half_len || out_len != base_len) {
        return 0;
    }
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *b = BN_bin2bn(base, (int)base_len, NULL);
    BIGNUM *bp = BN_bin2bn(p, (int)half_len, NULL);
    BIGNUM *bq = BN_bin2bn(q, (int)half_len, NULL);
    BIGNUM *ep = BN_bin2bn(dp, (int)half_len, NULL);
    BIGNUM *eq = BN_bin2bn(dq, (int)half_len, NULL);
    BIGNUM *inverse = BN_bin2bn(qinv, (int)half_len, NULL);
    BIGNUM *h = BN_new();
    BIGNUM *r = BN_new();
    BIGNUM *t = BN_new();
    if (ctx != NULL && b != NULL && bp != NULL && bq != NULL && ep != NULL && eq != NULL && inverse != NULL
        && h != NULL && r != NULL && t != NULL
        && BN_is_odd(bp) && BN_is_odd(bq)
        && BN_mul(t, bp, bq, ctx) && BN_cmp(b, t) < 0
        && BN_mod(t, b, bp, ctx) && BN_mod_exp_mont(h, t, ep, bp, ctx, NULL)
        && BN_mod(t, b, bq, ctx) && BN_mod_exp_mont(r, t, eq, bq, ctx, NULL)
        && BN_mod_sub(h, h, r, bp, ctx) && BN_mod_mul(h, h, inverse, bp, ctx)
        && BN_mul(t, h, bq, ctx) && BN_add(r, r, t)
        && BN_bn2binpad(r, out, (int)out_len) == (int)out_len) {
        ok = 1;
    }
    BN_free(t);
    BN_free(r);
    BN_free(h);
    BN_free(inverse);
    BN_free(eq);
    BN_free(ep);
    BN_free(bq);
    BN_free(bp);
    BN_free(b);
    BN_CTX_free(ctx);
    return ok;
}
