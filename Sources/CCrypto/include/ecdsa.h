// ECDSA over the small curves of NXP's originality signatures, which swift-crypto does not have.
#ifndef CCRYPTO_ECDSA_H
#define CCRYPTO_ECDSA_H

#include <stddef.h>
#include <stdint.h>

/// Verifies a signature r || s over a digest that is shorter than the curve's field and taken as it is. The public key is an
/// uncompressed point, whose length names the curve: 33 secp128r1, 49 secp192r1, 57 secp224r1.
/// Returns 1 when it is good, 0 when it is not, an argument is out of range, the point is not on the curve, or memory is
/// short.
int kassa_ecdsa_verify(
    const uint8_t *point, size_t point_len,
    const uint8_t *digest, size_t digest_len,
    const uint8_t *signature, size_t signature_len);

#endif
