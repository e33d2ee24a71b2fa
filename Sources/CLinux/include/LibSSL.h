// OpenSSL 3's libssl and libcrypto, opened at run time: nothing links to them, and nothing is opened before `clinux_tls_open`.
//
// Each function is the library's of the same name behind `clinux_`; it may be called once the libraries are open. What is declared
// here is what OpenSSL 3.0's manual pages say, and no header of OpenSSL is needed. Macros of these headers are in TLS/OpenSSL.swift.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct ssl_cipher_st SSL_CIPHER;
typedef struct ssl_session_st SSL_SESSION;
typedef struct bio_st BIO;
typedef struct bio_method_st BIO_METHOD;
typedef struct x509_st X509;
typedef struct X509_name_st X509_NAME;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct asn1_string_st ASN1_STRING;
typedef struct GENERAL_NAME_st GENERAL_NAME;
typedef struct stack_st OPENSSL_STACK;
typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_md_st EVP_MD;
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_mac_st EVP_MAC;
typedef struct evp_mac_ctx_st EVP_MAC_CTX;
typedef struct ossl_lib_ctx_st OSSL_LIB_CTX;

// OSSL_PARAM(3)
typedef struct {
    const char *key;
    unsigned int data_type;
    void *data;
    size_t data_size;
    size_t return_size;
} clinux_ossl_param;

typedef int (*clinux_pem_password)(char *buffer, int size, int is_writing, void *argument);
typedef int (*clinux_alpn_select)(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_length,
                                  const unsigned char *offered, unsigned int offered_length, void *argument);
typedef int (*clinux_server_name)(SSL *ssl, int *alert, void *argument);
typedef void (*clinux_keylog)(const SSL *ssl, const char *line);
typedef void (*clinux_info)(const SSL *ssl, int kind, int value);
typedef int (*clinux_ticket_key)(SSL *ssl, unsigned char name[16], unsigned char iv[16], EVP_CIPHER_CTX *cipher,
                                 EVP_MAC_CTX *mac, int is_encrypting);
typedef int (*clinux_new_session)(SSL *ssl, SSL_SESSION *session);

// Opens both libraries, once. NULL: they are open. Else what is missing: the name of a file ("libssl.so.3") or of a function. Not to be
// called by two threads at once.
const char *clinux_tls_open(void);

// libcrypto: the library itself, and errors
unsigned long clinux_OpenSSL_version_num(void);
const char *clinux_OpenSSL_version(int what);
unsigned long clinux_ERR_get_error(void);
unsigned long clinux_ERR_peek_last_error(void);
void clinux_ERR_clear_error(void);
const char *clinux_ERR_reason_error_string(unsigned long error);
int clinux_RAND_bytes(unsigned char *bytes, int count);

// libcrypto: memory as a file
const BIO_METHOD *clinux_BIO_s_mem(void);
BIO *clinux_BIO_new(const BIO_METHOD *method);
BIO *clinux_BIO_new_mem_buf(const void *bytes, int count);
int clinux_BIO_read(BIO *bio, void *bytes, int count);
int clinux_BIO_write(BIO *bio, const void *bytes, int count);
long clinux_BIO_ctrl(BIO *bio, int command, long number, void *pointer);
int clinux_BIO_free(BIO *bio);

// libcrypto: certificates and keys
X509 *clinux_PEM_read_bio_X509(BIO *bio, X509 **reuse, clinux_pem_password password, void *argument);
EVP_PKEY *clinux_PEM_read_bio_PrivateKey(BIO *bio, EVP_PKEY **reuse, clinux_pem_password password, void *argument);
void clinux_X509_free(X509 *certificate);
const ASN1_STRING *clinux_X509_get0_notBefore(const X509 *certificate);
const ASN1_STRING *clinux_X509_get0_notAfter(const X509 *certificate);
int clinux_ASN1_TIME_to_tm(const ASN1_STRING *time, struct tm *utc);
// Seconds since 1970; 0 for what is no time.
int64_t clinux_ASN1_TIME_seconds(const ASN1_STRING *time);
int clinux_X509_check_private_key(const X509 *certificate, const EVP_PKEY *key);
int clinux_X509_check_host(X509 *certificate, const char *host, size_t length, unsigned int flags, char **peer);
EVP_PKEY *clinux_X509_get0_pubkey(const X509 *certificate);
X509_NAME *clinux_X509_get_subject_name(const X509 *certificate);
X509_NAME *clinux_X509_get_issuer_name(const X509 *certificate);
int clinux_X509_NAME_get_text_by_NID(X509_NAME *name, int number, char *text, int size);
void *clinux_X509_get_ext_d2i(const X509 *certificate, int number, int *is_critical, int *index);
int clinux_OPENSSL_sk_num(const OPENSSL_STACK *stack);
void *clinux_OPENSSL_sk_value(const OPENSSL_STACK *stack, int index);
void *clinux_GENERAL_NAME_get0_value(const GENERAL_NAME *name, int *type);
void clinux_GENERAL_NAMES_free(OPENSSL_STACK *names);
const unsigned char *clinux_ASN1_STRING_get0_data(const ASN1_STRING *string);
int clinux_ASN1_STRING_length(const ASN1_STRING *string);
int clinux_EVP_PKEY_get_id(const EVP_PKEY *key);
int clinux_EVP_PKEY_get_bits(const EVP_PKEY *key);
void clinux_EVP_PKEY_free(EVP_PKEY *key);

// libcrypto: ciphers, hashes, message authentication
EVP_CIPHER *clinux_EVP_CIPHER_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties);
EVP_CIPHER_CTX *clinux_EVP_CIPHER_CTX_new(void);
void clinux_EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *context);
int clinux_EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *context, int command, int number, void *pointer);
int clinux_EVP_CipherInit_ex(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, void *engine, const unsigned char *key,
                             const unsigned char *iv, int is_encrypting);
int clinux_EVP_CipherUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *written, const unsigned char *in, int count);
int clinux_EVP_CipherFinal_ex(EVP_CIPHER_CTX *context, unsigned char *out, int *written);
EVP_MD *clinux_EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties);
EVP_MD_CTX *clinux_EVP_MD_CTX_new(void);
void clinux_EVP_MD_CTX_free(EVP_MD_CTX *context);
int clinux_EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *hash, void *engine);
int clinux_EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t count);
int clinux_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *result, unsigned int *count);
int clinux_EVP_MAC_CTX_set_params(EVP_MAC_CTX *context, const clinux_ossl_param *parameters);

// libssl: what connections have in common
const SSL_METHOD *clinux_TLS_server_method(void);
const SSL_METHOD *clinux_TLS_client_method(void);
SSL_CTX *clinux_SSL_CTX_new(const SSL_METHOD *method);
void clinux_SSL_CTX_free(SSL_CTX *context);
long clinux_SSL_CTX_ctrl(SSL_CTX *context, int command, long number, void *pointer);
// SSL_CTX_callback_ctrl with SSL_CTRL_SET_TLSEXT_SERVERNAME_CB
long clinux_SSL_CTX_set_servername_callback(SSL_CTX *context, clinux_server_name callback);
uint64_t clinux_SSL_CTX_set_options(SSL_CTX *context, uint64_t options);
int clinux_SSL_CTX_set_cipher_list(SSL_CTX *context, const char *names);
int clinux_SSL_CTX_set_ciphersuites(SSL_CTX *context, const char *names);
int clinux_SSL_CTX_use_certificate(SSL_CTX *context, X509 *certificate);
int clinux_SSL_CTX_use_PrivateKey(SSL_CTX *context, EVP_PKEY *key);
int clinux_SSL_CTX_set_session_id_context(SSL_CTX *context, const unsigned char *bytes, unsigned int count);
void clinux_SSL_CTX_set_alpn_select_cb(SSL_CTX *context, clinux_alpn_select callback, void *argument);
int clinux_SSL_CTX_set_alpn_protos(SSL_CTX *context, const unsigned char *names, unsigned int count);
void clinux_SSL_CTX_set_keylog_callback(SSL_CTX *context, clinux_keylog callback);
void clinux_SSL_CTX_set_info_callback(SSL_CTX *context, clinux_info callback);
int clinux_SSL_CTX_set_tlsext_ticket_key_evp_cb(SSL_CTX *context, clinux_ticket_key callback);
int clinux_SSL_CTX_set_num_tickets(SSL_CTX *context, size_t count);
void clinux_SSL_CTX_sess_set_new_cb(SSL_CTX *context, clinux_new_session callback);
long clinux_SSL_CTX_set_timeout(SSL_CTX *context, long seconds);

// libssl: one connection
SSL *clinux_SSL_new(SSL_CTX *context);
void clinux_SSL_free(SSL *ssl);
void clinux_SSL_set_bio(SSL *ssl, BIO *in, BIO *out);
void clinux_SSL_set_accept_state(SSL *ssl);
void clinux_SSL_set_connect_state(SSL *ssl);
long clinux_SSL_ctrl(SSL *ssl, int command, long number, void *pointer);
int clinux_SSL_set_ex_data(SSL *ssl, int index, void *data);
void *clinux_SSL_get_ex_data(const SSL *ssl, int index);
SSL_CTX *clinux_SSL_set_SSL_CTX(SSL *ssl, SSL_CTX *context);
SSL_CTX *clinux_SSL_get_SSL_CTX(const SSL *ssl);
const char *clinux_SSL_state_string(const SSL *ssl);
int clinux_SSL_do_handshake(SSL *ssl);
int clinux_SSL_get_error(const SSL *ssl, int result);
int clinux_SSL_read(SSL *ssl, void *bytes, int count);
int clinux_SSL_write(SSL *ssl, const void *bytes, int count);
int clinux_SSL_shutdown(SSL *ssl);
int clinux_SSL_key_update(SSL *ssl, int kind);
int clinux_SSL_renegotiate(SSL *ssl);
int clinux_SSL_version(const SSL *ssl);
const SSL_CIPHER *clinux_SSL_get_current_cipher(const SSL *ssl);
uint16_t clinux_SSL_CIPHER_get_protocol_id(const SSL_CIPHER *cipher);
const char *clinux_SSL_get_servername(const SSL *ssl, int type);
void clinux_SSL_get0_alpn_selected(const SSL *ssl, const unsigned char **name, unsigned int *length);
int clinux_SSL_session_reused(const SSL *ssl);
X509 *clinux_SSL_get1_peer_certificate(const SSL *ssl);
SSL_SESSION *clinux_SSL_get1_session(SSL *ssl);
int clinux_SSL_set_session(SSL *ssl, SSL_SESSION *session);
int clinux_SSL_SESSION_is_resumable(const SSL_SESSION *session);
void clinux_SSL_SESSION_free(SSL_SESSION *session);

// HMAC (RFC 2104) by a hash with blocks of `block` bytes, at most 128, under a key that is not longer: EVP calls in a row, without the
// look-ups of HMAC(3). 1, or 0 for a failure.
int clinux_tls_hmac(EVP_MD_CTX *context, const EVP_MD *hash, int block, const unsigned char *key, int key_length,
                    const unsigned char *bytes, int count, unsigned char *result);

// A record of TLS 1.3 by an AEAD cipher (RFC 8446 section 5.2): EVP calls in a row. `key` is NULL when the context has it already.
// Seals `count` bytes and the type behind them: writes `count` + 1 + 16 bytes to `out`, which may be `in`. 1, or 0 for a failure.
int clinux_tls_seal(EVP_CIPHER_CTX *context, const unsigned char *key, const unsigned char nonce[12],
                    const unsigned char header[5], const unsigned char *in, int count, unsigned char type, unsigned char *out);
// Opens `count` bytes, the last 16 of them the tag: writes `count` - 16 bytes to `out`. 0: they are not what was sealed.
int clinux_tls_open_record(EVP_CIPHER_CTX *context, const unsigned char *key, const unsigned char nonce[12],
                           const unsigned char header[5], const unsigned char *in, int count, unsigned char *out);
