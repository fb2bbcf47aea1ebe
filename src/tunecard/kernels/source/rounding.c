#include "rounding.h"

#include "parallel.h"

#define BLOCK 8 /* rows an item of work */
#define STRETCH 8192 /* numbers an item of work */

struct rows {
    struct rounded to;
    const void *from;
    int64_t rows, width, kind;
};

static int round_block(void *job, long block) {
    const struct rows *of = job;
    for (long row = block * BLOCK; row < (block + 1) * BLOCK && row < of->rows; row++)
        round_row(&of->to, of->from, of->kind, row, of->width);
    return 1;
}

int tunecard_round_rows(struct rows *of) { return for_each((of->rows + BLOCK - 1) / BLOCK, round_block, of); }

void round_rows(const struct rounded *to, const void *from, int kind, long rows, long width) {
    struct rows of = {*to, from, rows, width, kind};
    tunecard_round_rows(&of);
}

struct stretch {
    const float *from;
    uint16_t *to;
    long count;
};

static int shorten_stretch(void *job, long item) {
    const struct stretch *of = job;
    for (long i = item * STRETCH; i < (item + 1) * STRETCH && i < of->count; i += LANES)
        store(of->to, i, BF16, *(const floats *)(of->from + i));
    return 1;
}

void shorten(const float *from, uint16_t *to, long count) {
    struct stretch of = {from, to, count};
    for_each((count + STRETCH - 1) / STRETCH, shorten_stretch, &of);
}
