/* Between a program and its disk (LD_PRELOAD, Linux): logs what is done to the files of one folder,
 * in order, and makes chosen calls fail.
 *
 *   disk_log_to(folder, log)   begins to log into the file `log`; an empty log only watches
 *   disk_fail(op, match, after, count, error)
 *                              lets `after` calls of kind `op` on names that contain `match` pass,
 *                              then `count` of them fail with `error` (count < 0: until it is lifted)
 *
 * One record: op (1 byte), flags (1), length of the name (2), offset (8), length of the data (8),
 * time (8, ns); then name and data. All numbers are little-endian.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 'w', SYNC = 's', TRUNCATE = 't', CREATE = 'c', UNLINK = 'u', RENAME = 'r', LINK = 'l',
       OPEN = 'o' };
#define MOST 4096

static char folder[512];
static size_t folder_length;
static int log_fd = -1;
static char *names[MOST];
static char fail_op, fail_match[64];
static long fail_after, fail_count;
static int fail_error;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

static int inside(const char *path) {
    return folder_length && path && !strncmp(path, folder, folder_length);
}

static const char *name_of(int fd) { return fd >= 0 && fd < MOST ? names[fd] : NULL; }

static void note(char op, const char *name, uint64_t offset, const void *data, uint64_t length) {
    static ssize_t (*put)(int, const void *, size_t);
    if (log_fd < 0) return;
    if (!put) put = REAL(write);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t t = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    uint16_t size = (uint16_t)strlen(name);
    unsigned char head[28] = {(unsigned char)op, 0};
    memcpy(head + 2, &size, 2);
    memcpy(head + 4, &offset, 8);
    memcpy(head + 12, &length, 8);
    memcpy(head + 20, &t, 8);
    if (put(log_fd, head, sizeof head) < 0 || put(log_fd, name, size) < 0) abort();
    if (length && put(log_fd, data, length) < 0) abort();
}

static int refused(char op, const char *name) {
    int error = 0;
    pthread_mutex_lock(&lock);
    if (fail_count && (fail_op == '*' || fail_op == op) && strstr(name, fail_match)
        && !strstr(name, "/acks")) {
        if (fail_after > 0) fail_after--;
        else { if (fail_count > 0) fail_count--; error = fail_error; }
    }
    pthread_mutex_unlock(&lock);
    if (error) errno = error;
    return error;
}

void disk_log_to(const char *root, const char *log) {
    strncpy(folder, root, sizeof folder - 1);
    folder_length = strlen(folder);
    log_fd = *log ? REAL(open)(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600) : -1;
}

void disk_fail(char op, const char *match, long after, long count, int error) {
    pthread_mutex_lock(&lock);
    fail_op = op;
    strncpy(fail_match, match, sizeof fail_match - 1);
    fail_after = after;
    fail_count = count;
    fail_error = error;
    pthread_mutex_unlock(&lock);
}

static int opened(int (*really)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    char whole[1024];
    if (path && path[0] != '/' && getcwd(whole, 500)) {
        strcat(whole, "/");
        strncat(whole, path, 500);
    } else {
        strncpy(whole, path ? path : "", sizeof whole - 1);
        whole[sizeof whole - 1] = 0;
    }
    if (!inside(whole)) return really(path, flags, mode);
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (writes && refused(OPEN, whole)) return -1;
    struct stat found;
    int fresh = (flags & O_CREAT) && stat(path, &found);
    int fd = really(path, flags, mode);
    if (fd < 0 || fd >= MOST) return fd;
    pthread_mutex_lock(&lock);
    free(names[fd]);
    names[fd] = strdup(whole);
    if (fresh) note(CREATE, whole, 0, NULL, 0);
    if (flags & O_TRUNC) note(TRUNCATE, whole, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPENED(name)                                              \
    int name(const char *path, int flags, ...) {                  \
        va_list more;                                             \
        va_start(more, flags);                                    \
        mode_t mode = va_arg(more, mode_t);                       \
        va_end(more);                                             \
        return opened(REAL(name), path, flags, mode);             \
    }
OPENED(open)
OPENED(open64)

int close(int fd) {
    if (name_of(fd)) {
        pthread_mutex_lock(&lock);
        free(names[fd]);
        names[fd] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return REAL(close)(fd);
}

static ssize_t put_at(int fd, const void *data, size_t size, off_t at, int moves) {
    const char *name = name_of(fd);
    if (name && refused(WRITE, name)) return -1;
    if (!name) return moves ? REAL(write)(fd, data, size) : REAL(pwrite)(fd, data, size, at);
    pthread_mutex_lock(&lock);
    if (moves) {
        at = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
    }
    ssize_t done = moves ? REAL(write)(fd, data, size) : REAL(pwrite)(fd, data, size, at);
    if (done > 0) note(WRITE, name, (uint64_t)at, data, (uint64_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *data, size_t size) { return put_at(fd, data, size, 0, 1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return put_at(fd, data, size, at, 0); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) { return put_at(fd, data, size, at, 0); }

static int synced(int fd, int (*really)(int)) {
    const char *name = name_of(fd);
    if (name && refused(SYNC, name)) return -1;
    int done = really(fd);
    if (name && !done) {
        pthread_mutex_lock(&lock);
        note(SYNC, name, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}
int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

static int shortened(int fd, off_t size, int (*really)(int, off_t)) {
    const char *name = name_of(fd);
    if (name && refused(TRUNCATE, name)) return -1;
    pthread_mutex_lock(&lock);
    int done = really(fd, size);
    if (name && !done) note(TRUNCATE, name, (uint64_t)size, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t size) { return shortened(fd, size, REAL(ftruncate)); }
int ftruncate64(int fd, off_t size) { return shortened(fd, size, REAL(ftruncate64)); }

int unlink(const char *path) {
    if (inside(path) && refused(UNLINK, path)) return -1;
    pthread_mutex_lock(&lock);
    int done = REAL(unlink)(path);
    if (!done && inside(path)) note(UNLINK, path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

static int moved(char op, int (*really)(const char *, const char *), const char *from, const char *to) {
    if (inside(from) && refused(op, from)) return -1;
    pthread_mutex_lock(&lock);
    int done = really(from, to);
    if (!done && inside(from)) note(op, from, 0, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}
int rename(const char *from, const char *to) { return moved(RENAME, REAL(rename), from, to); }
int link(const char *from, const char *to) { return moved(LINK, REAL(link), from, to); }

/* Python links by linkat, with the working folder as both folders. */
int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
    if (inside(from) && refused(LINK, from)) return -1;
    pthread_mutex_lock(&lock);
    int done = REAL(linkat)(from_fd, from, to_fd, to, flags);
    if (!done && inside(from)) note(LINK, from, 0, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}
