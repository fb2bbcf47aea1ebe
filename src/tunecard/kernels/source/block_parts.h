/* The steps that forward and backward pass of a block are made of. */
#ifndef TUNECARD_BLOCK_PARTS_H
#define TUNECARD_BLOCK_PARTS_H

#include "attention.h"
#include "block_memory.h"
#include "frozen.h"
#include "low_rank.h"
#include "residual_norm.h"

/* Which seed each dropout of a block has: two a norm, one a layer, one for attention. */
enum dropout_number { OF_LAYERS = 0, OF_NORMS = LAYERS, OF_ATTENTION = LAYERS + 2 };

struct dropout dropout_of(const struct block *of, int number, double p);

INLINE long bytes_of(const struct block *of) { return of->type == FP32 ? 4 : 2; }

INLINE long asking_of(const struct block *of) { return of->asks_first ? of->rows : of->tokens; }

/* (rows, width) as the products of this block read it; int8: in `codes`, times `times` where given. `values`: in the
 * block's type, or in fp32 where `kind` says so. */
struct factor factor_of(const struct block *of, const struct rounded *codes, const float *times, const void *values, int kind, long rows, long width);

/* What `factor_of` made of these codes, which a kernel has filled in. */
struct factor factor_in(const struct rounded *codes, long width);

/* y = W x + b + scaling B low; all but `out` and its distance from row to row. */
struct frozen forward_product(const struct block *of, const struct memory *memory, int layer, struct factor x, long rows);

/* (rows, outputs) W; `inputs` columns. */
struct frozen backward_product(const struct block *of, int layer, struct factor grad, long rows, long outputs);

/* The update of a layer: its input in the block's type, its dropout. */
struct low_rank update_of(const struct block *of, const struct memory *memory, int layer, const char *x, long rows);

struct residual_norm norm_of(const struct block *of, const struct memory *memory, int number, const float *residual, float *out);

struct attention attention_of(const struct block *of, const struct memory *memory);

#endif
