#include "parallel.h"

#include <stdlib.h>

typedef void (*gomp_parallel)(void (*)(void *), void *, unsigned, unsigned);

static gomp_parallel parallel;
static int (*most_threads)(void);

/* libgomp's GOMP_parallel and omp_get_max_threads, as torch has loaded it. */
void tunecard_use_threads(void *of_parallel, void *of_count) {
    parallel = (gomp_parallel)of_parallel;
    most_threads = (int (*)(void))of_count;
}

long threads(void) { return parallel && most_threads ? most_threads() : 1; }

struct team {
    long count, next;
    work each;
    void *job;
    int is_done;
};

static void take_items(void *pointer) {
    struct team *team = pointer;
    for (;;) {
        long item = __atomic_fetch_add(&team->next, 1, __ATOMIC_RELAXED);
        if (item >= team->count) return;
        if (!team->each(team->job, item)) team->is_done = 0;
    }
}

int for_each(long count, work each, void *job) {
    struct team team = {count, 0, each, job, 1};
    if (count > 1 && parallel)
        parallel(take_items, &team, 0, 0);
    else
        take_items(&team);
    return team.is_done;
}

static __thread float *own;
static __thread size_t own_floats;

float *scratch(size_t floats) {
    if (floats > own_floats) {
        free(own);
        own = NULL;
        own_floats = 0;
        if (posix_memalign((void **)&own, 64, floats * sizeof(float))) return NULL;
        own_floats = floats;
    }
    return own;
}
