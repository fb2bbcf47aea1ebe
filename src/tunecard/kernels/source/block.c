#include "block_parts.h"

#include <string.h>

/* Row `starts[i]` of (tokens, width) for every i. */
static void gather_firsts(const struct block *of, const char *from, char *to, long bytes) {
    for (long i = 0; i < of->rows; i++)
        memcpy(to + i * bytes, from + of->starts[i] * bytes, bytes);
}

/* Tokens behind the last row only fill up: attention writes none of theirs. */
static void clear_fill(const struct block *of, char *values, long bytes) {
    long real = of->starts[of->rows];
    memset(values + real * bytes, 0, (of->tokens - real) * bytes);
}

/* B of a layer across, and A dropout(x) of its input. */
static int lower_input(const struct block *of, const struct memory *m, int number, const char *x, long rows) {
    const struct layer *layer = &of->layers[number];
    if (!layer->rank) return 1;
    for (long r = 0; r < layer->rank; r++)
        for (long j = 0; j < layer->outputs; j++) m->b_across[number][r * layer->outputs + j] = layer->b[j * layer->rank + r];
    struct low_rank update = update_of(of, m, number, x, rows);
    return lower(&update);
}

static int project(const struct block *of, const struct memory *m) {
    long tokens = of->tokens, asking = asking_of(of), width = of->width, bytes = bytes_of(of);
    if (of->type != FP32 && (of->factors != INT8 || of->layers[QUERY].rank || of->layers[KEY].rank || of->layers[VALUE].rank))
        shorten(of->x, (uint16_t *)m->x, tokens * width);
    struct factor x = factor_of(of, &m->codes, NULL, of->factors == INT8 ? (const void *)of->x : m->x, FP32, tokens, width);
    struct factor asks = x;
    if (of->asks_first) {
        gather_firsts(of, (const char *)of->x, (char *)m->asking, 4 * width);
        if (of->factors != INT8 || of->layers[QUERY].rank) gather_firsts(of, m->x, m->first_x, bytes * width);
        const void *values = of->factors == INT8 ? (const void *)m->asking : m->first_x;
        asks = factor_of(of, &m->first_codes, NULL, values, FP32, asking, width);
    }
    int done = lower_input(of, m, QUERY, m->first_x, asking) & lower_input(of, m, KEY, m->x, tokens) &
               lower_input(of, m, VALUE, m->x, tokens);
    struct attention attention = attention_of(of, m);
    struct frozen products[3] = {
        forward_product(of, m, QUERY, asks, asking), forward_product(of, m, KEY, x, tokens),
        forward_product(of, m, VALUE, x, tokens),
    };
    products[0].out = (void *)attention.query, products[0].out_row = attention.query_row;
    products[1].out = (void *)attention.key, products[1].out_row = attention.key_row;
    products[2].out = (void *)attention.value, products[2].out_row = attention.value_row;
    return done & multiply_frozen(products, 3);
}

static int attend_tokens(const struct block *of, const struct memory *m) {
    struct attention attention = attention_of(of, m);
    if (!of->asks_first) clear_fill(of, m->context, bytes_of(of) * of->width);
    return tunecard_attend(&attention);
}

/* norm(residual + dropout(W x + b)). What the feed-forward reads comes in its kind, too, where the norm is the first. */
static int leave(const struct block *of, const struct memory *m, int layer, int norm, struct factor x, const float *residual, float *out) {
    struct frozen product = forward_product(of, m, layer, x, asking_of(of));
    product.out = m->product;
    struct residual_norm end = norm_of(of, m, norm, residual, out);
    if (norm == 0) {
        if (of->factors == INT8) end.rounded = m->codes;
        end.rounded.rotates = 1;
        if (of->type == BF16 && (of->factors != INT8 || of->layers[UP].rank)) end.short_out = (uint16_t *)m->normed;
    }
    return multiply_frozen(&product, 1) & tunecard_residual_norm(&end);
}

/* Where the first norm writes fp32: what is kept for the update of the feed-forward is the same in fp32. */
static float *normed_of(const struct block *of, const struct memory *m) {
    return of->type == FP32 ? (float *)m->normed : m->residual;
}

static int feed_forward(const struct block *of, const struct memory *m) {
    long asking = asking_of(of), width = of->width;
    struct factor normed = {m->normed, 0, 0, bytes_of(of) * width};
    if (of->factors == INT8) normed = factor_in(&m->codes, width);
    int done = lower_input(of, m, UP, m->normed, asking);
    struct frozen up = forward_product(of, m, UP, normed, asking);
    up.out = m->inner;
    up.activates = 1;
    up.slope = of->kept ? m->slope : NULL;
    return done & multiply_frozen(&up, 1);
}

int tunecard_block(const struct block *of) {
    struct memory m;
    char *kept_end, *work_end;
    lay_out(of, &m, &kept_end, &work_end);
    long asking = asking_of(of);
    int done = project(of, &m) & attend_tokens(of, &m);
    done &= lower_input(of, &m, OUTPUT, m.context, asking);
    struct factor context = factor_of(of, &m.codes, NULL, m.context, of->type, asking, of->width);
    done &= leave(of, &m, OUTPUT, 0, context, m.asking, normed_of(of, &m));
    done &= feed_forward(of, &m);
    done &= lower_input(of, &m, DOWN, m.inner, asking);
    struct factor inner = factor_of(of, &m.codes, NULL, m.inner, of->type, asking, of->inner);
    return done & leave(of, &m, DOWN, 1, inner, normed_of(of, &m), of->out);
}

/* Gradients of a layer's update; that of its input is added to `grad_x`, in fp32. */
static int differentiate_layer(const struct block *of, const struct memory *m, int number, const char *x, const char *grad, long grad_row, float *grad_x, long rows) {
    if (!of->layers[number].rank) return 1;
    struct low_rank update = update_of(of, m, number, x, rows);
    update.grad = grad;
    update.grad_row = grad_row;
    update.grad_x = grad_x;
    return tunecard_low_rank_backward(&update);
}

/* Zeros to which a layer adds the gradient of its input, or NULL where it has no update. */
static float *clear_through(const struct block *of, const struct memory *m, int number, long rows) {
    if (!of->layers[number].rank) return NULL;
    memset(m->through, 0, 4 * rows * of->layers[number].inputs);
    return m->through;
}

/* From the gradient of what a norm gives to that of the product before it (in `product`) and of its residual. */
static int differentiate_norm(const struct block *of, const struct memory *m, int number, int layer, const float *grad_out, float *grad_residual) {
    struct residual_norm norm = norm_of(of, m, number, NULL, NULL);
    norm.grad_out = grad_out;
    norm.grad_x = m->product;
    norm.grad_residual = grad_residual;
    if (of->factors == INT8) {
        norm.rounded = m->codes;
        norm.rounded.times = of->layers[layer].weight_scales;
    }
    return tunecard_residual_norm_backward(&norm);
}

static struct factor grad_of_norm(const struct block *of, const struct memory *m) {
    if (of->factors == INT8) return factor_in(&m->codes, of->width);
    return (struct factor){m->product, 0, 0, bytes_of(of) * of->width};
}

static int differentiate_feed_forward(const struct block *of, const struct memory *m) {
    long asking = asking_of(of), width = of->width, inner = of->inner;
    int done = differentiate_norm(of, m, 1, DOWN, of->grad_out, m->grad_sum);
    float *through = clear_through(of, m, DOWN, asking);
    done &= differentiate_layer(of, m, DOWN, m->inner, m->product, width, through, asking);
    struct frozen down = backward_product(of, DOWN, grad_of_norm(of, m), asking, width);
    down.out = m->grad_inner;
    down.times = m->slope;
    down.added = through;
    down.added_row = inner;
    done &= multiply_frozen(&down, 1);
    done &= differentiate_layer(of, m, UP, m->normed, m->grad_inner, inner, m->grad_sum, asking);
    struct factor grad = factor_of(of, &m->codes, of->layers[UP].weight_scales, m->grad_inner, of->type, asking, inner);
    struct frozen up = backward_product(of, UP, grad, asking, inner);
    up.out = m->grad_sum;
    up.out_kind = FP32;
    up.added = m->grad_sum;
    up.added_row = width;
    return done & multiply_frozen(&up, 1);
}

static int differentiate_attention(const struct block *of, const struct memory *m) {
    long asking = asking_of(of), width = of->width, bytes = bytes_of(of);
    int done = differentiate_norm(of, m, 0, OUTPUT, m->grad_sum, m->grad_asking);
    float *through = clear_through(of, m, OUTPUT, asking);
    done &= differentiate_layer(of, m, OUTPUT, m->context, m->product, width, through, asking);
    struct frozen output = backward_product(of, OUTPUT, grad_of_norm(of, m), asking, width);
    output.out = m->grad_context;
    output.added = through;
    output.added_row = width;
    done &= multiply_frozen(&output, 1);
    struct attention attention = attention_of(of, m);
    attention.grad_out = m->grad_context;
    attention.grad_out_row = width;
    attention.grad_query = m->grad_query;
    attention.grad_key = of->asks_first ? m->grad_joint : m->grad_joint + bytes * width;
    attention.grad_value = (char *)attention.grad_key + bytes * width;
    attention.grad_query_row = attention.query_row;
    attention.grad_key_row = attention.grad_value_row = attention.key_row;
    clear_fill(of, m->grad_joint, bytes * attention.key_row);
    return done & tunecard_attend_backward(&attention);
}

/* Adds a product to a gradient in fp32. */
static int add_product(const struct block *of, const struct rounded *codes, int layer, const char *grad, long rows, long outputs, float *sum) {
    struct factor factor = factor_of(of, codes, of->layers[layer].weight_scales, grad, of->type, rows, outputs);
    struct frozen product = backward_product(of, layer, factor, rows, outputs);
    product.out = sum;
    product.out_kind = FP32;
    product.added = sum;
    product.added_row = of->width;
    return multiply_frozen(&product, 1);
}

/* Weights of neighbours lie one behind the other: one product for the gradients of all. */
static int differentiate_projections(const struct block *of, const struct memory *m) {
    long tokens = of->tokens, asking = asking_of(of), width = of->width, bytes = bytes_of(of);
    long joint = of->asks_first ? 2 * width : 3 * width, query = of->asks_first ? width : joint;
    const char *key = of->asks_first ? m->grad_joint : m->grad_joint + bytes * width;
    float *grad_asking = of->grad_x ? m->grad_asking : NULL;
    int done = 1;
    if (of->grad_x && of->asks_first) {
        memset(of->grad_x, 0, 4 * tokens * width);
        done &= add_product(of, &m->first_codes, QUERY, m->grad_query, asking, width, grad_asking);
        done &= add_product(of, &m->codes, KEY, m->grad_joint, tokens, joint, of->grad_x);
    } else if (of->grad_x) {
        done &= add_product(of, &m->codes, QUERY, m->grad_joint, tokens, joint, of->grad_x);
    }
    done &= differentiate_layer(of, m, QUERY, m->first_x, m->grad_query, query, grad_asking, asking);
    done &= differentiate_layer(of, m, KEY, m->x, key, joint, of->grad_x, tokens);
    done &= differentiate_layer(of, m, VALUE, m->x, key + bytes * width, joint, of->grad_x, tokens);
    if (of->grad_x && of->asks_first)
        for (long i = 0; i < of->rows; i++)
            for (long j = 0; j < width; j++) of->grad_x[of->starts[i] * width + j] += m->grad_asking[i * width + j];
    return done;
}

int tunecard_block_backward(const struct block *of) {
    struct memory m;
    char *kept_end, *work_end;
    lay_out(of, &m, &kept_end, &work_end);
    return differentiate_feed_forward(of, &m) & differentiate_attention(of, &m) & differentiate_projections(of, &m);
}
