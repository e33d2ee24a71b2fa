// zlib, opened at run time as OpenSSL is: nothing links to it, and nothing is opened before `clinux_z_open`. What is declared here is
// what zlib.h of 1.2 and later says, and no header of zlib is needed.
#pragma once

#include <stddef.h>

typedef struct clinux_deflater clinux_deflater;

// Opens libz.so.1. NULL: it is open. Else what is missing: the name of the file or of a function. Not to be called by two threads at
// once; the functions below may be called once it is open.
const char *clinux_z_open(void);
const char *clinux_z_version(void);

// A compressor to the gzip format (RFC 1952) without a time in its header; NULL if there is no memory. It takes about 256 KiB.
clinux_deflater *clinux_deflater_new(int level);
// Makes it ready for another body. 1, or 0 for a failure.
int clinux_deflater_reset(clinux_deflater *deflater);
void clinux_deflater_free(clinux_deflater *deflater);
// Compresses from `in` to `out`, as far as both go, and says in the counts how many bytes of each were used. `flush` is 0, 2 (all so
// far can be read) or 4 (the end). 1: it goes on; 2: the end is written; 0: a failure.
int clinux_deflater_run(clinux_deflater *deflater, const unsigned char *in, size_t *in_count, unsigned char *out, size_t *out_count,
                        int flush);
