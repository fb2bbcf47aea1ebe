/* norm(residual + dropout(x)) of each token. */
#ifndef TUNECARD_RESIDUAL_NORM_H
#define TUNECARD_RESIDUAL_NORM_H

#include "rounding.h"
#include "threefry.h"

/* (rows, width) each, rows one after the other; x and its gradient in `kind`, all else in fp32. */
struct residual_norm {
    const void *x;
    const float *residual, *weight, *bias;
    float *sum, *out, *mean, *deviation; /* deviation: (rows) 1 / standard deviation */
    const float *grad_out;
    void *grad_x;
    float *grad_residual;
    int64_t rows, width, kind;
    double epsilon;
    struct dropout dropout;
    struct rounded rounded; /* of `out` where the next product wants it so, or of grad_x; `values` NULL: not wanted */
    uint16_t *short_out; /* `out` in bf16; NULL: not wanted */
};

int tunecard_residual_norm(struct residual_norm *of);

int tunecard_residual_norm_backward(struct residual_norm *of);

#endif
