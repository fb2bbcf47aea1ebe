/* GELU with the exact normal distribution, and its slope. */
#ifndef TUNECARD_GELU_H
#define TUNECARD_GELU_H

#include "vectors.h"

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

INLINE floats activated(floats x, floats *slope) {
    floats density = exponential(-0.5f * x * x), share = share_below(x, density);
    *slope = share + x * density * 0.39894228f;
    return x * share;
}

#endif
