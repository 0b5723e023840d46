/* Stands between a process and its disk (LD_PRELOAD): records what goes to LMDB's data files, and
   fails a chosen call.

   Recording, to the file that $DISK_RECORDING names: per call a byte for what happened ('W' a write,
   'S' a sync of all writes before, 'O' a sync of the last write only, as O_DSYNC makes one), a byte
   for the file ('L' the log's, 'N' that of a log being made, 'D' the derived data's, 'A' the writer's
   notes of what was acknowledged), then offset and length (8 bytes each, native order), then the bytes.

   Failing: disk_fail(n, half) makes the n-th call from now on the data files fail with EIO; if half,
   a write that fails leaves half of its bytes and says so. disk_failed() tells whether it happened. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(type, name) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off64_t);
typedef ssize_t (*writev_type)(int, const struct iovec *, int);
typedef ssize_t (*pwritev_type)(int, const struct iovec *, int, off64_t);
typedef int (*sync_type)(int);

static int countdown, leave_half, was_hit;

void disk_fail(int calls, int half) { countdown = calls; leave_half = half; was_hit = 0; }
int disk_failed(void) { return was_hit; }

static int ends_with(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && !strcmp(text + a - b, end);
}

static char file_of(int fd) {
    char link[64], path[1024];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (ends_with(path, "/log/data.mdb")) return 'L';
    if (ends_with(path, "/derived/data.mdb")) return 'D';
    if (ends_with(path, "/log.new/data.mdb")) return 'N';
    return ends_with(path, "/acknowledged") ? 'A' : 0;
}

static int fails_now(char file) {
    if (file == 0 || file == 'A' || countdown == 0 || --countdown > 0) return 0;
    was_hit = 1;
    return 1;
}

static void note(char what, char file, int64_t offset, const struct iovec *parts, int count, int64_t length) {
    static int recording = -2;
    if (recording == -2) {
        const char *path = getenv("DISK_RECORDING");
        recording = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    }
    if (recording < 0) return;
    char *line = malloc(18 + length), *at = line + 18;
    line[0] = what;
    line[1] = file;
    memcpy(line + 2, &offset, 8);
    memcpy(line + 10, &length, 8);
    int64_t left = length;
    for (int i = 0; i < count && left > 0; i++) {
        size_t size = (int64_t)parts[i].iov_len < left ? parts[i].iov_len : (size_t)left;
        memcpy(at, parts[i].iov_base, size);
        at += size;
        left -= size;
    }
    if (write(recording, line, 18 + length) != 18 + length) abort();
    free(line);
}

static ssize_t written(int fd, char file, off64_t offset, const struct iovec *parts, int count, ssize_t length) {
    if (file && length > 0) {
        note('W', file, offset, parts, count, length);
        if (fcntl(fd, F_GETFL) & O_DSYNC) note('O', file, 0, NULL, 0, 0);
    }
    return length;
}

static ssize_t half_of(const char *bytes, size_t length, int fd, off64_t offset) {
    REAL(pwrite_type, "pwrite64");
    if (leave_half && length > 1) return real(fd, bytes, length / 2, offset);
    errno = EIO;
    return -1;
}

static ssize_t any_pwrite(const char *name, int fd, const void *bytes, size_t length, off64_t offset) {
    pwrite_type real = (pwrite_type)dlsym(RTLD_NEXT, name);
    char file = file_of(fd);
    if (fails_now(file)) return half_of(bytes, length, fd, offset);
    struct iovec part = {(void *)bytes, length};
    return written(fd, file, offset, &part, 1, real(fd, bytes, length, offset));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return any_pwrite("pwrite", fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return any_pwrite("pwrite64", fd, bytes, length, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev_type, "writev");
    char file = file_of(fd);
    off64_t offset = file ? lseek64(fd, 0, SEEK_CUR) : 0;
    if (fails_now(file)) return half_of(parts[0].iov_base, parts[0].iov_len, fd, offset);
    return written(fd, file, offset, parts, count, real(fd, parts, count));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    REAL(pwritev_type, "pwritev");
    char file = file_of(fd);
    if (fails_now(file)) return half_of(parts[0].iov_base, parts[0].iov_len, fd, offset);
    return written(fd, file, offset, parts, count, real(fd, parts, count, offset));
}

static int any_sync(const char *name, int fd) {
    sync_type real = (sync_type)dlsym(RTLD_NEXT, name);
    char file = file_of(fd);
    if (fails_now(file)) {
        errno = EIO;
        return -1;
    }
    int result = real(fd);
    if (file && result == 0) note('S', file, 0, NULL, 0, 0);
    return result;
}

int fdatasync(int fd) { return any_sync("fdatasync", fd); }
int fsync(int fd) { return any_sync("fsync", fd); }
