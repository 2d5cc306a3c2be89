// Linux calls that the Glibc module does not show (they need _GNU_SOURCE or are variadic).
#ifndef CLINUX_H
#define CLINUX_H

#include <stdint.h>
#include <sys/types.h>

#include "secret.h"

/// No core dumps, and not readable by other processes of the same user: RLIMIT_CORE 0 and PR_SET_DUMPABLE 0.
/// Returns 0, or the errno of the call that failed.
int kassa_forbid_dumps(void);

/// One heap for all threads made from here on. With one each (glibc's way), what a thread has freed is not given to the
/// others, and a process whose threads come and go takes more and more, though it uses no more.
void kassa_share_heap(void);

/// CLOCK_BOOTTIME in milliseconds: runs on through suspend, cannot be set.
int64_t kassa_boot_milliseconds(void);

/// CPU time of this process in microseconds (user and system).
int64_t kassa_process_cpu_microseconds(void);

/// Names the calling thread (15 bytes at most are kept).
void kassa_name_thread(const char *name);

/// uid, gid and pid of the peer of a connected Unix socket. Returns 0, or errno.
int kassa_peer_credentials(int fd, uint32_t *uid, uint32_t *gid, int32_t *pid);

/// A socket on which the kernel tells of links, addresses and routes (rtnetlink(7)); does not block. Returns it, or -errno.
int kassa_network_socket(void);

/// The next datagram of the kernel on such a socket. Returns its length, 0 when it was somebody else's, or -errno: EAGAIN
/// when there is none, ENOBUFS when some were lost.
int kassa_network_read(int fd, void *buffer, size_t size);

/// Blocks of the disk for the first bytes of a file, whose length stays: fallocate(2) with FALLOC_FL_KEEP_SIZE. Returns 0, or
/// errno.
int kassa_set_aside(int fd, int64_t bytes);

#endif
