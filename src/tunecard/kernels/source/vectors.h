/* Sixteen floats at a time: what the compiler makes of them (AVX-512, AVX2, NEON) is its own affair.
 *
 * Tensors come in fp32 or bf16 and are computed in fp32 throughout; `kind` says which, as in kernels/calls.py.
 */
#ifndef TUNECARD_VECTORS_H
#define TUNECARD_VECTORS_H

#include <stdint.h>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

typedef float floats __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t ints __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint8_t bytes __attribute__((vector_size(16), aligned(1), may_alias));
typedef int8_t signs __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint16_t halves __attribute__((vector_size(32), aligned(2), may_alias));

enum kind { FP32 = 0, BF16 = 1, INT8 = 2 };

/* Keeps a value in a register where the compiler would read it from memory for each product that it is in. */
#ifdef __AVX512F__
#define HELD(value) __asm__("" : "+v"(value))
#else
#define HELD(value) ((void)0)
#endif

INLINE floats all(float value) { return value - (floats){0}; }

INLINE floats choose(ints where, floats yes, floats no) {
    return (floats)(((ints)yes & where) | ((ints)no & ~where));
}

#ifdef __AVX512F__
INLINE floats least(floats a, floats b) { return (floats)_mm512_min_ps((__m512)a, (__m512)b); }

INLINE floats largest(floats a, floats b) { return (floats)_mm512_max_ps((__m512)a, (__m512)b); }
#else
INLINE floats least(floats a, floats b) { return choose(a < b, a, b); }

INLINE floats largest(floats a, floats b) { return choose(a > b, a, b); }
#endif

INLINE floats load(const void *at, long element, int kind) {
    if (kind == FP32) return *(const floats *)((const float *)at + element);
    words wide = __builtin_convertvector(*(const halves *)((const uint16_t *)at + element), words);
    return (floats)(wide << 16);
}

/* To the nearest, ties to even, as torch rounds; what is not a number stays none. */
INLINE void store(void *at, long element, int kind, floats values) {
    if (kind == FP32) {
        *(floats *)((float *)at + element) = values;
        return;
    }
#ifdef __AVX512BF16__
    *(halves *)((uint16_t *)at + element) = (halves)_mm512_cvtneps_pbh((__m512)values);
#else
    words bits = (words)values;
    words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    words is_nan = (words)(values != values);
    rounded = (rounded & ~is_nan) | (0x7fc0u & is_nan);
    *(halves *)((uint16_t *)at + element) = __builtin_convertvector(rounded, halves);
#endif
}

INLINE float sum_of(floats values) {
    float total = 0;
    for (int lane = 0; lane < LANES; lane++) total += values[lane];
    return total;
}

INLINE float largest_of(floats values) {
    float top = values[0];
    for (int lane = 1; lane < LANES; lane++) top = values[lane] > top ? values[lane] : top;
    return top;
}

/* e to the x: 2^n times a Taylor polynomial on [-ln2/2, ln2/2]; relative error below 2e-7. Below -87 it is 0: what came
 * of the smallest normal number would be subnormal, and some processors take a hundred times as long for those. */
INLINE floats exponential(floats x) {
    floats given = x;
    x = least(largest(x, all(-87.0f)), all(88.0f));
    floats shifted = x * 1.44269504f + 12582912.0f; /* 1.5 * 2^23: the fraction falls off, the integer stays below */
    ints power = (ints)shifted - 0x4b400000;
    floats n = __builtin_convertvector(power, floats);
    floats r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    floats y = all(1.9841270e-4f);
    y = y * r + 1.3888889e-3f;
    y = y * r + 8.3333333e-3f;
    y = y * r + 4.1666667e-2f;
    y = y * r + 1.6666667e-1f;
    y = y * r + 0.5f;
    y = y * r + 1.0f;
    y = y * r + 1.0f;
    y = choose(given < -87.0f, (floats){0}, y * (floats)((power + 127) << 23));
    return choose(given == given, y, given);
}

#ifdef __clang__
#define MIXED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIXED(a, b, ...) __builtin_shuffle(a, b, (ints){__VA_ARGS__})
#endif

INLINE void exchange(floats *a, floats *b, const int step) {
    floats low, high;
    if (step == 1) {
        low = MIXED(*a, *b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
        high = MIXED(*a, *b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    } else if (step == 2) {
        low = MIXED(*a, *b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
        high = MIXED(*a, *b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    } else if (step == 4) {
        low = MIXED(*a, *b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
        high = MIXED(*a, *b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    } else {
        low = MIXED(*a, *b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        high = MIXED(*a, *b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    }
    *a = low;
    *b = high;
}

/* A matrix of 16 by 16 across, in registers. */
INLINE void turn_square(floats square[LANES]) {
#pragma GCC unroll 4
    for (int step = 1; step < LANES; step *= 2)
#pragma GCC unroll 16
        for (int i = 0; i < LANES; i++)
            if (!(i & step)) exchange(&square[i], &square[i + step], step);
}

#endif
