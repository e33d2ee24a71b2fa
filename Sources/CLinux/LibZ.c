#include "CLinux.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

// z_stream of zlib.h: part of zlib's binary interface, and checked by deflateInit2_.
typedef struct {
    const unsigned char *next_in;
    unsigned int avail_in;
    unsigned long total_in;
    unsigned char *next_out;
    unsigned int avail_out;
    unsigned long total_out;
    const char *message;
    void *state;
    void *(*allocate)(void *opaque, unsigned int count, unsigned int size);
    void (*release)(void *opaque, void *address);
    void *opaque;
    int data_type;
    unsigned long checksum;
    unsigned long reserved;
} z_stream;

enum { z_finish = 4, z_ok = 0, z_stream_end = 1, z_buf_error = -5, z_deflated = 8, gzip_window = 15 + 16, memory_level = 8 };

struct clinux_deflater {
    z_stream stream;
};

static const char *(*at_zlibVersion)(void);
static int (*at_deflateInit2_)(z_stream *stream, int level, int method, int window, int memory, int strategy, const char *version, int size);
static int (*at_deflate)(z_stream *stream, int flush);
static int (*at_deflateReset)(z_stream *stream);
static int (*at_deflateEnd)(z_stream *stream);

const char *clinux_z_open(void) {
    void *library = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return "libz.so.1";
#define FIND(name) \
    if ((*(void **)&at_##name = dlsym(library, #name)) == NULL) return #name;
    FIND(zlibVersion)
    FIND(deflateInit2_)
    FIND(deflate)
    FIND(deflateReset)
    FIND(deflateEnd)
#undef FIND
    return NULL;
}

const char *clinux_z_version(void) { return at_zlibVersion(); }

clinux_deflater *clinux_deflater_new(int level) {
    clinux_deflater *deflater = calloc(1, sizeof *deflater);
    if (deflater == NULL) return NULL;
    if (at_deflateInit2_(&deflater->stream, level, z_deflated, gzip_window, memory_level, 0, at_zlibVersion(), sizeof deflater->stream) == z_ok)
        return deflater;
    free(deflater);
    return NULL;
}

int clinux_deflater_reset(clinux_deflater *deflater) { return at_deflateReset(&deflater->stream) == z_ok; }

void clinux_deflater_free(clinux_deflater *deflater) {
    at_deflateEnd(&deflater->stream);
    free(deflater);
}

int clinux_deflater_run(clinux_deflater *deflater, const unsigned char *in, size_t *in_count, unsigned char *out, size_t *out_count,
                        int flush) {
    z_stream *stream = &deflater->stream;
    if (*in_count > UINT_MAX || *out_count > UINT_MAX) return 0;
    stream->next_in = in;
    stream->avail_in = (unsigned int)*in_count;
    stream->next_out = out;
    stream->avail_out = (unsigned int)*out_count;
    int result = at_deflate(stream, flush);
    *in_count -= stream->avail_in;
    *out_count -= stream->avail_out;
    stream->next_in = NULL;
    stream->next_out = NULL;
    // Nothing to do is no failure.
    if (result == z_stream_end) return 2;
    return result == z_ok || result == z_buf_error ? 1 : 0;
}
