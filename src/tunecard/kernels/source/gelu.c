/* GELU with the exact normal distribution, and in the same pass its slope, with which the backward pass multiplies. */
#include "gelu.h"
#include "parallel.h"

#define BLOCK 8192 /* elements an item of work */

struct gelu {
    const void *x;
    void *out, *slope; /* slope may be NULL */
    int64_t count, kind; /* count is a multiple of 16 */
};

static int activate(void *job, long block) {
    const struct gelu *of = job;
    for (long i = block * BLOCK; i < (block + 1) * BLOCK && i < of->count; i += LANES) {
        floats slope;
        store(of->out, i, of->kind, activated(load(of->x, i, of->kind), &slope));
        if (of->slope) store(of->slope, i, of->kind, slope);
    }
    return 1;
}

int tunecard_gelu(struct gelu *of) { return for_each((of->count + BLOCK - 1) / BLOCK, activate, of); }
