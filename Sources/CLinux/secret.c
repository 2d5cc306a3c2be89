#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t length, size_t page)
{
    return (length + page - 1) / page * page;
}

int kassa_secret_map(size_t length, void **first, int *step)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *first = NULL;
    *step = 1;
    if (length == 0 || length > SIZE_MAX / 4) {
        return EINVAL;
    }
    size_t inner = whole_pages(length, page);
    size_t outer = inner + 2 * page;
    uint8_t *base = mmap(NULL, outer, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) {
        return errno;
    }
    uint8_t *data = base + page;
    int code = 0;
    if (mprotect(data, inner, PROT_READ | PROT_WRITE) != 0) {
        code = errno;
    }
    if (code == 0) {
        *step = 2;
        if (madvise(data, inner, MADV_DONTDUMP) != 0 || madvise(data, inner, MADV_WIPEONFORK) != 0) {
            code = errno;
        }
    }
    if (code == 0) {
        *step = 3;
        if (mlock(data, inner) != 0) {
            code = errno;
        }
    }
    if (code != 0) {
        munmap(base, outer);
        return code;
    }
    *first = data + inner - length;
    return 0;
}

void kassa_secret_unmap(void *first, size_t length)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = whole_pages(length, page);
    uint8_t *data = (uint8_t *)first + length - inner;
    munmap(data - page, inner + 2 * page);
}
