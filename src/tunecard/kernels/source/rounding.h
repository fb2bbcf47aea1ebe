/* Rows as codes of eight bits: the largest value of a row, either sign, becomes 127.
 *
 * A row that holds what is not finite has no scale that is a number, so that whatever is made of it is none either.
 */
#ifndef TUNECARD_ROUNDING_H
#define TUNECARD_ROUNDING_H

#include "hadamard.h"

/* (rows, width) codes, and for each row its scale and 128 times the sum of its codes (frozen.h). */
struct rounded {
    int8_t *values;
    float *scales;
    int32_t *shifts;
    const float *times; /* (width) the row is multiplied by first; NULL: by nothing */
    int rotates; /* whether the row is rotated before it is rounded (hadamard.h) */
};

#define LEAST 1e-30f /* a row of nothing larger is one of zeros: 127 by it must be finite */

INLINE floats nearest(floats x) { return (x + 12582912.0f) - 12582912.0f; } /* 1.5 * 2^23: ties to even */

/* Writes the row as it will be rounded, in fp32. Gives its largest values; none is a number where one of the row is not. */
INLINE floats read_row(const struct rounded *to, const void *from, int kind, long row, long width, float *out, const int vectors) {
    floats most = {0}, faults = {0};
    for (long i = 0; i < width; i += vectors * LANES) {
        floats x[ROTATED];
        for (int v = 0; v < vectors; v++) {
            x[v] = load(from, row * width + i + v * LANES, kind);
            if (to->times) x[v] *= *(const floats *)(to->times + i + v * LANES);
        }
        if (to->rotates) rotate(x, vectors, width);
        for (int v = 0; v < vectors; v++) {
            most = largest(most, (floats)((ints)x[v] & 0x7fffffff));
            faults += x[v] * 0;
            *(floats *)(out + i + v * LANES) = x[v];
        }
    }
    return most + sum_of(faults);
}

INLINE void round_row(const struct rounded *to, const void *from, int kind, long row, long width) {
    float values[width];
    floats most = width % (ROTATED * LANES) ? read_row(to, from, kind, row, width, values, 1)
                                           : read_row(to, from, kind, row, width, values, ROTATED);
    float top = largest_of(most), factor = top > LEAST ? 127 / top : 0; /* of what is infinite: 0 */
    ints sum = {0};
    for (long i = 0; i < width; i += LANES) {
        floats scaled = nearest(*(const floats *)(values + i) * factor);
        ints codes = __builtin_convertvector(choose(scaled == scaled, scaled, (floats){0}), ints);
        sum += codes;
        *(signs *)(to->values + row * width + i) = __builtin_convertvector(codes, signs);
    }
    int32_t total = 0;
    for (int lane = 0; lane < LANES; lane++) total += sum[lane];
    to->scales[row] = top / 127;
    to->shifts[row] = 128 * total;
}

/* Of (rows, width) in `kind`. */
void round_rows(const struct rounded *to, const void *from, int kind, long rows, long width);

/* (count) numbers of fp32 in bf16; count is a multiple of 16. */
void shorten(const float *from, uint16_t *to, long count);

#endif
