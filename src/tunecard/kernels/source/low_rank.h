/* A low-rank update of some columns, s B A dropout(x). */
#ifndef TUNECARD_LOW_RANK_H
#define TUNECARD_LOW_RANK_H

#include "threefry.h"

struct low_rank {
    const void *x;    /* (rows, inputs), x_row elements apart */
    void *out;        /* (rows, outputs): the columns that are updated, forward only */
    const void *grad; /* the gradient of those columns */
    void *grad_x;     /* (rows, inputs), of grad_x_kind, added to; NULL: nobody asks */
    const float *a, *b_across; /* (rank, inputs), (rank, outputs) */
    float *low, *grad_low;     /* (rows, rank) dropout(x) A^T, and s grad B */
    float *grad_a, *grad_b_across; /* as a and b_across, zeros at first */
    int64_t x_row, out_row, grad_row, grad_x_row, rows, inputs, outputs, rank, kind, grad_x_kind;
    double scaling;
    struct dropout dropout;
};

/* 0: no memory. */
int tunecard_low_rank(struct low_rank *of);

/* `low` alone, for who adds the update itself. */
int lower(struct low_rank *of);

int tunecard_low_rank_backward(struct low_rank *of);

#endif
