/* Writes down, in order, what a process does to the files of one folder: preloaded by power.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS 4096
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The original 64-bit names are functions of their own in glibc: libraries call either. */
struct line { uint32_t op, id; uint64_t offset, length; };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static int log_fd = -1;
static uint32_t id_of[FDS], last_id;

__attribute__((constructor)) static void begin(void) {
  folder = getenv("POWER_FOLDER");
  const char *path = getenv("POWER_LOG");
  if (folder && path)
    log_fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void put(const void *bytes, size_t left) {
  for (const char *at = bytes; left;) {
    long done = syscall(SYS_write, log_fd, at, left);
    if (done <= 0) abort();
    at += done;
    left -= done;
  }
}

static void note(char op, uint32_t id, uint64_t offset, const void *bytes, uint64_t length) {
  struct line line = {op, id, offset, length};
  pthread_mutex_lock(&turn);
  put(&line, sizeof line);
  put(bytes, length);
  pthread_mutex_unlock(&turn);
}

static uint32_t known(int fd) { return fd >= 0 && fd < FDS ? id_of[fd] : 0; }

static int opened(int fd, const char *path) {
  if (fd >= 0 && fd < FDS && log_fd >= 0 && !strncmp(path, folder, strlen(folder))) {
    id_of[fd] = __sync_add_and_fetch(&last_id, 1);
    note('O', id_of[fd], 0, path, strlen(path));
  }
  return fd;
}

#define MODE                      \
  mode_t mode = 0;                \
  if (flags & O_CREAT) {          \
    va_list more;                 \
    va_start(more, flags);        \
    mode = va_arg(more, mode_t);  \
    va_end(more);                 \
  }

int open(const char *path, int flags, ...) { MODE return opened(NEXT(open)(path, flags, mode), path); }
int open64(const char *path, int flags, ...) { MODE return opened(NEXT(open64)(path, flags, mode), path); }

int close(int fd) {
  if (known(fd)) id_of[fd] = 0;
  return NEXT(close)(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  off_t at = known(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t done = NEXT(write)(fd, bytes, length);
  if (known(fd) && done > 0) note('W', known(fd), at, bytes, done);
  return done;
}

#define PWRITE(name)                                                     \
  ssize_t name(int fd, const void *bytes, size_t length, off_t at) {     \
    ssize_t done = NEXT(name)(fd, bytes, length, at);                    \
    if (known(fd) && done > 0) note('W', known(fd), at, bytes, done);    \
    return done;                                                         \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define SYNC(name)                                                 \
  int name(int fd) {                                               \
    int failed = NEXT(name)(fd);                                   \
    if (known(fd) && !failed) note('S', known(fd), 0, "", 0);      \
    return failed;                                                 \
  }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name)                                                  \
  int name(int fd, off_t length) {                                      \
    int failed = NEXT(name)(fd, length);                                \
    if (known(fd) && !failed) note('T', known(fd), length, "", 0);      \
    return failed;                                                      \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int unlink(const char *path) {
  int failed = NEXT(unlink)(path);
  if (!failed && log_fd >= 0 && !strncmp(path, folder, strlen(folder)))
    note('U', 0, 0, path, strlen(path));
  return failed;
}
