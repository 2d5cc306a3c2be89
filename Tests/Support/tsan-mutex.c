// For ThreadSanitizer alone, by LD_PRELOAD: Swift's Mutex in words that it understands.
//
// A Mutex that nobody else wants is taken in code of ours, which is instrumented. One that is wanted by two is taken and let go in
// libswiftSynchronization, which is not: the sanitizer misses that the second waited for the first, and calls what they did with the lock
// in their hands a race. Each of these calls what it stands for, and says what happened.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

// In a program that is not instrumented there are none.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *handle
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT bool try_lock_slow(SELF) __asm__(TRY_LOCK);
SWIFT void unlock_slow(SELF) __asm__(UNLOCK);

static void *real(void **known, const char *name) {
    void *found = __atomic_load_n(known, __ATOMIC_ACQUIRE);
    if (!found) {
        found = dlsym(RTLD_NEXT, name);
        // Another library than this was written for.
        if (!found) abort();
        __atomic_store_n(known, found, __ATOMIC_RELEASE);
    }
    return found;
}

SWIFT void lock_slow(uint32_t thread, SELF) {
    static void *known;
    ((SWIFT void (*)(uint32_t, SELF))real(&known, LOCK))(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT bool try_lock_slow(SELF) {
    static void *known;
    bool taken = ((SWIFT bool (*)(SELF))real(&known, TRY_LOCK))(handle);
    if (taken && __tsan_acquire) __tsan_acquire(handle);
    return taken;
}

SWIFT void unlock_slow(SELF) {
    static void *known;
    if (__tsan_release) __tsan_release(handle);
    ((SWIFT void (*)(SELF))real(&known, UNLOCK))(handle);
}
