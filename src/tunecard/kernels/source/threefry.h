/* Random bits from a counter: whoever knows the seed draws the same mask again, so that none is stored.
 *
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", Threefry-4x32; twelve rounds pass BigCrush.
 */
#ifndef TUNECARD_THREEFRY_H
#define TUNECARD_THREEFRY_H

#include "vectors.h"

#define ROUNDS 12
#define DRAWS 128 /* 16-bit numbers a block */

/* `keep_below` of 65,536 equally likely numbers keep an element, which is then multiplied by `scale`. */
struct dropout {
    uint64_t seed;
    uint32_t keep_below;
    float scale;
};

INLINE words turn(words x, int by) { return (x << by) | (x >> (32 - by)); }

/* 4 x 16 words of block `block` in stream `stream`: lane l has counter (block, stream, l, 0). */
INLINE void draw(uint64_t seed, uint32_t stream, uint32_t block, words out[4]) {
    static const int by[8][2] = {{10, 26}, {11, 21}, {13, 27}, {23, 5}, {6, 20}, {17, 11}, {25, 10}, {18, 20}};
    const uint32_t key[5] = {(uint32_t)seed, (uint32_t)(seed >> 32), 0, 0,
                             0x1BD11BDAu ^ (uint32_t)seed ^ (uint32_t)(seed >> 32)};
    const words lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    words a = (words){0} + (block + key[0]), b = (words){0} + (stream + key[1]), c = lanes + key[2], d = (words){0} + key[3];
#pragma GCC unroll 12
    for (int round = 0; round < ROUNDS; round++) {
        a += b;
        c += d;
        words turned_b = turn(b, by[round % 8][0]) ^ a, turned_d = turn(d, by[round % 8][1]) ^ c;
        b = turned_d; /* words b and d change places from round to round */
        d = turned_b;
        if (round % 4 == 3) {
            uint32_t part = (uint32_t)round / 4 + 1;
            a += key[part % 5];
            b += key[(part + 1) % 5];
            c += key[(part + 2) % 5];
            d += key[(part + 3) % 5] + part;
        }
    }
    out[0] = a, out[1] = b, out[2] = c, out[3] = d;
}

/* What 128 neighbouring elements are multiplied by: 0 or `scale`. */
INLINE void draw_factors(const struct dropout *rule, uint32_t stream, uint32_t block, floats factors[8]) {
    words drawn[4];
    draw(rule->seed, stream, block, drawn);
    for (int part = 0; part < 4; part++) {
        ints low = (ints)((drawn[part] & 0xffffu) < rule->keep_below), high = (ints)((drawn[part] >> 16) < rule->keep_below);
        factors[2 * part] = (floats)((ints)all(rule->scale) & low);
        factors[2 * part + 1] = (floats)((ints)all(rule->scale) & high);
    }
}

#endif
