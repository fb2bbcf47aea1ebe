/* Products with a frozen weight in fp32, bf16 or int8, with what follows them done while the sums are in registers.
 *
 * Sums are in fp32, or in 32-bit integers where both factors are int8. Four bytes of depth are one step of a product in
 * every kind: one number of fp32, two of bf16, four of int8. Weights lie as torch has them, (outputs, inputs), once; a
 * panel of their columns or rows is brought into the order that a product reads while it is in the cache.
 */
#ifndef TUNECARD_FROZEN_H
#define TUNECARD_FROZEN_H

#include <stdint.h>

/* Rows of one factor. int8: row i stands for scales[i] * codes; `shifts` are 128 times the sums of its codes. */
struct factor {
    const void *values;
    const float *scales;
    const int32_t *shifts;
    int64_t row; /* bytes from row to row */
};

/* out = a W^T or a W, rotated back, + bias, + low_scale low b_across, through GELU, + added, times `times`; each where given. */
struct frozen {
    struct factor a; /* (rows, depth) */
    const void *weight;
    int64_t weight_row; /* bytes from row to row */
    int64_t rows, columns, depth;
    int kind;     /* of both factors */
    int is_across; /* 0: the weight is (columns, depth); 1: (depth, columns) */
    int rotates; /* int8: sums are of a weight whose columns are rotated (hadamard.h), and are rotated back */
    const float *weight_scales; /* (columns), int8 and not across: across, they are in `a` already */
    const float *bias; /* (columns) */
    const float *low, *b_across; /* (rows, rank), (rank, columns) */
    int64_t rank;
    float low_scale;
    void *slope; /* as `out`: GELU is applied, and its slope written here; NULL: not wanted */
    int activates;
    const void *times; /* as `out` */
    const float *added; /* (rows, columns) in fp32, added_row apart; `out` itself: the product is added to it */
    int64_t added_row, out_row; /* elements */
    void *out;
    int out_kind;
};

#define MOST_PRODUCTS 4

/* Several products at once: what one has too little of for all threads, its neighbour has. Up to MOST_PRODUCTS; 0: no memory. */
int multiply_frozen(const struct frozen *products, long count);

#endif
