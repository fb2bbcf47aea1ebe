/* Products of small matrices in fp32, tile by tile in registers: what is left of attention and LoRA inside one thread. */
#ifndef TUNECARD_PRODUCTS_H
#define TUNECARD_PRODUCTS_H

#include "vectors.h"

#ifdef __AVX512F__
#define TILE_ROWS 6
#define TILE_VECTORS 4
#else
#define TILE_ROWS 4
#define TILE_VECTORS 1
#endif

/* A of (rows, depth) with any strides, B of (depth, columns) and C of (rows, columns) with contiguous columns. Sums start
 * from `start`, whose rows are start_row apart (C itself: the product is added; 0: one row for all), or from nothing. */
struct matrices {
    const float *a;
    long a_row, a_depth;
    const float *b;
    long b_row;
    float *c;
    long c_row;
    const float *start;
    long start_row;
};

INLINE void multiply_tile(const struct matrices *m, long row, long column, long depth, const int rows, const int vectors) {
    floats sums[TILE_ROWS][TILE_VECTORS];
#pragma GCC unroll 6
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            sums[i][v] = m->start ? *(const floats *)(m->start + (row + i) * m->start_row + column + v * LANES) : (floats){0};
    const float *a = m->a + row * m->a_row, *b = m->b + column;
    for (long k = 0; k < depth; k++, a += m->a_depth, b += m->b_row) {
        floats part[TILE_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) part[v] = *(const floats *)(b + v * LANES);
#pragma GCC unroll 6
        for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) sums[i][v] += a[i * m->a_row] * part[v];
    }
#pragma GCC unroll 6
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) *(floats *)(m->c + (row + i) * m->c_row + column + v * LANES) = sums[i][v];
}

INLINE void multiply_rows(const struct matrices *m, long row, long columns, long depth, const int rows) {
    long column = 0;
    for (; column + TILE_VECTORS * LANES <= columns; column += TILE_VECTORS * LANES)
        multiply_tile(m, row, column, depth, rows, TILE_VECTORS);
#if TILE_VECTORS == 4
    switch ((columns - column) / LANES) {
    case 3: multiply_tile(m, row, column, depth, rows, 3); break;
    case 2: multiply_tile(m, row, column, depth, rows, 2); break;
    case 1: multiply_tile(m, row, column, depth, rows, 1); break;
    }
#endif
}

/* C = start + A B; `columns` is a multiple of 16. Row by row of tiles, so that C is gone through in order. */
static void multiply(const struct matrices *m, long rows, long columns, long depth) {
    long row = 0;
    for (; row + TILE_ROWS <= rows; row += TILE_ROWS) multiply_rows(m, row, columns, depth, TILE_ROWS);
    switch (rows - row) { /* a tile for every rest: row by row, each product would wait for the one before */
    case 5: multiply_rows(m, row, columns, depth, 5 < TILE_ROWS ? 5 : 1); break;
    case 4: multiply_rows(m, row, columns, depth, 4 < TILE_ROWS ? 4 : 1); break;
    case 3: multiply_rows(m, row, columns, depth, 3); break;
    case 2: multiply_rows(m, row, columns, depth, 2); break;
    case 1: multiply_rows(m, row, columns, depth, 1); break;
    }
}

static inline long least_of(long a, long b) { return a < b ? a : b; }

/* out[i][j] = scale * <a_i, b_j>: (rows, depth), its rows a_row apart, by (count, depth). */
__attribute__((unused)) static void dot_rows(const float *a, long a_row, const float *b, long rows, long count, long depth, float scale, float *out) {
    for (long i = 0; i < rows; i += 4)
        for (long j = 0; j < count; j += 4) {
            floats sums[4][4] = {{{0}}};
            const float *of_a[4], *of_b[4];
            for (int s = 0; s < 4; s++) { /* behind the end the last one again; it is not written */
                of_a[s] = a + least_of(i + s, rows - 1) * a_row;
                of_b[s] = b + least_of(j + s, count - 1) * depth;
            }
            for (long k = 0; k < depth; k += LANES) {
                floats right[4];
#pragma GCC unroll 4
                for (int t = 0; t < 4; t++) {
                    right[t] = *(const floats *)(of_b[t] + k);
                    HELD(right[t]);
                }
#pragma GCC unroll 4
                for (int s = 0; s < 4; s++) {
                    floats left = *(const floats *)(of_a[s] + k);
                    HELD(left);
#pragma GCC unroll 4
                    for (int t = 0; t < 4; t++) sums[s][t] += left * right[t];
                }
            }
            turn_square(&sums[0][0]); /* lane l of vector v: lane v of sum l */
            floats total = sums[0][0];
#pragma GCC unroll 15
            for (int v = 1; v < 16; v++) total += sums[v / 4][v % 4];
            total *= scale;
            for (long s = 0; s < 4 && i + s < rows; s++)
                for (long t = 0; t < 4 && j + t < count; t++) out[(i + s) * count + j + t] = total[s * 4 + t];
        }
}

#endif
