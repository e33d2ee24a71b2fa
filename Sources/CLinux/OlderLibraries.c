// Functions of the C library whose newest version a machine with glibc 2.34 does not have: the program brings its own, and what
// Swift's static libraries ask for is bound to that. scripts/package refuses a program that needs more than glibc 2.34.
#include <math.h>

// glibc 2.35 has a hypotf(3) of another version, which Swift's library asks for and nobody here calls.
float hypotf(float x, float y) {
    if (isinf(x) || isinf(y)) return INFINITY;
    // No square of a float is too large or too small for a double.
    double wide = x, high = y;
    return (float)__builtin_sqrt(wide * wide + high * high);
}
