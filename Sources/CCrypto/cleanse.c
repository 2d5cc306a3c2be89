#include "CCrypto.h"

#include <openssl/crypto.h>

void kassa_cleanse(void *bytes, size_t len)
{
    OPENSSL_cleanse(bytes, len);
}
