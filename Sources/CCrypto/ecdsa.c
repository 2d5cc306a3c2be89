#include "CCrypto.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>

// The curve by the length of an uncompressed point: 1 + 2 * bytes of the field.
static int curve(size_t point_len)
{
    switch (point_len) {
    case 33: return NID_secp128r1;
    case 49: return NID_X9_62_prime192v1;
    case 57: return NID_secp224r1;
    default: return NID_undef;
    }
}

// SEC 1 §4.1.4 with the digest given: r = x(u1 G + u2 Q) mod n, u1 = z / s, u2 = r / s.
int kassa_ecdsa_verify(
    const uint8_t *point, size_t point_len,
    const uint8_t *digest, size_t digest_len,
    const uint8_t *signature, size_t signature_len)
{
    int ok = 0;
    int nid = curve(point_len);
    size_t half = point_len / 2;
    if (nid == NID_undef || signature_len != 2 * half || digest_len == 0 || digest_len >= half) {
        return 0;
    }
    BN_CTX *ctx = BN_CTX_new();
    EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
    EC_POINT *key = group == NULL ? NULL : EC_POINT_new(group);
    EC_POINT *sum = group == NULL ? NULL : EC_POINT_new(group);
    BIGNUM *n = BN_new();
    BIGNUM *r = BN_bin2bn(signature, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(signature + half, (int)half, NULL);
    BIGNUM *z = BN_bin2bn(digest, (int)digest_len, NULL);
    BIGNUM *x = BN_new();
    if (ctx != NULL && group != NULL && key != NULL && sum != NULL && n != NULL && r != NULL && s != NULL && z != NULL
        && x != NULL
        && EC_GROUP_get_order(group, n, ctx)
        && !BN_is_zero(r) && BN_cmp(r, n) < 0 && !BN_is_zero(s) && BN_cmp(s, n) < 0
        && EC_POINT_oct2point(group, key, point, point_len, ctx)
        && BN_mod_inverse(s, s, n, ctx) != NULL
        && BN_mod_mul(z, z, s, n, ctx)
        && BN_mod_mul(s, r, s, n, ctx)
        && EC_POINT_mul(group, sum, z, key, s, ctx)
        && !EC_POINT_is_at_infinity(group, sum)
        && EC_POINT_get_affine_coordinates(group, sum, x, NULL, ctx)
        && BN_nnmod(x, x, n, ctx)
        && BN_cmp(x, r) == 0) {
        ok = 1;
    }
    BN_free(x);
    BN_free(z);
    BN_free(s);
    BN_free(r);
    BN_free(n);
    EC_POINT_free(sum);
    EC_POINT_free(key);
    EC_GROUP_free(group);
    BN_CTX_free(ctx);
    return ok;
}
