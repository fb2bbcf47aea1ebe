#include "block_parts.h"

#define GOLDEN 0x9e3779b97f4a7c15u

/* Source: Steele et al. 2014, "Fast splittable pseudorandom number generators", SplitMix64. */
static uint64_t mixed(uint64_t seed) {
    seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9u;
    seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebu;
    return seed ^ (seed >> 31);
}

/* As kernels/dropout.py makes it. */
struct dropout dropout_of(const struct block *of, int number, double p) {
    long levels = 65536, keep = (long)((1 - p) * levels + 0.5);
    struct dropout rule = {mixed(of->seed + GOLDEN * (number + 1)), (uint32_t)keep, keep ? (float)levels / keep : 0};
    if (p <= 0) rule = (struct dropout){0, (uint32_t)levels, 1};
    return rule;
}

struct factor factor_in(const struct rounded *codes, long width) {
    return (struct factor){codes->values, codes->scales, codes->shifts, width};
}

struct factor factor_of(const struct block *of, const struct rounded *codes, const float *times, const void *values, int kind, long rows, long width) {
    if (of->factors != INT8) return (struct factor){values, 0, 0, bytes_of(of) * width};
    struct rounded to = *codes;
    to.times = times;
    to.rotates = !times; /* what comes in is; gradients of outputs are not, for outputs of a weight stay as they are */
    round_rows(&to, values, kind, rows, width);
    return factor_in(codes, width);
}

static long weight_bytes(const struct block *of) { return of->factors == FP32 ? 4 : of->factors == BF16 ? 2 : 1; }

struct frozen forward_product(const struct block *of, const struct memory *memory, int number, struct factor x, long rows) {
    const struct layer *layer = &of->layers[number];
    return (struct frozen){
        .a = x, .weight = layer->weight, .weight_row = weight_bytes(of) * layer->inputs, .rows = rows, .columns = layer->outputs,
        .depth = layer->inputs, .kind = of->factors, .weight_scales = layer->weight_scales, .bias = layer->bias,
        .low = memory->low[number], .b_across = memory->b_across[number], .rank = layer->rank,
        .low_scale = layer->scaling, .out_row = layer->outputs, .out_kind = of->type,
    };
}

struct frozen backward_product(const struct block *of, int number, struct factor grad, long rows, long outputs) {
    const struct layer *layer = &of->layers[number];
    return (struct frozen){
        .a = grad, .weight = layer->weight, .weight_row = weight_bytes(of) * layer->inputs, .rows = rows, .columns = layer->inputs,
        .depth = outputs, .kind = of->factors, .is_across = 1, .rotates = of->factors == INT8, .out_row = layer->inputs, .out_kind = of->type,
    };
}

struct low_rank update_of(const struct block *of, const struct memory *memory, int number, const char *x, long rows) {
    const struct layer *layer = &of->layers[number];
    return (struct low_rank){
        .x = x, .x_row = layer->inputs, .a = layer->a, .b_across = memory->b_across[number],
        .low = memory->low[number], .grad_low = memory->grad_low, .grad_a = layer->grad_a,
        .grad_b_across = layer->grad_b_across, .rows = rows, .inputs = layer->inputs, .outputs = layer->outputs,
        .rank = layer->rank, .kind = of->type, .scaling = layer->scaling, .grad_x_kind = FP32,
        .grad_x_row = layer->inputs, .dropout = dropout_of(of, OF_LAYERS + number, layer->p),
    };
}

struct residual_norm norm_of(const struct block *of, const struct memory *memory, int number, const float *residual, float *out) {
    const struct norm *norm = &of->norms[number];
    return (struct residual_norm){
        .x = memory->product, .residual = residual, .weight = norm->weight, .bias = norm->bias,
        .sum = memory->sums[number], .out = out, .mean = memory->means[number],
        .deviation = memory->deviations[number], .rows = asking_of(of), .width = of->width, .kind = of->type,
        .epsilon = norm->epsilon, .dropout = dropout_of(of, OF_NORMS + number, norm->p),
    };
}

struct attention attention_of(const struct block *of, const struct memory *memory) {
    long width = of->width, bytes = bytes_of(of), joint = of->asks_first ? 2 * width : 3 * width;
    const char *key = of->asks_first ? memory->joint : memory->joint + bytes * width;
    return (struct attention){
        .query = memory->query, .key = key, .value = key + bytes * width, .out = memory->context,
        .log_sums = memory->log_sums, .starts = of->starts, .query_row = of->asks_first ? width : joint,
        .key_row = joint, .value_row = joint, .out_row = width, .rows = of->rows, .heads = of->heads,
        .width = width / of->heads, .asks_first = of->asks_first, .kind = of->type, .scaling = of->scaling,
        .dropout = dropout_of(of, OF_ATTENTION, of->p),
    };
}
