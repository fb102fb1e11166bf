/* The file layer under a program that is watched: everything it does to the files of one folder is written down in order,
 * and on demand the disk is full. Loaded before the C library (LD_PRELOAD), so the program, its database included, is the
 * real one.
 *
 *   DOORSTEP_LAYER_ROOT  the folder, an absolute path
 *   DOORSTEP_LAYER_LOG   where it is written down
 *   DOORSTEP_LAYER_ROOM  a file of 8 bytes: so many writes still find room; negative: all do
 *
 * A record is a letter and numbers of 64 bits, little-endian; a text or bytes follow their length:
 *   C inode path      a file came to be          W inode offset bytes   bytes were written
 *   T inode length    it was cut or stretched    S inode                it was made durable
 *   D path            a folder was made durable  M path                 a folder came to be
 *   R from to         a name was given anew      U path                 a name was taken away
 * Files that SQLite shares in memory (`-shm`) are left out: it makes them anew after a power cut. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST = 65536 };
enum { UNKNOWN, FOREIGN, FILE_OF_OURS };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static size_t root_length;
static int log_fd = -1;
static volatile int64_t *room;
static struct { unsigned char state; uint64_t inode; } known[MOST];

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("DOORSTEP_LAYER_LOG"), *full = getenv("DOORSTEP_LAYER_ROOM");
    root = getenv("DOORSTEP_LAYER_ROOT");
    if (!root || !log) { root = NULL; return; }
    root_length = strlen(root);
    log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int fd = full ? (int)syscall(SYS_openat, AT_FDCWD, full, O_RDWR | O_CLOEXEC, 0) : -1;
    if (fd >= 0) {
        void *at = mmap(NULL, sizeof *room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        room = at == MAP_FAILED ? NULL : at;
    }
}

static void put(char **end, uint64_t number) { memcpy(*end, &number, 8); *end += 8; }

static void write_all(const void *bytes, size_t length) {
    for (const char *at = bytes; length > 0;) {
        long done = syscall(SYS_write, log_fd, at, length);
        if (done <= 0) abort();
        at += done;
        length -= (size_t)done;
    }
}

/* One record; a second text or the bytes of a write come last. */
static void record(char letter, int numbers, uint64_t first, uint64_t second, const char *text, const char *more, size_t length) {
    char head[1 + 8 * 4 + PATH_MAX], *end = head;
    *end++ = letter;
    if (numbers > 0) put(&end, first);
    if (numbers > 1) put(&end, second);
    if (text) {
        size_t size = strlen(text);
        put(&end, size);
        memcpy(end, text, size);
        end += size;
    }
    if (more) put(&end, length);
    write_all(head, (size_t)(end - head));
    if (more) write_all(more, length);
}

/* The part of a path below the root; NULL for every other path. */
static const char *below(const char *path) {
    if (!root || strncmp(path, root, root_length) != 0 || path[root_length] != '/') return NULL;
    const char *name = path + root_length + 1;
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, "-shm") == 0 ? NULL : name;
}

static const char *resolve(int folder, const char *path, char *buffer) {
    if (!root) return NULL;
    if (path[0] == '/') return below(path);
    char link[64];
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    if (length < 0 || (size_t)length + strlen(path) + 2 > PATH_MAX) return NULL;
    buffer[length] = '/';
    strcpy(buffer + length + 1, path);
    return below(buffer);
}

/* Whether an open file is one of ours. Called with the turn. */
static int ours(int fd, uint64_t *inode) {
    if (!root || fd < 0 || fd >= MOST || fd == log_fd) return 0;
    if (known[fd].state == UNKNOWN) {
        char link[64], path[PATH_MAX];
        struct stat is;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        known[fd].state = FOREIGN;
        if (length > 0) {
            path[length] = 0;
            if (below(path) && fstat(fd, &is) == 0 && S_ISREG(is.st_mode)) {
                known[fd].state = FILE_OF_OURS;
                known[fd].inode = is.st_ino;
            }
        }
    }
    *inode = known[fd].inode;
    return known[fd].state == FILE_OF_OURS;
}

static int full(void) {
    if (!room || *room < 0) return 0;
    if (*room == 0) { errno = ENOSPC; return 1; }
    --*room;
    return 0;
}

#define ENTER pthread_mutex_lock(&turn)
#define LEAVE do { int kept = errno; pthread_mutex_unlock(&turn); errno = kept; } while (0)

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char buffer[PATH_MAX];
    struct stat is;
    ENTER;
    const char *name = flags & (O_CREAT | O_TRUNC) ? resolve(folder, path, buffer) : NULL;
    int there = name && fstatat(folder, path, &is, 0) == 0;
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && fd < MOST) known[fd].state = UNKNOWN;
    if (fd >= 0 && name && fstat(fd, &is) == 0 && S_ISREG(is.st_mode)) {
        if (!there) record('C', 1, is.st_ino, 0, name, NULL, 0);
        else if (flags & O_TRUNC) record('T', 2, is.st_ino, 0, NULL, NULL, 0);
    }
    LEAVE;
    return fd;
}

#define MODE(flags) mode_t mode = 0; \
    if ((flags) & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }

int close(int fd) {
    ENTER;
    if (fd >= 0 && fd < MOST) known[fd].state = UNKNOWN;
    int done = (int)syscall(SYS_close, fd);
    LEAVE;
    return done;
}

static ssize_t written(int fd, const void *bytes, size_t length, off_t offset, int placed) {
    uint64_t inode;
    ssize_t done;
    ENTER;
    if (!ours(fd, &inode)) {
        pthread_mutex_unlock(&turn);
        return placed ? syscall(SYS_pwrite64, fd, bytes, length, offset) : syscall(SYS_write, fd, bytes, length);
    }
    if (full()) {
        done = -1;
    } else {
        if (!placed) {
            struct stat is;
            int flags = fcntl(fd, F_GETFL);
            offset = flags & O_APPEND && fstat(fd, &is) == 0 ? is.st_size : lseek(fd, 0, SEEK_CUR);
        }
        done = placed ? syscall(SYS_pwrite64, fd, bytes, length, offset) : syscall(SYS_write, fd, bytes, length);
        if (done > 0) record('W', 2, inode, (uint64_t)offset, NULL, bytes, (size_t)done);
    }
    LEAVE;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return written(fd, bytes, length, 0, 0); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return written(fd, bytes, length, offset, 1); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return written(fd, bytes, length, offset, 1); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    uint64_t inode;
    ENTER;
    int mine = ours(fd, &inode);
    pthread_mutex_unlock(&turn);
    if (!mine) return syscall(SYS_writev, fd, parts, count);
    /* A short write is allowed: whoever calls goes on with the rest. */
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len > 0) return write(fd, parts[i].iov_base, parts[i].iov_len);
    return 0;
}

/* Copies go by reading and writing, so that they are seen. */
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *there, size_t length, unsigned flags) {
    uint64_t inode;
    ENTER;
    int mine = ours(to, &inode);
    pthread_mutex_unlock(&turn);
    if (mine) { errno = ENOSYS; return -1; }
    return syscall(SYS_copy_file_range, from, at, to, there, length, flags);
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t length) {
    uint64_t inode;
    ENTER;
    int mine = ours(to, &inode);
    pthread_mutex_unlock(&turn);
    if (mine) { errno = EINVAL; return -1; }
    return syscall(SYS_sendfile, to, from, at, length);
}

ssize_t sendfile(int to, int from, off_t *at, size_t length) { return sendfile64(to, from, at, length); }

static int cut(int fd, off_t length) {
    uint64_t inode;
    ENTER;
    int mine = ours(fd, &inode);
    int done = (int)syscall(SYS_ftruncate, fd, length);
    if (mine && done == 0) record('T', 2, inode, (uint64_t)length, NULL, NULL, 0);
    LEAVE;
    return done;
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int durable(int fd, long call) {
    uint64_t inode;
    ENTER;
    int done = (int)syscall(call, fd);
    if (done == 0 && root) {
        if (ours(fd, &inode)) {
            record('S', 1, inode, 0, NULL, NULL, 0);
        } else {
            char link[64], path[PATH_MAX];
            struct stat is;
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length > 0 && fstat(fd, &is) == 0 && S_ISDIR(is.st_mode)) {
                path[length] = 0;
                const char *name = strcmp(path, root) == 0 ? "" : below(path);
                if (name) record('D', 0, 0, 0, name, NULL, 0);
            }
        }
    }
    LEAVE;
    return done;
}

int fsync(int fd) { return durable(fd, SYS_fsync); }
int fdatasync(int fd) { return durable(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
    ENTER;
    const char *old = below(from), *name = below(to);
    int done = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (done == 0 && old && name) record('R', 0, 0, 0, old, name, strlen(name));
    LEAVE;
    return done;
}

static int gone(int folder, const char *path, int flags) {
    char buffer[PATH_MAX];
    ENTER;
    const char *name = resolve(folder, path, buffer);
    int done = (int)syscall(SYS_unlinkat, folder, path, flags);
    if (done == 0 && name) record('U', 0, 0, 0, name, NULL, 0);
    LEAVE;
    return done;
}

int unlink(const char *path) { return gone(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return gone(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int folder, const char *path, int flags) { return gone(folder, path, flags); }
int remove(const char *path) { return unlink(path); }

int mkdir(const char *path, mode_t mode) {
    ENTER;
    const char *name = below(path);
    int done = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (done == 0 && name) record('M', 0, 0, 0, name, NULL, 0);
    LEAVE;
    return done;
}
