/* Where everything of a block lies in the memory that its caller gives. */
#ifndef TUNECARD_BLOCK_MEMORY_H
#define TUNECARD_BLOCK_MEMORY_H

#include "block.h"
#include "rounding.h"

/* T tokens, A asking ones. "type" is the block's; all else as declared. */
struct memory {
    /* kept */
    char *x;             /* (T, width) type: what low-rank updates read; x itself in fp32 */
    char *joint;         /* (T, 3 width) type: query, key, value; (T, 2 width) key and value where first tokens ask */
    char *query;         /* (A, width) type, where first tokens ask; else in `joint` */
    char *first_x;       /* (A, width) type: rows of `x` that ask, where first tokens do; else `x` */
    float *log_sums;     /* (A, heads) */
    char *context;       /* (A, width) type */
    float *sums[2];      /* (A, width) each norm's input */
    float *means[2], *deviations[2]; /* (A) */
    char *normed;        /* (A, width) type: input of the feed-forward; fp32 itself in fp32 */
    char *slope, *inner; /* (A, inner) type */
    float *low[LAYERS], *b_across[LAYERS]; /* (tokens that go in, rank), (rank, outputs) */
    /* work */
    float *asking;       /* (A, width) of the block's x: it itself, but where first tokens ask */
    float *residual;     /* (A, width) what the first norm gives */
    char *product;       /* (A, width) type */
    struct rounded codes, first_codes; /* of the factor of the next product */
    float *grad_sum;     /* (A, width) of the first norm's output */
    float *grad_asking;  /* (A, width) of `asking`: `grad_x` itself, but where first tokens ask */
    char *grad_joint, *grad_query, *grad_context, *grad_inner; /* as their values */
    float *grad_low, *through; /* (T, rank), (A, widest) */
};

/* Fills in the places; `kept` and `work` may be NULL, to learn how many bytes they need. */
void lay_out(const struct block *of, struct memory *memory, char **kept_end, char **work_end);

#endif
