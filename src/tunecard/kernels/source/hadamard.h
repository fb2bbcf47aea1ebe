/* Rows rotated by Hadamard matrices of 64 numbers, or 16, so that no channel is much larger than its neighbours.
 *
 * The matrix is symmetric and its own inverse: a product whose factors are both rotated changes only in how
 * they round.
 * Source: Ashkboos et al. 2024, arXiv:2404.00456 (QuaRot), there with matrices of a row's whole width.
 */
#ifndef TUNECARD_HADAMARD_H
#define TUNECARD_HADAMARD_H

#include "vectors.h"

#define ROTATED 4 /* vectors that are rotated together, where the width of a row is a multiple of theirs */

INLINE floats rotate_pairs(floats x, const int step) {
    floats other;
    ints lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    if (step == 1)
        other = MIXED(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    else if (step == 2)
        other = MIXED(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    else if (step == 4)
        other = MIXED(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    else
        other = MIXED(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    return other + choose((lanes & step) != 0, -x, x);
}

INLINE floats rotate_16(floats x) {
    return rotate_pairs(rotate_pairs(rotate_pairs(rotate_pairs(x, 1), 2), 4), 8);
}

/* Some vectors of a row of `width` numbers: one, or ROTATED where the width is a multiple of theirs. */
INLINE void rotate(floats *x, const int vectors, long width) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) x[v] = rotate_16(x[v]);
    if (width % (ROTATED * LANES) || vectors != ROTATED) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) x[v] *= 0.25f;
        return;
    }
    floats a = x[0] + x[1], b = x[0] - x[1], c = x[2] + x[3], d = x[2] - x[3];
    x[0] = (a + c) * 0.125f, x[1] = (b + d) * 0.125f, x[2] = (a - c) * 0.125f, x[3] = (b - d) * 0.125f;
}

#endif
