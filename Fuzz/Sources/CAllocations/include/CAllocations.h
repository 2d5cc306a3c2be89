#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stddef.h>
#include <stdint.h>

/// What the calling thread has asked of malloc and its kin. A program that links this target has them counted.
struct kassa_allocations {
    /// Calls that gave memory.
    uint64_t count;
    /// Bytes given, usable size.
    uint64_t bytes;
    /// Bytes given and not given back; memory that another thread frees is counted there.
    int64_t held;
    /// The most that `held` has been since the last mark.
    int64_t peak;
};

/// The counters as they are; `peak` starts anew from `held`.
struct kassa_allocations kassa_allocations_mark(void);
struct kassa_allocations kassa_allocations_now(void);

/// The input that the thread is busy with. A signal that ends the program writes it to the file first; so does an input
/// that takes more than ten seconds of the process's CPU time.
void kassa_watch_start(const char *file);
void kassa_watch_input(const uint8_t *bytes, size_t count);

#endif
