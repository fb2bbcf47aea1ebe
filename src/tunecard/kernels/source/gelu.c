/* GELU with the exact normal distribution, and in the same pass its slope, with which the backward pass multiplies. */
#include "parallel.h"
#include "vectors.h"

#define BLOCK 8192 /* elements an item of work */

struct gelu {
    const void *x;
    void *out, *slope; /* slope may be NULL */
    int64_t count, kind; /* count is a multiple of 16 */
};

/* The share of a normal distribution below x, by its density at x, e^(-x^2/2) without its factor.
 * Source: Abramowitz and Stegun 1964, 7.1.26; 8e-8 off at most. */
INLINE floats share_below(floats x, floats density) {
    floats size = (floats)((ints)x & 0x7fffffff);
    floats t = 1 / (size * (0.3275911f * 0.70710678f) + 1);
    floats y = all(0.5f * 1.061405429f);
    y = y * t + 0.5f * -1.453152027f;
    y = y * t + 0.5f * 1.421413741f;
    y = y * t + 0.5f * -0.284496736f;
    y = y * t + 0.5f * 0.254829592f;
    floats beyond = y * t * density;
    return choose(x < 0, beyond, 1 - beyond);
}

static int activate(void *job, long block) {
    const struct gelu *of = job;
    for (long i = block * BLOCK; i < (block + 1) * BLOCK && i < of->count; i += LANES) {
        floats x = load(of->x, i, of->kind);
        floats density = exponential(-0.5f * x * x), share = share_below(x, density);
        store(of->out, i, of->kind, x * share);
        if (of->slope) store(of->slope, i, of->kind, share + x * density * 0.39894228f);
    }
    return 1;
}

int tunecard_gelu(struct gelu *of) { return for_each((of->count + BLOCK - 1) / BLOCK, activate, of); }
