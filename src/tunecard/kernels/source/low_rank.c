/* A low-rank update of some columns, s B A dropout(x): products too skinny for a library, and dropout, in one pass each.
 */
#include "low_rank.h"

#include "parallel.h"
#include "products.h"

#define BLOCK 8 /* rows that go through together */

static long blocks(long count) { return (count + BLOCK - 1) / BLOCK; }

static long chunks(long columns) { return (columns + DRAWS - 1) / DRAWS; }

/* Up to 128 columns of a row, `chunk` of them, through dropout; the factors are kept where asked for. */
INLINE void read_dropped(const struct low_rank *of, long row, long chunk, float *to, float *kept) {
    floats factors[8];
    int drops = of->dropout.keep_below < 65536;
    if (drops) draw_factors(&of->dropout, row, chunk, factors);
    long first = chunk * DRAWS, vectors = least_of(DRAWS, of->inputs - first) / LANES;
    for (long v = 0; v < vectors; v++) {
        floats factor = drops ? factors[v] : all(1);
        *(floats *)(to + v * LANES) = load(of->x, row * of->x_row + first + v * LANES, of->kind) * factor;
        if (kept) *(floats *)(kept + v * LANES) = factor;
    }
}

static int lower_block(void *job, long block) {
    const struct low_rank *of = job;
    long first = block * BLOCK, rows = least_of(BLOCK, of->rows - first);
    float *x = scratch(BLOCK * of->inputs);
    if (!x) return 0;
    for (long i = 0; i < rows; i++)
        for (long chunk = 0; chunk < chunks(of->inputs); chunk++)
            read_dropped(of, first + i, chunk, x + i * of->inputs + chunk * DRAWS, NULL);
    dot_rows(x, of->inputs, of->a, rows, of->rank, of->inputs, 1, of->low + first * of->rank);
    return 1;
}

static int update(void *job, long block) {
    const struct low_rank *of = job;
    long first = block * BLOCK, rows = least_of(BLOCK, of->rows - first);
    if (!lower_block(job, block)) return 0;
    float *added = scratch(BLOCK * of->outputs), *low = of->low + first * of->rank;
    if (!added) return 0;
    struct matrices m = {low, of->rank, 1, of->b_across, of->outputs, added, of->outputs, NULL, 0};
    multiply(&m, rows, of->outputs, of->rank);
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < of->outputs; j += LANES) {
            long at = (first + i) * of->out_row + j;
            floats sum = *(floats *)(added + i * of->outputs + j) * (float)of->scaling;
            store(of->out, at, of->kind, load(of->out, at, of->kind) + sum);
        }
    return 1;
}

static int differentiate_low(void *job, long block) {
    const struct low_rank *of = job;
    long first = block * BLOCK, rows = least_of(BLOCK, of->rows - first);
    float *grad = scratch(BLOCK * of->outputs);
    if (!grad) return 0;
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < of->outputs; j += LANES)
            *(floats *)(grad + i * of->outputs + j) = load(of->grad, (first + i) * of->grad_row + j, of->kind);
    dot_rows(grad, of->outputs, of->b_across, rows, of->rank, of->outputs, of->scaling, of->grad_low + first * of->rank);
    return 1;
}

/* 128 columns of A's gradient, and of the input's. */
static int differentiate_inputs(void *job, long chunk) {
    const struct low_rank *of = job;
    long column = chunk * DRAWS, width = least_of(DRAWS, of->inputs - column);
    float x[BLOCK * DRAWS], kept[BLOCK * DRAWS], through[BLOCK * DRAWS];
    for (long first = 0; first < of->rows; first += BLOCK) {
        long rows = least_of(BLOCK, of->rows - first);
        for (long i = 0; i < rows; i++) read_dropped(of, first + i, chunk, x + i * DRAWS, kept + i * DRAWS);
        const float *grad_low = of->grad_low + first * of->rank;
        struct matrices m = {grad_low, 1, of->rank, x, DRAWS, of->grad_a + column, of->inputs, of->grad_a + column, of->inputs};
        multiply(&m, of->rank, width, rows);
        if (!of->grad_x) continue;
        struct matrices back = {grad_low, of->rank, 1, of->a + column, of->inputs, through, DRAWS, NULL, 0};
        multiply(&back, rows, width, of->rank);
        for (long i = 0; i < rows; i++)
            for (long j = 0; j < width; j += LANES) {
                long at = (first + i) * of->grad_x_row + column + j;
                floats part = *(floats *)(through + i * DRAWS + j) * *(floats *)(kept + i * DRAWS + j);
                store(of->grad_x, at, of->grad_x_kind, load(of->grad_x, at, of->grad_x_kind) + part);
            }
    }
    return 1;
}

/* 128 columns of B's gradient, across. */
static int differentiate_outputs(void *job, long chunk) {
    const struct low_rank *of = job;
    long column = chunk * DRAWS, width = least_of(DRAWS, of->outputs - column);
    float grad[BLOCK * DRAWS];
    for (long first = 0; first < of->rows; first += BLOCK) {
        long rows = least_of(BLOCK, of->rows - first);
        for (long i = 0; i < rows; i++)
            for (long j = 0; j < width; j += LANES)
                *(floats *)(grad + i * DRAWS + j) =
                    load(of->grad, (first + i) * of->grad_row + column + j, of->kind) * (float)of->scaling;
        struct matrices m = {of->low + first * of->rank, 1, of->rank, grad, DRAWS, of->grad_b_across + column, of->outputs, of->grad_b_across + column, of->outputs};
        multiply(&m, of->rank, width, rows);
    }
    return 1;
}

int tunecard_low_rank(struct low_rank *of) { return for_each(blocks(of->rows), update, of); }

int lower(struct low_rank *of) { return for_each(blocks(of->rows), lower_block, of); }

int tunecard_low_rank_backward(struct low_rank *of) {
    return for_each(blocks(of->rows), differentiate_low, of) & for_each(chunks(of->inputs), differentiate_inputs, of) &
           for_each(chunks(of->outputs), differentiate_outputs, of);
}
