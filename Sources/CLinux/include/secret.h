// Memory for secrets: pages of their own that are neither swapped, nor dumped, nor seen by a child process.
#ifndef CLINUX_SECRET_H
#define CLINUX_SECRET_H

#include <stddef.h>

/// Maps whole pages for `length` bytes between two pages that fault at any touch, and locks them in memory (mlock(2)); they stay
/// out of core dumps (MADV_DONTDUMP) and are zero in a child process (MADV_WIPEONFORK). The bytes are zero and end where the
/// upper guard page begins, so that a run over the end faults at once.
/// Returns 0 and the first byte, or errno; then nothing is mapped. EPERM, ENOMEM and EAGAIN of the lock mean RLIMIT_MEMLOCK.
/// `step` says which call failed: 1 the mapping, 2 the advice, 3 the lock.
int kassa_secret_map(size_t length, void **first, int *step);

/// Unmaps what `kassa_secret_map` gave; the caller has overwritten it.
void kassa_secret_unmap(void *first, size_t length);

#endif
