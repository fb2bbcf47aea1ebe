#include "frozen.h"

#include "gelu.h"
#include "hadamard.h"
#include "parallel.h"
#include "products.h"

#define FLIP ((int32_t)0x80808080) /* codes of weights as their instruction takes them: 128 more, without a sign */
#define ROWS 6    /* a tile of so many rows */
#define VECTORS 4 /* by so many vectors: what is rotated together lies in one tile, on every processor */
#define PANEL (VECTORS * LANES) /* columns that one item of work multiplies */
#define LEAST_ROWS 96 /* an item brings a panel into order for at least so many */
#define TURNS 3 /* items a thread at least, so that all end together */

static long steps_of(const struct frozen *of) {
    return of->kind == FP32 ? of->depth : of->kind == BF16 ? of->depth / 2 : of->depth / 4;
}

INLINE floats advance(floats sums, ints weights, int32_t from, const int kind) {
#ifdef __AVX512VNNI__
    if (kind == INT8) return (floats)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)weights, _mm512_set1_epi32(from));
#else
    if (kind == INT8) {
        ints total = (ints)sums;
        for (int part = 0; part < 4; part++)
            total += ((weights >> (8 * part)) & 0xff) * (int32_t)(int8_t)(from >> (8 * part));
        return (floats)total;
    }
#endif
#ifdef __AVX512BF16__
    if (kind == BF16)
        return (floats)_mm512_dpbf16_ps((__m512)sums, (__m512bh)weights, (__m512bh)_mm512_set1_epi32(from));
#else
    if (kind == BF16) {
        ints pair = from - (ints){0};
        sums += (floats)(pair << 16) * (floats)(weights << 16);
        return sums + (floats)(pair & (int32_t)0xffff0000) * (floats)(weights & (int32_t)0xffff0000);
    }
#endif
    union { int32_t bits; float value; } number = {from};
    return sums + (floats)weights * number.value;
}

#define EACH_VECTOR _Pragma("GCC unroll 4") for (int v = 0; v < vectors; v++)

/* What follows the sums of one row of a tile. */
INLINE void finish_row(const struct frozen *of, long row, long column, const float *tile, const int vectors) {
    floats values[VECTORS];
    long at = row * of->out_row + column;
    EACH_VECTOR values[v] = *(const floats *)(tile + v * LANES);
    if (of->kind == INT8) {
        float scale = of->a.scales[row];
        int32_t shift = of->a.shifts[row];
        EACH_VECTOR values[v] = __builtin_convertvector((ints)values[v] - shift, floats) * scale;
        if (of->weight_scales) EACH_VECTOR values[v] *= *(const floats *)(of->weight_scales + column + v * LANES);
        if (of->rotates) rotate(values, vectors, of->columns);
    }
    if (of->bias) EACH_VECTOR values[v] += *(const floats *)(of->bias + column + v * LANES);
    for (long r = 0; r < of->rank; r++) {
        float low = of->low[row * of->rank + r] * of->low_scale;
        EACH_VECTOR values[v] += *(const floats *)(of->b_across + r * of->columns + column + v * LANES) * low;
    }
    if (of->activates)
        EACH_VECTOR {
            floats slope;
            values[v] = activated(values[v], &slope);
            if (of->slope) store(of->slope, at + v * LANES, of->out_kind, slope);
        }
    if (of->added) EACH_VECTOR values[v] += *(const floats *)(of->added + row * of->added_row + column + v * LANES);
    if (of->times) EACH_VECTOR values[v] *= load(of->times, at + v * LANES, of->out_kind);
    EACH_VECTOR store(of->out, at + v * LANES, of->out_kind, values[v]);
}

static void finish_wide(const struct frozen *of, long row, long column, const float *tile, long rows) {
    for (long i = 0; i < rows; i++) finish_row(of, row + i, column, tile + i * VECTORS * LANES, VECTORS);
}

static void finish_narrow(const struct frozen *of, long row, long column, const float *tile, long rows) {
    for (long i = 0; i < rows; i++) finish_row(of, row + i, column, tile + i * VECTORS * LANES, 1);
}

/* Rows behind `stop` are the last one again: their sums are not finished. */
INLINE void multiply_tile_of(const struct frozen *of, const int32_t *panel, long row, long stop, long column, const int vectors, const int kind) {
    floats sums[ROWS][VECTORS];
    const int32_t *a[ROWS];
#pragma GCC unroll 6
    for (int i = 0; i < ROWS; i++) {
        a[i] = (const int32_t *)((const char *)of->a.values + least_of(row + i, stop - 1) * of->a.row);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) sums[i][v] = (floats){0};
    }
    for (long k = 0, steps = steps_of(of); k < steps; k++, panel += vectors * LANES) {
        ints part[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) part[v] = *(const ints *)(panel + v * LANES);
#pragma GCC unroll 6
        for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) sums[i][v] = advance(sums[i][v], part[v], a[i][k], kind);
    }
    float tile[ROWS * VECTORS * LANES] __attribute__((aligned(64)));
#pragma GCC unroll 6
    for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) *(floats *)(tile + (i * VECTORS + v) * LANES) = sums[i][v];
    (vectors > 1 ? finish_wide : finish_narrow)(of, row, column, tile, least_of(ROWS, stop - row));
}

INLINE void multiply_panel_of(const struct frozen *of, const int32_t *panel, long row, long stop, long column, const int vectors, const int kind) {
    for (; row < stop; row += ROWS) multiply_tile_of(of, panel, row, stop, column, vectors, kind);
}

#define SWITCHED(vectors)                                                                          \
    switch (of->kind) {                                                                            \
    case FP32: multiply_panel_of(of, panel, row, stop, column, vectors, FP32); break;              \
    case BF16: multiply_panel_of(of, panel, row, stop, column, vectors, BF16); break;              \
    default: multiply_panel_of(of, panel, row, stop, column, vectors, INT8);                       \
    }

static void multiply_wide(const struct frozen *of, const int32_t *panel, long row, long stop, long column) {
    SWITCHED(VECTORS)
}

static void multiply_narrow(const struct frozen *of, const int32_t *panel, long row, long stop, long column) {
    SWITCHED(1)
}

/* Step k of column c: the four bytes of depth that begin at 4 k, of weight row `column + c`. */
static void order_rows(const struct frozen *of, long column, long vectors, int32_t *panel) {
    long steps = steps_of(of);
    ints flip = (ints){0} + (of->kind == INT8 ? FLIP : 0);
    for (long v = 0; v < vectors; v++)
        for (long k = 0; k < steps; k += LANES) {
            floats square[LANES];
            long count = least_of(LANES, steps - k);
            for (int i = 0; i < LANES; i++) {
                const char *from = (const char *)of->weight + (column + v * LANES + i) * of->weight_row + 4 * k;
                if (count == LANES)
                    square[i] = *(const floats *)from;
                else {
                    square[i] = (floats){0};
                    __builtin_memcpy(&square[i], from, 4 * count);
                }
            }
            turn_square(square);
            for (long i = 0; i < count; i++) *(ints *)(panel + ((k + i) * vectors + v) * LANES) = (ints)square[i] ^ flip;
        }
}

#ifdef __AVX512BW__
#define WOVEN(how, a, b) (__m512i) _mm512_##how((__m512i)(a), (__m512i)(b))

/* Four rows of 64 bytes to 64 columns of four: woven inside lanes of 128 bits, then the lanes are brought into order. */
INLINE void weave(const char *from, long row, ints flip, int32_t *panel) {
    __m512i r[4], q[4];
    for (int i = 0; i < 4; i++) r[i] = _mm512_loadu_si512(from + i * row);
    __m512i low = WOVEN(unpacklo_epi8, r[0], r[1]), high = WOVEN(unpackhi_epi8, r[0], r[1]);
    __m512i low2 = WOVEN(unpacklo_epi8, r[2], r[3]), high2 = WOVEN(unpackhi_epi8, r[2], r[3]);
    q[0] = WOVEN(unpacklo_epi16, low, low2), q[1] = WOVEN(unpackhi_epi16, low, low2);
    q[2] = WOVEN(unpacklo_epi16, high, high2), q[3] = WOVEN(unpackhi_epi16, high, high2);
    __m512i a = _mm512_shuffle_i32x4(q[0], q[1], 0x44), b = _mm512_shuffle_i32x4(q[2], q[3], 0x44);
    __m512i c = _mm512_shuffle_i32x4(q[0], q[1], 0xee), d = _mm512_shuffle_i32x4(q[2], q[3], 0xee);
    *(ints *)panel = (ints)_mm512_shuffle_i32x4(a, b, 0x88) ^ flip;
    *(ints *)(panel + LANES) = (ints)_mm512_shuffle_i32x4(a, b, 0xdd) ^ flip;
    *(ints *)(panel + 2 * LANES) = (ints)_mm512_shuffle_i32x4(c, d, 0x88) ^ flip;
    *(ints *)(panel + 3 * LANES) = (ints)_mm512_shuffle_i32x4(c, d, 0xdd) ^ flip;
}
#endif

/* Step k of weight column `place`: a number of each of the rows that the step takes. */
INLINE ints woven_step(const struct frozen *of, long k, long place) {
    const char *from = (const char *)of->weight;
    if (of->kind == FP32) return *(const ints *)(from + k * of->weight_row + 4 * place);
    words joined = {0};
    if (of->kind == BF16) {
        from += 2 * k * of->weight_row + 2 * place;
        joined = __builtin_convertvector(*(const halves *)(from + of->weight_row), words) << 16;
        return (ints)(joined | __builtin_convertvector(*(const halves *)from, words));
    }
    from += 4 * k * of->weight_row + place;
    for (int part = 3; part >= 0; part--)
        joined = (joined << 8) | __builtin_convertvector(*(const bytes *)(from + part * of->weight_row), words);
    return (ints)joined ^ FLIP;
}

static void order_columns(const struct frozen *of, long column, long vectors, int32_t *panel) {
    for (long k = 0, steps = steps_of(of); k < steps; k++, panel += vectors * LANES) {
#ifdef __AVX512BW__
        if (of->kind == INT8 && vectors == 4) {
            weave((const char *)of->weight + 4 * k * of->weight_row + column, of->weight_row, (ints){0} + FLIP, panel);
            continue;
        }
#endif
        for (long v = 0; v < vectors; v++) *(ints *)(panel + v * LANES) = woven_step(of, k, column + v * LANES);
    }
}

/* One panel of columns by some rows. */
static void multiply_item(const struct frozen *of, long panel_number, long row, long stop) {
    long column = panel_number * PANEL, left = of->columns - column;
    long vectors = left < PANEL ? 1 : VECTORS;
    int32_t *panel = (int32_t *)scratch(vectors * LANES * steps_of(of));
    for (; column < least_of(of->columns, (panel_number + 1) * PANEL); column += vectors * LANES) {
        if (of->is_across)
            order_columns(of, column, vectors, panel);
        else
            order_rows(of, column, vectors, panel);
        if (vectors > 1)
            multiply_wide(of, panel, row, stop, column);
        else
            multiply_narrow(of, panel, row, stop, column);
    }
}

static long panels_of(const struct frozen *of) { return (of->columns + PANEL - 1) / PANEL; }

struct plan {
    const struct frozen *products;
    long count;
    long firsts[MOST_PRODUCTS + 1], rows[MOST_PRODUCTS]; /* items before each product; rows of an item */
};

static int multiply_planned(void *job, long item) {
    const struct plan *plan = job;
    long number = 0;
    while (item >= plan->firsts[number + 1]) number++;
    const struct frozen *of = &plan->products[number];
    long panels = panels_of(of), within = item - plan->firsts[number];
    long row = within / panels * plan->rows[number];
    if (!scratch(PANEL * steps_of(of))) return 0;
    multiply_item(of, within % panels, row, least_of(row + plan->rows[number], of->rows));
    return 1;
}

/* Sums do not depend on how many rows an item has: each row of a panel is summed on its own. */
int multiply_frozen(const struct frozen *products, long count) {
    struct plan plan = {products, count, {0}, {0}};
    long panels = 0, least = threads() > 1 ? TURNS * threads() : 1;
    for (long i = 0; i < count; i++) panels += panels_of(&products[i]);
    for (long i = 0; i < count; i++) {
        long parts = (least + panels - 1) / panels, rows = (products[i].rows + parts - 1) / parts;
        rows = rows < LEAST_ROWS ? LEAST_ROWS : rows;
        plan.rows[i] = (rows + ROWS - 1) / ROWS * ROWS;
        plan.firsts[i + 1] = plan.firsts[i] + panels_of(&products[i]) * ((products[i].rows + plan.rows[i] - 1) / plan.rows[i]);
    }
    return for_each(plan.firsts[count], multiply_planned, &plan);
}

int tunecard_multiply(const struct frozen *product) { return multiply_frozen(product, 1); }

/* Bit k: kind k has instructions of its own here. */
int tunecard_multiplies(void) {
    int kinds = 0;
#ifdef __AVX512F__
    kinds |= 1 << FP32;
#endif
#ifdef __AVX512BF16__
    kinds |= 1 << BF16;
#endif
#ifdef __AVX512VNNI__
    kinds |= 1 << INT8;
#endif
    return kinds;
}
