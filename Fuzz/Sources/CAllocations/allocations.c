// malloc and its kin, counted by thread. Defined in the program, they take the place of libc's for it and for all its
// libraries; the work is done by libc's own, under their internal names.
#define _GNU_SOURCE
#include "CAllocations.h"

#include <errno.h>
#include <malloc.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static __thread struct kassa_allocations here __attribute__((tls_model("initial-exec")));

static void *given(void *p)
{
    if (p != NULL) {
        int64_t size = (int64_t)malloc_usable_size(p);
        here.count += 1;
        here.bytes += (uint64_t)size;
        here.held += size;
        if (here.held > here.peak) here.peak = here.held;
    }
    return p;
}

void *malloc(size_t size) { return given(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return given(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return given(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return given(__libc_memalign(alignment, size)); }

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *p = given(__libc_memalign(alignment, size));
    if (p == NULL) return ENOMEM;
    *out = p;
    return 0;
}

void *realloc(void *old, size_t size)
{
    int64_t before = old != NULL ? (int64_t)malloc_usable_size(old) : 0;
    void *p = __libc_realloc(old, size);
    if (p != NULL || size == 0) here.held -= before;
    return given(p);
}

void free(void *p)
{
    if (p != NULL) here.held -= (int64_t)malloc_usable_size(p);
    __libc_free(p);
}

struct kassa_allocations kassa_allocations_now(void) { return here; }

struct kassa_allocations kassa_allocations_mark(void)
{
    here.peak = here.held;
    return here;
}
