// Records what a program does to the files of one folder, and makes their disk err on request. Preloaded (LD_PRELOAD).
//
//   CRASHREC_FOLDER       absolute path without links; files below it are recorded
//   CRASHREC_LOG          where to; appended, so that several processes may share it
//   CRASHREC_SYNCHRONOUS  rewrites `PRAGMA synchronous = FULL` to this word: a mutant of the program under test
//   CRASHREC_SYNC_US      microseconds that a sync takes: lanes meet at it
//   CRASHREC_SOCKETS      marks each write to anything else that contains this text (a daemon's answer)
//
// Syncs return at once: what they make durable is decided when the log is replayed. Operations on recorded files are put
// into one order by a lock, held over the operation and its line in the log.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, DIRSYNC, MARK };

struct header {
    uint32_t magic;
    uint8_t kind;
    uint8_t failed;
    uint16_t path_size;
    uint64_t inode;
    uint64_t offset; // of OPEN: 0 there already, 1 created, 2 emptied, 3 a folder; of TRUNCATE: the new size
    uint64_t size;   // of the data that follows the path
};

#define MAGIC 0x43455243u
#define MAXIMUM_FILES 4096

static struct {
    uint64_t inode;
    char tracked, directory, append;
} files[MAXIMUM_FILES];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char folder[1024], synchronous[16], answer[64];
static size_t folder_size;
static int log_file = -1;
static long operations, fail_at, fired, rewrites;
static int fail_with, fail_sticky;
static int only_syncs;
static useconds_t sync_time;

#define NEXT(name) ((__typeof__(&name))next(#name))
static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static int open_log(const char *path) {
    return syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void setup(void) {
    const char *value = getenv("CRASHREC_FOLDER");
    if (value) snprintf(folder, sizeof folder, "%s", value);
    folder_size = strlen(folder);
    if ((value = getenv("CRASHREC_SYNCHRONOUS"))) snprintf(synchronous, sizeof synchronous, "%s", value);
    if ((value = getenv("CRASHREC_SOCKETS"))) snprintf(answer, sizeof answer, "%s", value);
    if ((value = getenv("CRASHREC_SYNC_US"))) sync_time = atoi(value);
    if ((value = getenv("CRASHREC_LOG"))) log_file = open_log(value);
}

static void enter(void) {
    pthread_once(&once, setup);
    pthread_mutex_lock(&lock);
}

static void leave(void) {
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
}

static int is_ours(const char *path) {
    if (!folder_size || !path || strncmp(path, folder, folder_size)) return 0;
    return path[folder_size] == '/' || path[folder_size] == 0;
}

// Unlike for files of two file systems.
static uint64_t number(const struct stat *what) { return (uint64_t)what->st_ino ^ (uint64_t)what->st_dev << 40; }

static int is_tracked(int fd) { return fd >= 0 && fd < MAXIMUM_FILES && files[fd].tracked; }

static void put(int kind, int failed, const char *path, uint64_t inode, uint64_t offset, const void *data, uint64_t size) {
    if (log_file < 0) return;
    int error = errno;
    struct header header = {MAGIC, kind, failed, path ? strlen(path) : 0, inode, offset, size};
    struct iovec parts[] = {
        {&header, sizeof header}, {(void *)path, header.path_size}, {(void *)data, data ? size : 0}};
    // One call: the lines of several processes do not mix.
    ssize_t whole = sizeof header + header.path_size + (data ? size : 0);
    if (syscall(SYS_writev, log_file, parts, 3) != whole) abort();
    errno = error;
}

// An operation that may fail: the error to fail with, else 0.
static int fault_at(int is_sync) {
    // One that fails for good fails everything from then on.
    if (only_syncs && !is_sync && !fired) return 0;
    operations++;
    if (!fail_at || operations < fail_at || (operations > fail_at && !fail_sticky)) return 0;
    fired++;
    return fail_with;
}

static int fault(void) { return fault_at(0); }

// MARK: For the program that knows it is recorded

// Ends the log, goes on in a new file; NULL: no log.
void crashrec_log(const char *path) {
    enter();
    if (log_file >= 0) syscall(SYS_close, log_file);
    log_file = path ? open_log(path) : -1;
    leave();
}

void crashrec_folder(const char *path) {
    enter();
    snprintf(folder, sizeof folder, "%s", path);
    folder_size = strlen(folder);
    leave();
}

// The n-th operation from now on fails, 0: none; sticky: and all after it.
void crashrec_fail(long n, int error, int sticky) {
    enter();
    operations = fired = 0;
    fail_at = n;
    fail_with = error;
    fail_sticky = sticky;
    leave();
}

// Only syncs count from now on.
void crashrec_only_syncs(int only) {
    enter();
    only_syncs = only;
    leave();
}

long crashrec_operations(void) { return operations; }
long crashrec_fired(void) { return fired; }
long crashrec_rewrites(void) { return rewrites; }

void crashrec_mark(const char *text, size_t size) {
    enter();
    put(MARK, 0, NULL, 0, 0, text, size);
    leave();
}

// MARK: Files

static int opened(int (*real)(int, const char *, int, mode_t), int at, const char *path, int flags, mode_t mode) {
    pthread_once(&once, setup);
    if (!is_ours(path)) {
        int fd = real(at, path, flags, mode);
        if (fd >= 0 && fd < MAXIMUM_FILES) files[fd].tracked = 0;
        return fd;
    }
    enter();
    int fd = -1, error = (flags & O_DIRECTORY) ? 0 : fault();
    if (error) {
        errno = error;
    } else {
        int is_new = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
        fd = real(at, path, flags, mode);
        struct stat what;
        if (fd >= 0 && fd < MAXIMUM_FILES && !fstat(fd, &what)) {
            files[fd].tracked = 1;
            files[fd].directory = S_ISDIR(what.st_mode);
            files[fd].append = (flags & O_APPEND) != 0;
            files[fd].inode = number(&what);
            put(OPEN, 0, path, number(&what), files[fd].directory ? 3 : is_new ? 1 : flags & O_TRUNC ? 2 : 0, NULL, 0);
        }
    }
    leave();
    return fd;
}

static int real_open(int at, const char *path, int flags, mode_t mode) {
    return syscall(SYS_openat, at, path, flags | O_LARGEFILE, mode);
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opened(real_open, AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(real_open, AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(real_open, at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(real_open, at, path, flags, mode); }
int creat(const char *path, mode_t mode) {
    return opened(real_open, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int close(int fd) {
    if (fd >= 0 && fd < MAXIMUM_FILES) files[fd].tracked = 0;
    return syscall(SYS_close, fd);
}

// What of `size` bytes is written although the operation fails: a full disk takes a part.
static ssize_t stored(int fd, const void *data, size_t size, off_t offset) {
    enter();
    int error = fault();
    size_t taken = error == ENOSPC ? size / 2 : error ? 0 : size;
    ssize_t written = taken ? syscall(SYS_pwrite64, fd, data, taken, offset) : 0;
    if (written > 0) put(WRITE, 0, NULL, files[fd].inode, offset, data, written);
    if (error) {
        errno = error;
        written = -1;
    }
    leave();
    return written;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) {
    if (is_tracked(fd)) return stored(fd, data, size, offset);
    return syscall(SYS_pwrite64, fd, data, size, offset);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

static void overhear(const void *data, size_t size) {
    if (answer[0] && memmem(data, size, answer, strlen(answer))) {
        enter();
        put(MARK, 0, NULL, 0, 0, data, size);
        leave();
    }
}

ssize_t write(int fd, const void *data, size_t size) {
    if (!is_tracked(fd)) {
        overhear(data, size);
        return syscall(SYS_write, fd, data, size);
    }
    struct stat what;
    off_t offset = files[fd].append && !fstat(fd, &what) ? what.st_size : lseek(fd, 0, SEEK_CUR);
    ssize_t written = stored(fd, data, size, offset);
    if (written > 0) lseek(fd, offset + written, SEEK_SET);
    return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!is_tracked(fd)) {
        for (int i = 0; i < count; i++) overhear(parts[i].iov_base, parts[i].iov_len);
        return syscall(SYS_writev, fd, parts, count);
    }
    ssize_t sum = 0;
    for (int i = 0; i < count; i++) {
        ssize_t written = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (written < 0) return sum ? sum : -1;
        sum += written;
    }
    return sum;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) {
    if (!is_tracked(fd)) return syscall(SYS_pwritev, fd, parts, count, offset, 0);
    ssize_t sum = 0;
    for (int i = 0; i < count; i++) {
        ssize_t written = stored(fd, parts[i].iov_base, parts[i].iov_len, offset + sum);
        if (written < 0) return sum ? sum : -1;
        sum += written;
    }
    return sum;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev64(fd, parts, count, offset); }

ssize_t send(int fd, const void *data, size_t size, int flags) {
    pthread_once(&once, setup);
    overhear(data, size);
    return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    pthread_once(&once, setup);
    for (size_t i = 0; i < message->msg_iovlen; i++) overhear(message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
    return syscall(SYS_sendmsg, fd, message, flags);
}

int ftruncate64(int fd, off_t size) {
    if (!is_tracked(fd)) return syscall(SYS_ftruncate, fd, size);
    enter();
    int result = -1, error = fault();
    if (error) errno = error;
    else if (!(result = syscall(SYS_ftruncate, fd, size))) put(TRUNCATE, 0, NULL, files[fd].inode, size, NULL, 0);
    leave();
    return result;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

// Space that is set aside reads as zeros: the file gets longer, nothing else can be seen of it.
static int allocated(int fd, off_t offset, off_t size) {
    enter();
    struct stat what;
    int error = fault();
    if (!error && syscall(SYS_fallocate, fd, 0, offset, size)) error = errno;
    else if (!error && !fstat(fd, &what)) put(TRUNCATE, 0, NULL, files[fd].inode, what.st_size, NULL, 0);
    leave();
    return error;
}

int posix_fallocate64(int fd, off_t offset, off_t size) {
    if (is_tracked(fd)) return allocated(fd, offset, size);
    return syscall(SYS_fallocate, fd, 0, offset, size) ? errno : 0;
}
int posix_fallocate(int fd, off_t offset, off_t size) { return posix_fallocate64(fd, offset, size); }
int fallocate64(int fd, int mode, off_t offset, off_t size) {
    if (!is_tracked(fd) || mode) return syscall(SYS_fallocate, fd, mode, offset, size);
    int error = allocated(fd, offset, size);
    if (error) errno = error;
    return error ? -1 : 0;
}
int fallocate(int fd, int mode, off_t offset, off_t size) { return fallocate64(fd, mode, offset, size); }

static int synced(int fd) {
    if (sync_time) usleep(sync_time);
    enter();
    int error = fault_at(1);
    if (files[fd].directory) put(DIRSYNC, error != 0, NULL, files[fd].inode, 0, NULL, 0);
    else put(SYNC, error != 0, NULL, files[fd].inode, 0, NULL, 0);
    if (error) errno = error;
    leave();
    return error ? -1 : 0;
}

int fsync(int fd) { return is_tracked(fd) ? synced(fd) : syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return is_tracked(fd) ? synced(fd) : syscall(SYS_fdatasync, fd); }

int unlinkat(int at, const char *path, int flags) {
    pthread_once(&once, setup);
    if (!is_ours(path) || (flags & AT_REMOVEDIR)) return syscall(SYS_unlinkat, at, path, flags);
    enter();
    int result = -1, error = fault();
    if (error) errno = error;
    else if (!(result = syscall(SYS_unlinkat, at, path, flags))) put(UNLINK, 0, path, 0, 0, NULL, 0);
    leave();
    return result;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    pthread_once(&once, setup);
    if (!is_ours(old) && !is_ours(new)) return syscall(SYS_renameat2, from, old, to, new, flags);
    enter();
    int result = -1, error = fault();
    if (error) errno = error;
    else if (!(result = syscall(SYS_renameat2, from, old, to, new, flags)))
        put(RENAME, 0, old, 0, 0, new, strlen(new));
    leave();
    return result;
}
int renameat(int from, const char *old, int to, const char *new) { return renameat2(from, old, to, new, 0); }
int rename(const char *old, const char *new) { return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0); }

// MARK: SQLite

typedef int (*prepare_v3)(void *, const char *, int, unsigned, void **, const char **);
typedef int (*prepare_v2)(void *, const char *, int, void **, const char **);

static const char *rewritten(const char *sql, char *buffer, size_t size) {
    pthread_once(&once, setup);
    if (!synchronous[0] || !sql || !strcasestr(sql, "pragma synchronous") || !strcasestr(sql, "full")) return NULL;
    snprintf(buffer, size, "PRAGMA synchronous = %s", synchronous);
    rewrites++;
    return buffer;
}

int sqlite3_prepare_v3(void *database, const char *sql, int size, unsigned flags, void **statement, const char **tail) {
    static prepare_v3 real;
    if (!real) real = (prepare_v3)next("sqlite3_prepare_v3");
    char buffer[64];
    const char *other = rewritten(sql, buffer, sizeof buffer);
    if (!other) return real(database, sql, size, flags, statement, tail);
    int result = real(database, other, -1, flags, statement, NULL);
    if (tail) *tail = sql + strlen(sql);
    return result;
}

int sqlite3_prepare_v2(void *database, const char *sql, int size, void **statement, const char **tail) {
    static prepare_v2 real;
    if (!real) real = (prepare_v2)next("sqlite3_prepare_v2");
    char buffer[64];
    const char *other = rewritten(sql, buffer, sizeof buffer);
    if (!other) return real(database, sql, size, statement, tail);
    int result = real(database, other, -1, statement, NULL);
    if (tail) *tail = sql + strlen(sql);
    return result;
}
