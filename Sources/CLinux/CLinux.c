#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int kassa_forbid_dumps(void)
{
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        return errno;
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return errno;
    }
    return 0;
}

int64_t kassa_boot_milliseconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return 0;
    }
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void kassa_share_heap(void)
{
    mallopt(M_ARENA_MAX, 1);
}

int64_t kassa_process_cpu_microseconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) {
        return 0;
    }
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void kassa_name_thread(const char *name)
{
    char kept[16];
    strncpy(kept, name, sizeof(kept) - 1);
    kept[sizeof(kept) - 1] = 0;
    pthread_setname_np(pthread_self(), kept);
}

int kassa_peer_credentials(int fd, uint32_t *uid, uint32_t *gid, int32_t *pid)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
        return errno;
    }
    *uid = peer.uid;
    *gid = peer.gid;
    *pid = peer.pid;
    return 0;
}

int kassa_network_socket(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0) {
        return -errno;
    }
    struct sockaddr_nl address;
    memset(&address, 0, sizeof(address));
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

int kassa_network_read(int fd, void *buffer, size_t size)
{
    struct sockaddr_nl sender;
    memset(&sender, 0, sizeof(sender));
    socklen_t length = sizeof(sender);
    ssize_t count = recvfrom(fd, buffer, size, 0, (struct sockaddr *)&sender, &length);
    if (count < 0) {
        return -errno;
    }
    // Any process may send to the socket; the kernel is 0.
    return sender.nl_pid == 0 ? (int)count : 0;
}

int kassa_set_aside(int fd, int64_t bytes) {
    return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes) ? errno : 0;
}
