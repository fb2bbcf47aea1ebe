#include "block_memory.h"

static char *take(char **at, long bytes) {
    char *own = *at;
    *at += (bytes + 63) / 64 * 64;
    return own;
}

static struct rounded take_codes(char **at, long rows, long width) {
    struct rounded codes = {0};
    codes.values = (int8_t *)take(at, rows * width);
    codes.scales = (float *)take(at, 4 * rows);
    codes.shifts = (int32_t *)take(at, 4 * rows);
    return codes;
}

static long larger(long a, long b) { return a > b ? a : b; }

static void take_gradients(const struct block *of, struct memory *m, char **work, long bytes) {
    long tokens = of->tokens, asking = of->asks_first ? of->rows : tokens, width = of->width, most_rank = 0;
    for (int i = 0; i < LAYERS; i++) most_rank = larger(most_rank, of->layers[i].rank);
    long widest = larger(of->layers[DOWN].rank ? of->inner : 0, of->layers[OUTPUT].rank ? width : 0);
    m->grad_sum = (float *)take(work, 4 * asking * width);
    m->grad_joint = take(work, bytes * tokens * width * (of->asks_first ? 2 : 3));
    m->grad_query = of->asks_first ? take(work, bytes * asking * width) : m->grad_joint;
    m->grad_asking = of->asks_first || !of->grad_x ? (float *)take(work, 4 * asking * width) : of->grad_x;
    m->grad_context = take(work, bytes * asking * width);
    m->grad_inner = take(work, bytes * asking * of->inner);
    m->grad_low = (float *)take(work, 4 * tokens * most_rank);
    m->through = (float *)take(work, 4 * asking * widest);
}

void lay_out(const struct block *of, struct memory *m, char **kept_end, char **work_end) {
    char *work = of->work, *kept = of->kept, **held = of->kept ? &kept : &work;
    long tokens = of->tokens, asking = of->asks_first ? of->rows : tokens, bytes = of->type == FP32 ? 4 : 2;
    long width = of->width, inner = of->inner;
    m->x = of->type == FP32 ? (char *)of->x : take(held, bytes * tokens * width);
    m->joint = take(held, bytes * tokens * width * (of->asks_first ? 2 : 3));
    m->query = of->asks_first ? take(held, bytes * asking * width) : m->joint;
    m->first_x = of->asks_first ? take(of->layers[QUERY].rank ? held : &work, bytes * asking * width) : m->x;
    m->log_sums = (float *)take(held, 4 * asking * of->heads);
    m->context = take(held, bytes * asking * width);
    for (int n = 0; n < 2; n++) {
        m->sums[n] = (float *)take(held, 4 * asking * width);
        m->means[n] = (float *)take(held, 4 * asking);
        m->deviations[n] = (float *)take(held, 4 * asking);
    }
    m->slope = take(held, bytes * asking * inner);
    for (int i = 0; i < LAYERS; i++) {
        const struct layer *layer = &of->layers[i];
        long going_in = i == KEY || i == VALUE ? tokens : asking;
        m->low[i] = (float *)take(held, 4 * going_in * layer->rank);
        m->b_across[i] = (float *)take(held, 4 * layer->rank * layer->outputs);
    }
    m->inner = take(of->layers[DOWN].rank ? held : &work, bytes * asking * inner);
    m->normed = take(of->layers[UP].rank ? held : &work, bytes * asking * width);
    m->asking = of->asks_first ? (float *)take(&work, 4 * asking * width) : (float *)of->x;
    m->residual = (float *)take(&work, 4 * asking * width);
    m->product = take(&work, bytes * asking * width);
    int rounds = of->factors == INT8;
    m->codes = take_codes(&work, rounds ? larger(tokens, asking) : 0, larger(3 * width, inner));
    m->first_codes = take_codes(&work, rounds && of->asks_first ? asking : 0, width);
    if (of->kept) take_gradients(of, m, &work, bytes);
    *kept_end = kept;
    *work_end = work;
}


void tunecard_block_bytes(const struct block *of, int64_t *kept, int64_t *work) {
    struct block empty = *of;
    struct memory memory;
    char *base = (char *)64, *kept_end, *work_end;
    empty.kept = of->kept ? base : 0; /* places behind it are counted, never touched */
    empty.work = base;
    lay_out(&empty, &memory, &kept_end, &work_end);
    *kept = of->kept ? kept_end - base : 0;
    *work = work_end - base;
}
