/* norm(residual + dropout(x)) of each token, forward and backward, in one pass over memory. */
#include "residual_norm.h"

#include <math.h>

#include "parallel.h"

#define BLOCK 8 /* tokens an item of work */

INLINE floats *at(const float *matrix, long row, long width, long column) { return (floats *)(matrix + row * width + column); }

INLINE void factors_of(const struct residual_norm *of, long row, long column, floats factors[8]) {
    if (column % DRAWS) return;
    if (of->dropout.keep_below < 65536)
        draw_factors(&of->dropout, row, column / DRAWS, factors);
    else
        for (int v = 0; v < 8; v++) factors[v] = all(1);
}

static void normalise(const struct residual_norm *of, long row) {
    long width = of->width;
    floats factors[8], total = {0}, squares = {0};
    for (long i = 0; i < width; i += LANES) {
        factors_of(of, row, i, factors);
        floats sum = *at(of->residual, row, width, i) + load(of->x, row * width + i, of->kind) * factors[i / LANES % 8];
        *at(of->sum, row, width, i) = sum;
        total += sum;
    }
    float mean = sum_of(total) / width;
    for (long i = 0; i < width; i += LANES) {
        floats off = *at(of->sum, row, width, i) - mean;
        squares += off * off;
    }
    float deviation = 1 / sqrtf(sum_of(squares) / width + (float)of->epsilon);
    for (long i = 0; i < width; i += LANES) {
        floats out = (*at(of->sum, row, width, i) - mean) * deviation * *at(of->weight, 0, 0, i) + *at(of->bias, 0, 0, i);
        *at(of->out, row, width, i) = out;
        if (of->short_out) store(of->short_out, row * width + i, BF16, out);
    }
    if (of->rounded.values) round_row(&of->rounded, of->out, FP32, row, width);
    of->mean[row] = mean;
    of->deviation[row] = deviation;
}

static void differentiate(const struct residual_norm *of, long row) {
    long width = of->width;
    float mean = of->mean[row], deviation = of->deviation[row];
    floats total = {0}, along = {0}, factors[8];
    for (long i = 0; i < width; i += LANES) {
        floats grad = *at(of->grad_out, row, width, i) * *at(of->weight, 0, 0, i);
        total += grad;
        along += grad * (*at(of->sum, row, width, i) - mean);
    }
    float level = sum_of(total) / width, slope = sum_of(along) * deviation * deviation / width;
    for (long i = 0; i < width; i += LANES) {
        factors_of(of, row, i, factors);
        floats grad = *at(of->grad_out, row, width, i) * *at(of->weight, 0, 0, i);
        floats through = (grad - level - (*at(of->sum, row, width, i) - mean) * slope) * deviation;
        *at(of->grad_residual, row, width, i) = through;
        store(of->grad_x, row * width + i, of->kind, through * factors[i / LANES % 8]);
    }
    if (of->rounded.values) round_row(&of->rounded, of->grad_x, of->kind, row, width);
}

static int normalise_block(void *job, long block) {
    const struct residual_norm *of = job;
    for (long row = block * BLOCK; row < (block + 1) * BLOCK && row < of->rows; row++) normalise(of, row);
    return 1;
}

static int differentiate_block(void *job, long block) {
    const struct residual_norm *of = job;
    for (long row = block * BLOCK; row < (block + 1) * BLOCK && row < of->rows; row++) differentiate(of, row);
    return 1;
}

int tunecard_residual_norm(struct residual_norm *of) {
    return for_each((of->rows + BLOCK - 1) / BLOCK, normalise_block, of);
}

int tunecard_residual_norm_backward(struct residual_norm *of) {
    return for_each((of->rows + BLOCK - 1) / BLOCK, differentiate_block, of);
}
