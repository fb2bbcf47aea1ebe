/* Low-rank updates of a matrix whose rows have different ones: bias + B A x, a few rows at a time. In fp32. It is written
 * before the layer's own product, which is then added: to read and write that once more would cost as much again. */
#include "parallel.h"
#include "products.h"

#define BLOCK 24 /* rows that go through together: what is read of A and B is used for all of them */

struct piece {
    int64_t first, rows; /* of x and out */
    const float *a, *b_across; /* (rank, inputs), (rank, outputs) */
    int64_t rank; /* 0: the bias alone */
};

struct low_rank_rows {
    const float *x; /* (., inputs), x_row elements apart */
    float *out;     /* (., outputs), out_row elements apart */
    const struct piece *pieces;
    const float *bias; /* (outputs), or NULL */
    int64_t x_row, out_row, count, inputs, outputs;
};

static long blocks_of(const struct piece *piece) { return (piece->rows + BLOCK - 1) / BLOCK; }

static int update_block(void *job, long block) {
    const struct low_rank_rows *of = job;
    const struct piece *piece = of->pieces;
    for (; block >= blocks_of(piece); piece++) block -= blocks_of(piece);
    long first = piece->first + block * BLOCK, rows = least_of(BLOCK, piece->rows - block * BLOCK);
    float *low = scratch(BLOCK * (piece->rank + 1));
    if (!low) return 0;
    dot_rows(of->x + first * of->x_row, of->x_row, piece->a, rows, piece->rank, of->inputs, 1, low);
    struct matrices m = {low, piece->rank, 1, piece->b_across, of->outputs, of->out + first * of->out_row, of->out_row, of->bias, 0};
    multiply(&m, rows, of->outputs, piece->rank);
    return 1;
}

int tunecard_low_rank_rows(struct low_rank_rows *of) {
    long blocks = 0;
    for (long i = 0; i < of->count; i++) blocks += blocks_of(of->pieces + i);
    return for_each(blocks, update_block, of);
}
