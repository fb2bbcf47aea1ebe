/* Items of work over the threads of torch's own OpenMP: a second pool would fight with it for the cores. */
#ifndef TUNECARD_PARALLEL_H
#define TUNECARD_PARALLEL_H

#include <stddef.h>

/* 0: it had no memory. */
typedef int (*work)(void *job, long item);

/* Calls `each(job, item)` for items 0 to count - 1, in any order; 1 when all are done, 0 if one had no memory. */
int for_each(long count, work each, void *job);

/* How many threads share them. */
long threads(void);

/* `floats` numbers of this thread's own, aligned to 64 bytes; what was given before is lost. NULL: no memory. */
float *scratch(size_t floats);

#endif
