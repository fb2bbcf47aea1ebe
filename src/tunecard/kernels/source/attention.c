/* Softmax attention inside each packed row, forward and backward: one row of one head is one item of work.
 *
 * Scores live in a thread's scratch memory only, of some queries at a time: those of a whole long row would leave the
 * processor's caches. What the backward pass needs again it computes again, from the logarithm of the softmax's sum and
 * from the seed of the dropout. Gradients of keys and values are summed over queries in their order, in fp32: how many
 * are taken at a time changes no bit.
 */
#include <math.h>
#include <stdlib.h>

#include "attention.h"
#include "parallel.h"
#include "products.h"

#define HIDDEN -1e30f
#define TOGETHER 48 /* queries whose scores lie in memory at once */

/* Factors of dropout for vector after vector of (asking, stride), drawn 128 at a time. */
struct factors {
    floats drawn[8];
    long next;
};

/* One row of one head: its place, and its matrices in scratch memory. Of `scores`, `grads` and `result` there are those
 * of `count` queries, from `from` on. */
struct item {
    long first, length, asking, asking_first, head, stream, stride, from, count;
    float *q, *k, *v, *k_across, *v_across, *scores, *grads, *result, *grad, *grad_k, *grad_v;
    struct factors factors;
};

static long padded(long length) { return (length + LANES - 1) / LANES * LANES; }

static int place(const struct attention *of, long number, struct item *item) {
    long row = number / of->heads;
    item->head = number % of->heads;
    item->stream = number;
    item->first = of->starts[row];
    item->length = of->starts[row + 1] - item->first;
    item->asking = of->asks_first ? 1 : item->length;
    item->asking_first = of->asks_first ? row : item->first;
    item->stride = padded(item->length);
    item->factors.next = item->from = item->count = 0;
    long width = of->width, most = least_of(item->asking, TOGETHER);
    long asked = item->asking * width, rows = item->length * width, across = item->stride * width;
    float *at = scratch(2 * asked + 4 * rows + 2 * across + most * (2 * item->stride + width));
    if (!at) return 0;
    item->q = at, at += asked;
    item->grad = at, at += asked;
    item->k = at, at += rows;
    item->v = at, at += rows;
    item->grad_k = at, at += rows;
    item->grad_v = at, at += rows;
    item->k_across = at, at += across;
    item->v_across = at, at += across;
    item->scores = at, at += most * item->stride;
    item->grads = at, at += most * item->stride;
    item->result = at;
    return 1;
}

/* The next queries of a row; 0: there are no more. */
static int take_queries(struct item *it) {
    it->from += it->count;
    it->count = least_of(TOGETHER, it->asking - it->from);
    return it->count > 0;
}

static void read(const void *from, long row, long first, long count, long head, long width, int kind, float scale, float *to) {
    for (long token = 0; token < count; token++)
        for (long i = 0; i < width; i += LANES)
            *(floats *)(to + token * width + i) = load(from, (first + token) * row + head * width + i, kind) * scale;
}

static void write(void *to, long row, long first, long count, long head, long width, int kind, float scale, const float *from) {
    for (long token = 0; token < count; token++)
        for (long i = 0; i < width; i += LANES)
            store(to, (first + token) * row + head * width + i, kind, *(const floats *)(from + token * width + i) * scale);
}

/* (count, width) to (width, stride), zeros behind `count`. */
static void turn_across(const float *from, long count, long width, long stride, float *to) {
    for (long token = 0; token < stride; token += LANES)
        for (long column = 0; column < width; column += LANES) {
            floats square[LANES];
            for (long i = 0; i < LANES; i++)
                square[i] = token + i < count ? *(const floats *)(from + (token + i) * width + column) : (floats){0};
            turn_square(square);
            for (long i = 0; i < LANES; i++) *(floats *)(to + (column + i) * stride + token) = square[i];
        }
}

/* Scaled scores (count, stride): HIDDEN behind the row's end and outside the window. */
static void score(const struct attention *of, const struct item *it) {
    struct matrices m = {it->q + it->from * of->width, of->width, 1, it->k_across, it->stride, it->scores, it->stride, NULL, 0};
    multiply(&m, it->count, it->stride, of->width);
    for (long i = 0; i < it->count; i++) {
        float *row = it->scores + i * it->stride;
        for (long j = it->length; j < it->stride; j++) row[j] = HIDDEN;
        if (of->window > 0)
            for (long j = 0; j < it->length; j++)
                if (labs(it->from + i - j) >= of->window) row[j] = HIDDEN;
    }
}

static float *log_sum(const struct attention *of, const struct item *it, long i) {
    return of->log_sums + (it->asking_first + it->from + i) * of->heads + it->head;
}

INLINE floats next_factors(const struct attention *of, struct item *it) {
    struct factors *factors = &it->factors;
    if (factors->next % 8 == 0) draw_factors(&of->dropout, it->stream, factors->next / 8, factors->drawn);
    return factors->drawn[factors->next++ % 8];
}

static int drops(const struct attention *of) { return of->dropout.keep_below < 65536; }

/* Scores become dropped weights. */
static void weigh(const struct attention *of, struct item *it) {
    for (long i = 0; i < it->count; i++) {
        floats *row = (floats *)(it->scores + i * it->stride), top = row[0], sum = {0};
        long vectors = it->stride / LANES;
        for (long v = 1; v < vectors; v++) top = largest(top, row[v]);
        float most = largest_of(top);
        for (long v = 0; v < vectors; v++) sum += row[v] = exponential(row[v] - most);
        float total = sum_of(sum);
        *log_sum(of, it, i) = most + logf(total);
        for (long v = 0; v < vectors; v++) {
            row[v] *= 1 / total;
            if (drops(of)) row[v] *= next_factors(of, it);
        }
    }
}

static int attend(void *job, long number) {
    const struct attention *of = job;
    struct item it;
    if (!place(of, number, &it)) return 0;
    long width = of->width;
    int kind = of->kind;
    read(of->query, of->query_row, it.asking_first, it.asking, it.head, width, kind, of->scaling, it.q);
    read(of->key, of->key_row, it.first, it.length, it.head, width, kind, 1, it.k);
    read(of->value, of->value_row, it.first, it.length, it.head, width, kind, 1, it.v);
    turn_across(it.k, it.length, width, it.stride, it.k_across);
    while (take_queries(&it)) {
        score(of, &it);
        weigh(of, &it);
        struct matrices m = {it.scores, it.stride, 1, it.v, width, it.result, width, NULL, 0};
        multiply(&m, it.count, width, it.length);
        write((void *)of->out, of->out_row, it.asking_first + it.from, it.count, it.head, width, kind, 1, it.result);
    }
    return 1;
}

/* Scores become dropped weights, `grads` (gradients of dropped weights) become gradients of scores. */
static void differentiate(const struct attention *of, struct item *it) {
    for (long i = 0; i < it->count; i++) {
        floats *weights = (floats *)(it->scores + i * it->stride), *grads = (floats *)(it->grads + i * it->stride);
        floats product = {0};
        for (long k = 0; k < of->width; k += LANES)
            product += *(floats *)(it->grad + (it->from + i) * of->width + k) *
                       load(of->out, (it->asking_first + it->from + i) * of->out_row + it->head * of->width + k, of->kind);
        float mean = sum_of(product), log_total = *log_sum(of, it, i);
        for (long v = 0; v < it->stride / LANES; v++) {
            floats probability = exponential(weights[v] - log_total);
            floats factor = drops(of) ? next_factors(of, it) : all(1);
            weights[v] = probability * factor;
            grads[v] = probability * (factor * grads[v] - mean);
        }
    }
}

/* Adds what these queries say of keys or values: (count, stride) across, by (count, width). */
static void add_across(const struct item *it, const float *scores, const float *asking, long width, float *sum) {
    struct matrices m = {scores, 1, it->stride, asking + it->from * width, width, sum, width, it->from ? sum : NULL, width};
    multiply(&m, it->length, width, it->count);
}

static int attend_backward(void *job, long number) {
    const struct attention *of = job;
    struct item it;
    if (!place(of, number, &it)) return 0;
    long width = of->width;
    int kind = of->kind;
    read(of->query, of->query_row, it.asking_first, it.asking, it.head, width, kind, of->scaling, it.q);
    read(of->key, of->key_row, it.first, it.length, it.head, width, kind, 1, it.k);
    read(of->value, of->value_row, it.first, it.length, it.head, width, kind, 1, it.v);
    read(of->grad_out, of->grad_out_row, it.asking_first, it.asking, it.head, width, kind, 1, it.grad);
    turn_across(it.k, it.length, width, it.stride, it.k_across);
    turn_across(it.v, it.length, width, it.stride, it.v_across);
    while (take_queries(&it)) {
        score(of, &it);
        struct matrices grads = {it.grad + it.from * width, width, 1, it.v_across, it.stride, it.grads, it.stride, NULL, 0};
        multiply(&grads, it.count, it.stride, width);
        differentiate(of, &it);
        add_across(&it, it.scores, it.grad, width, it.grad_v);
        add_across(&it, it.grads, it.q, width, it.grad_k);
        struct matrices of_query = {it.grads, it.stride, 1, it.k, width, it.result, width, NULL, 0};
        multiply(&of_query, it.count, width, it.length);
        write(of->grad_query, of->grad_query_row, it.asking_first + it.from, it.count, it.head, width, kind, of->scaling, it.result);
    }
    write(of->grad_key, of->grad_key_row, it.first, it.length, it.head, width, kind, 1, it.grad_k);
    write(of->grad_value, of->grad_value_row, it.first, it.length, it.head, width, kind, 1, it.grad_v);
    return 1;
}

int tunecard_attend(struct attention *of) { return for_each(of->rows * of->heads, attend, of); }

int tunecard_attend_backward(struct attention *of) {
    return for_each(of->rows * of->heads, attend_backward, of);
}
