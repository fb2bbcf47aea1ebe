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

/* A of (rows, depth) with any strides, B of (depth, columns) and C of (rows, columns) with contiguous columns. */
struct matrices {
    const float *a;
    long a_row, a_depth;
    const float *b;
    long b_row;
    float *c;
    long c_row;
    int adds; /* to what C holds */
};

INLINE void multiply_tile(const struct matrices *m, long row, long column, long depth, const int rows, const int vectors) {
    floats sums[TILE_ROWS][TILE_VECTORS];
#pragma GCC unroll 6
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            sums[i][v] = m->adds ? *(floats *)(m->c + (row + i) * m->c_row + column + v * LANES) : (floats){0};
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

INLINE void multiply_columns(const struct matrices *m, long rows, long column, long depth, const int vectors) {
    long row = 0;
    for (; row + TILE_ROWS <= rows; row += TILE_ROWS) multiply_tile(m, row, column, depth, TILE_ROWS, vectors);
    switch (rows - row) { /* a tile for every rest: row by row, each product would wait for the one before */
    case 5: multiply_tile(m, row, column, depth, 5 < TILE_ROWS ? 5 : 1, vectors); break;
    case 4: multiply_tile(m, row, column, depth, 4 < TILE_ROWS ? 4 : 1, vectors); break;
    case 3: multiply_tile(m, row, column, depth, 3, vectors); break;
    case 2: multiply_tile(m, row, column, depth, 2, vectors); break;
    case 1: multiply_tile(m, row, column, depth, 1, vectors); break;
    }
}

/* C = A B, or C += A B; `columns` is a multiple of 16. */
static void multiply(const struct matrices *m, long rows, long columns, long depth) {
    long column = 0;
    for (; column + TILE_VECTORS * LANES <= columns; column += TILE_VECTORS * LANES)
        multiply_columns(m, rows, column, depth, TILE_VECTORS);
#if TILE_VECTORS == 4
    switch ((columns - column) / LANES) {
    case 3: multiply_columns(m, rows, column, depth, 3); break;
    case 2: multiply_columns(m, rows, column, depth, 2); break;
    case 1: multiply_columns(m, rows, column, depth, 1); break;
    }
#endif
}

#endif
