#pragma once

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

// A table of OSSL_PARAM holds pointers that must outlive the call; in C that is one automatic array.
static inline int copenssl_hmac_init(
    EVP_MAC_CTX *context, const char *digest, const unsigned char *key, size_t key_length) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(context, key, key_length, parameters);
}

static inline int copenssl_hkdf_sha256(
    const unsigned char *secret, size_t secret_length, const unsigned char *info, size_t info_length,
    unsigned char *key, size_t key_length) {
    EVP_KDF *algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
    if (!algorithm) return 0;
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(algorithm); // It keeps a reference of its own.
    EVP_KDF_free(algorithm);
    if (!context) return 0;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, secret_length),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_length),
        OSSL_PARAM_construct_end(),
    };
    int result = EVP_KDF_derive(context, key, key_length, parameters);
    EVP_KDF_CTX_free(context);
    return result;
}
