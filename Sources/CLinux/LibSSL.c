#include "CLinux.h"

#include <dlfcn.h>

// Every function of the two libraries that is called, once: its library, its result, its name, its parameters and arguments.
#define FUNCTIONS(CALL) \
    CALL(crypto, unsigned long, OpenSSL_version_num, (void), ()) \
    CALL(crypto, const char *, OpenSSL_version, (int what), (what)) \
    CALL(crypto, unsigned long, ERR_get_error, (void), ()) \
    CALL(crypto, unsigned long, ERR_peek_last_error, (void), ()) \
    CALL(crypto, void, ERR_clear_error, (void), ()) \
    CALL(crypto, const char *, ERR_reason_error_string, (unsigned long error), (error)) \
    CALL(crypto, int, RAND_bytes, (unsigned char *bytes, int count), (bytes, count)) \
    CALL(crypto, const BIO_METHOD *, BIO_s_mem, (void), ()) \
    CALL(crypto, BIO *, BIO_new, (const BIO_METHOD *method), (method)) \
    CALL(crypto, BIO *, BIO_new_mem_buf, (const void *bytes, int count), (bytes, count)) \
    CALL(crypto, int, BIO_read, (BIO *bio, void *bytes, int count), (bio, bytes, count)) \
    CALL(crypto, int, BIO_write, (BIO *bio, const void *bytes, int count), (bio, bytes, count)) \
    CALL(crypto, long, BIO_ctrl, (BIO *bio, int command, long number, void *pointer), (bio, command, number, pointer)) \
    CALL(crypto, int, BIO_free, (BIO *bio), (bio)) \
    CALL(crypto, X509 *, PEM_read_bio_X509, (BIO *bio, X509 **reuse, clinux_pem_password password, void *argument), (bio, reuse, password, argument)) \
    CALL(crypto, EVP_PKEY *, PEM_read_bio_PrivateKey, (BIO *bio, EVP_PKEY **reuse, clinux_pem_password password, void *argument), (bio, reuse, password, argument)) \
    CALL(crypto, void, X509_free, (X509 *certificate), (certificate)) \
    CALL(crypto, const ASN1_STRING *, X509_get0_notBefore, (const X509 *certificate), (certificate)) \
    CALL(crypto, const ASN1_STRING *, X509_get0_notAfter, (const X509 *certificate), (certificate)) \
    CALL(crypto, int, ASN1_TIME_to_tm, (const ASN1_STRING *time, struct tm *utc), (time, utc)) \
    CALL(crypto, int, X509_check_private_key, (const X509 *certificate, const EVP_PKEY *key), (certificate, key)) \
    CALL(crypto, int, X509_check_host, (X509 *certificate, const char *host, size_t length, unsigned int flags, char **peer), (certificate, host, length, flags, peer)) \
    CALL(crypto, EVP_PKEY *, X509_get0_pubkey, (const X509 *certificate), (certificate)) \
    CALL(crypto, X509_NAME *, X509_get_subject_name, (const X509 *certificate), (certificate)) \
    CALL(crypto, X509_NAME *, X509_get_issuer_name, (const X509 *certificate), (certificate)) \
    CALL(crypto, int, X509_NAME_get_text_by_NID, (X509_NAME *name, int number, char *text, int size), (name, number, text, size)) \
    CALL(crypto, void *, X509_get_ext_d2i, (const X509 *certificate, int number, int *is_critical, int *index), (certificate, number, is_critical, index)) \
    CALL(crypto, int, OPENSSL_sk_num, (const OPENSSL_STACK *stack), (stack)) \
    CALL(crypto, void *, OPENSSL_sk_value, (const OPENSSL_STACK *stack, int index), (stack, index)) \
    CALL(crypto, void *, GENERAL_NAME_get0_value, (const GENERAL_NAME *name, int *type), (name, type)) \
    CALL(crypto, void, GENERAL_NAMES_free, (OPENSSL_STACK *names), (names)) \
    CALL(crypto, const unsigned char *, ASN1_STRING_get0_data, (const ASN1_STRING *string), (string)) \
    CALL(crypto, int, ASN1_STRING_length, (const ASN1_STRING *string), (string)) \
    CALL(crypto, int, EVP_PKEY_get_id, (const EVP_PKEY *key), (key)) \
    CALL(crypto, int, EVP_PKEY_get_bits, (const EVP_PKEY *key), (key)) \
    CALL(crypto, void, EVP_PKEY_free, (EVP_PKEY *key), (key)) \
    CALL(crypto, EVP_CIPHER *, EVP_CIPHER_fetch, (OSSL_LIB_CTX *context, const char *name, const char *properties), (context, name, properties)) \
    CALL(crypto, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), ()) \
    CALL(crypto, void, EVP_CIPHER_CTX_free, (EVP_CIPHER_CTX *context), (context)) \
    CALL(crypto, int, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX *context, int command, int number, void *pointer), (context, command, number, pointer)) \
    CALL(crypto, int, EVP_CipherInit_ex, (EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, void *engine, const unsigned char *key, const unsigned char *iv, int is_encrypting), (context, cipher, engine, key, iv, is_encrypting)) \
    CALL(crypto, int, EVP_CipherUpdate, (EVP_CIPHER_CTX *context, unsigned char *out, int *written, const unsigned char *in, int count), (context, out, written, in, count)) \
    CALL(crypto, int, EVP_CipherFinal_ex, (EVP_CIPHER_CTX *context, unsigned char *out, int *written), (context, out, written)) \
    CALL(crypto, EVP_MD *, EVP_MD_fetch, (OSSL_LIB_CTX *context, const char *name, const char *properties), (context, name, properties)) \
    CALL(crypto, EVP_MD_CTX *, EVP_MD_CTX_new, (void), ()) \
    CALL(crypto, void, EVP_MD_CTX_free, (EVP_MD_CTX *context), (context)) \
    CALL(crypto, int, EVP_DigestInit_ex, (EVP_MD_CTX *context, const EVP_MD *hash, void *engine), (context, hash, engine)) \
    CALL(crypto, int, EVP_DigestUpdate, (EVP_MD_CTX *context, const void *bytes, size_t count), (context, bytes, count)) \
    CALL(crypto, int, EVP_DigestFinal_ex, (EVP_MD_CTX *context, unsigned char *result, unsigned int *count), (context, result, count)) \
    CALL(crypto, int, EVP_MAC_CTX_set_params, (EVP_MAC_CTX *context, const clinux_ossl_param *parameters), (context, parameters)) \
    CALL(ssl, const SSL_METHOD *, TLS_server_method, (void), ()) \
    CALL(ssl, const SSL_METHOD *, TLS_client_method, (void), ()) \
    CALL(ssl, SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *method), (method)) \
    CALL(ssl, void, SSL_CTX_free, (SSL_CTX *context), (context)) \
    CALL(ssl, long, SSL_CTX_ctrl, (SSL_CTX *context, int command, long number, void *pointer), (context, command, number, pointer)) \
    CALL(ssl, uint64_t, SSL_CTX_set_options, (SSL_CTX *context, uint64_t options), (context, options)) \
    CALL(ssl, int, SSL_CTX_set_cipher_list, (SSL_CTX *context, const char *names), (context, names)) \
    CALL(ssl, int, SSL_CTX_set_ciphersuites, (SSL_CTX *context, const char *names), (context, names)) \
    CALL(ssl, int, SSL_CTX_use_certificate, (SSL_CTX *context, X509 *certificate), (context, certificate)) \
    CALL(ssl, int, SSL_CTX_use_PrivateKey, (SSL_CTX *context, EVP_PKEY *key), (context, key)) \
    CALL(ssl, int, SSL_CTX_set_session_id_context, (SSL_CTX *context, const unsigned char *bytes, unsigned int count), (context, bytes, count)) \
    CALL(ssl, void, SSL_CTX_set_alpn_select_cb, (SSL_CTX *context, clinux_alpn_select callback, void *argument), (context, callback, argument)) \
    CALL(ssl, int, SSL_CTX_set_alpn_protos, (SSL_CTX *context, const unsigned char *names, unsigned int count), (context, names, count)) \
    CALL(ssl, void, SSL_CTX_set_keylog_callback, (SSL_CTX *context, clinux_keylog callback), (context, callback)) \
    CALL(ssl, int, SSL_CTX_set_tlsext_ticket_key_evp_cb, (SSL_CTX *context, clinux_ticket_key callback), (context, callback)) \
    CALL(ssl, int, SSL_CTX_set_num_tickets, (SSL_CTX *context, size_t count), (context, count)) \
    CALL(ssl, void, SSL_CTX_sess_set_new_cb, (SSL_CTX *context, clinux_new_session callback), (context, callback)) \
    CALL(ssl, long, SSL_CTX_set_timeout, (SSL_CTX *context, long seconds), (context, seconds)) \
    CALL(ssl, void, SSL_CTX_set_info_callback, (SSL_CTX *context, clinux_info callback), (context, callback)) \
    CALL(ssl, SSL_CTX *, SSL_get_SSL_CTX, (const SSL *ssl), (ssl)) \
    CALL(ssl, const char *, SSL_state_string, (const SSL *ssl), (ssl)) \
    CALL(ssl, SSL *, SSL_new, (SSL_CTX *context), (context)) \
    CALL(ssl, void, SSL_free, (SSL *ssl), (ssl)) \
    CALL(ssl, void, SSL_set_bio, (SSL *ssl, BIO *in, BIO *out), (ssl, in, out)) \
    CALL(ssl, void, SSL_set_accept_state, (SSL *ssl), (ssl)) \
    CALL(ssl, void, SSL_set_connect_state, (SSL *ssl), (ssl)) \
    CALL(ssl, long, SSL_ctrl, (SSL *ssl, int command, long number, void *pointer), (ssl, command, number, pointer)) \
    CALL(ssl, int, SSL_set_ex_data, (SSL *ssl, int index, void *data), (ssl, index, data)) \
    CALL(ssl, void *, SSL_get_ex_data, (const SSL *ssl, int index), (ssl, index)) \
    CALL(ssl, SSL_CTX *, SSL_set_SSL_CTX, (SSL *ssl, SSL_CTX *context), (ssl, context)) \
    CALL(ssl, int, SSL_do_handshake, (SSL *ssl), (ssl)) \
    CALL(ssl, int, SSL_get_error, (const SSL *ssl, int result), (ssl, result)) \
    CALL(ssl, int, SSL_read, (SSL *ssl, void *bytes, int count), (ssl, bytes, count)) \
    CALL(ssl, int, SSL_write, (SSL *ssl, const void *bytes, int count), (ssl, bytes, count)) \
    CALL(ssl, int, SSL_shutdown, (SSL *ssl), (ssl)) \
    CALL(ssl, int, SSL_key_update, (SSL *ssl, int kind), (ssl, kind)) \
    CALL(ssl, int, SSL_renegotiate, (SSL *ssl), (ssl)) \
    CALL(ssl, int, SSL_version, (const SSL *ssl), (ssl)) \
    CALL(ssl, const SSL_CIPHER *, SSL_get_current_cipher, (const SSL *ssl), (ssl)) \
    CALL(ssl, uint16_t, SSL_CIPHER_get_protocol_id, (const SSL_CIPHER *cipher), (cipher)) \
    CALL(ssl, const char *, SSL_get_servername, (const SSL *ssl, int type), (ssl, type)) \
    CALL(ssl, void, SSL_get0_alpn_selected, (const SSL *ssl, const unsigned char **name, unsigned int *length), (ssl, name, length)) \
    CALL(ssl, int, SSL_session_reused, (const SSL *ssl), (ssl)) \
    CALL(ssl, X509 *, SSL_get1_peer_certificate, (const SSL *ssl), (ssl)) \
    CALL(ssl, SSL_SESSION *, SSL_get1_session, (SSL *ssl), (ssl)) \
    CALL(ssl, int, SSL_set_session, (SSL *ssl, SSL_SESSION *session), (ssl, session)) \
    CALL(ssl, int, SSL_SESSION_is_resumable, (const SSL_SESSION *session), (session)) \
    CALL(ssl, void, SSL_SESSION_free, (SSL_SESSION *session), (session))

// Where the library's function is, and ours, which calls it.
#define CALL(library, result, name, parameters, arguments) \
    static result(*at_##name) parameters; \
    result clinux_##name parameters { return at_##name arguments; }
FUNCTIONS(CALL)
#undef CALL

static long (*at_SSL_CTX_callback_ctrl)(SSL_CTX *context, int command, void (*callback)(void));

long clinux_SSL_CTX_set_servername_callback(SSL_CTX *context, clinux_server_name callback) {
    return at_SSL_CTX_callback_ctrl(context, 53, (void (*)(void))callback);
}

int64_t clinux_ASN1_TIME_seconds(const ASN1_STRING *time) {
    struct tm utc = {0};
    return clinux_ASN1_TIME_to_tm(time, &utc) == 1 ? (int64_t)timegm(&utc) : 0;
}

static const char *find(void *library, const char *name, void *place) {
    void *symbol = dlsym(library, name);
    if (symbol == NULL) return name;
    *(void **)place = symbol;
    return NULL;
}

const char *clinux_tls_open(void) {
    // libssl needs libcrypto, and finds the one that is open already.
    void *crypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
    if (crypto == NULL) return "libcrypto.so.3";
    void *ssl = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
    if (ssl == NULL) return "libssl.so.3";
    const char *missing = NULL;
    // Its own clean-up at exit would take away what other threads still use.
    int (*init)(uint64_t options, const void *settings) = NULL;
    missing = find(crypto, "OPENSSL_init_crypto", &init);
    if (missing != NULL) return missing;
    if (init(0x00080000 /* OPENSSL_INIT_NO_ATEXIT */, NULL) != 1) return "OPENSSL_init_crypto";
#define CALL(library, result, name, parameters, arguments) \
    missing = find(library, #name, &at_##name); \
    if (missing != NULL) return missing;
    FUNCTIONS(CALL)
#undef CALL
    return find(ssl, "SSL_CTX_callback_ctrl", &at_SSL_CTX_callback_ctrl);
}

int clinux_tls_hmac(EVP_MD_CTX *context, const EVP_MD *hash, int block, const unsigned char *key, int key_length,
                    const unsigned char *bytes, int count, unsigned char *result) {
    unsigned char pad[128], inner[64];
    unsigned int length = 0;
    int done = 0;
    if (block > (int)sizeof pad || key_length > block) return 0;
    for (int i = 0; i < block; i++) pad[i] = (i < key_length ? key[i] : 0) ^ 0x36;
    if (at_EVP_DigestInit_ex(context, hash, NULL) == 1 && at_EVP_DigestUpdate(context, pad, block) == 1 &&
        at_EVP_DigestUpdate(context, bytes, count) == 1 && at_EVP_DigestFinal_ex(context, inner, &length) == 1) {
        for (int i = 0; i < block; i++) pad[i] ^= 0x36 ^ 0x5c;
        done = at_EVP_DigestInit_ex(context, hash, NULL) == 1 && at_EVP_DigestUpdate(context, pad, block) == 1 &&
               at_EVP_DigestUpdate(context, inner, length) == 1 && at_EVP_DigestFinal_ex(context, result, &length) == 1;
    }
    clinux_wipe(pad, sizeof pad);
    clinux_wipe(inner, sizeof inner);
    return done;
}

enum { tag_size = 16, get_tag = 0x10, set_tag = 0x11 }; // EVP_CTRL_AEAD_GET_TAG, EVP_CTRL_AEAD_SET_TAG

int clinux_tls_seal(EVP_CIPHER_CTX *context, const unsigned char *key, const unsigned char nonce[12],
                    const unsigned char header[5], const unsigned char *in, int count, unsigned char type, unsigned char *out) {
    int written = 0;
    if (at_EVP_CipherInit_ex(context, NULL, NULL, key, nonce, 1) != 1) return 0;
    if (at_EVP_CipherUpdate(context, NULL, &written, header, 5) != 1) return 0;
    if (in == out) {
        // In one piece: the type's place is behind the bytes.
        out[count] = type;
        if (at_EVP_CipherUpdate(context, out, &written, out, count + 1) != 1 || written != count + 1) return 0;
    } else {
        if (count > 0 && (at_EVP_CipherUpdate(context, out, &written, in, count) != 1 || written != count)) return 0;
        if (at_EVP_CipherUpdate(context, out + count, &written, &type, 1) != 1 || written != 1) return 0;
    }
    if (at_EVP_CipherFinal_ex(context, out + count + 1, &written) != 1) return 0;
    return at_EVP_CIPHER_CTX_ctrl(context, get_tag, tag_size, out + count + 1) == 1;
}

int clinux_tls_open_record(EVP_CIPHER_CTX *context, const unsigned char *key, const unsigned char nonce[12],
                           const unsigned char header[5], const unsigned char *in, int count, unsigned char *out) {
    int written = 0, body = count - tag_size;
    if (body < 0 || at_EVP_CipherInit_ex(context, NULL, NULL, key, nonce, 0) != 1) return 0;
    if (at_EVP_CipherUpdate(context, NULL, &written, header, 5) != 1) return 0;
    if (body > 0 && (at_EVP_CipherUpdate(context, out, &written, in, body) != 1 || written != body)) return 0;
    if (at_EVP_CIPHER_CTX_ctrl(context, set_tag, tag_size, (void *)(in + body)) != 1) return 0;
    return at_EVP_CipherFinal_ex(context, out + body, &written) == 1;
}
