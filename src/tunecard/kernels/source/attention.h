/* Softmax attention inside each packed row. */
#ifndef TUNECARD_ATTENTION_H
#define TUNECARD_ATTENTION_H

#include "threefry.h"

/* Tensors are (tokens, heads, width), heads one after the other, `_row` elements from token to token. */
struct attention {
    const void *query, *key, *value, *out, *grad_out;
    void *grad_query, *grad_key, *grad_value;
    float *log_sums; /* (queries, heads) */
    const int64_t *starts; /* (rows + 1) first token of each row */
    int64_t query_row, key_row, value_row, out_row, grad_out_row, grad_query_row, grad_key_row, grad_value_row;
    int64_t rows, heads, width, window, asks_first, kind;
    double scaling;
    struct dropout dropout;
};

/* 0: no memory. */
int tunecard_attend(struct attention *of);

int tunecard_attend_backward(struct attention *of);

#endif
