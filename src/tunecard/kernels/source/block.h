/* One block of an encoder as BERT has it, forward and backward: attention, feed-forward, and a norm behind each.
 *
 *     n = norm(x + dropout(O attention(Q x, K x, V x)))        out = norm(n + dropout(D gelu(U n)))
 *
 * Every linear layer is frozen and may carry a low-rank update. Products are in `factors`, what lies between them is
 * stored in `type`; x, out, sums, norms and what learns are in fp32.
 */
#ifndef TUNECARD_BLOCK_H
#define TUNECARD_BLOCK_H

#include <stdint.h>

/* y = W x + b + scaling B A dropout(x); W (outputs, inputs) as frozen.h wants it, A (rank, inputs), B (outputs, rank). */
struct layer {
    const void *weight;
    const float *weight_scales, *bias; /* (outputs) */
    const float *a, *b;
    float *grad_a, *grad_b_across; /* (rank, inputs), (rank, outputs); zeros at first */
    int64_t outputs, inputs, rank; /* rank 0: no update */
    double scaling, p;
};

struct norm {
    const float *weight, *bias;
    double epsilon, p; /* p: of the dropout before it */
};

enum layer_number { QUERY, KEY, VALUE, OUTPUT, UP, DOWN, LAYERS };

struct block {
    struct layer layers[LAYERS];
    struct norm norms[2];
    const float *x; /* (tokens, width) */
    float *out;     /* (asking, width) */
    char *kept;     /* what the backward pass needs; NULL: there is none, and it lies in `work` */
    char *work;     /* what nobody needs afterwards */
    const int64_t *starts; /* (rows + 1) */
    const float *grad_out;
    float *grad_x; /* NULL: nobody asks */
    int64_t tokens, rows, width, inner, heads;
    int64_t asks_first; /* only the first token of each row asks, and `out` is of those */
    int64_t factors, type; /* kinds */
    uint64_t seed;
    double scaling, p; /* of the scores, of the dropout of probabilities */
};

/* Bytes of `kept` and of `work`, forward and backward. */
void tunecard_block_bytes(const struct block *of, int64_t *kept, int64_t *work);

/* 0: no memory. */
int tunecard_block(const struct block *of);

int tunecard_block_backward(const struct block *of);

#endif
