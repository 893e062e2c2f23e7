/* Preloaded into a program: writes down, in order, what it does to the files below one folder.
 *
 * CZT_RECORD_BELOW names the folder, CZT_RECORD_TO the journal. One record is a line
 *   <operation> <offset> <length> <path>\n
 * followed by <length> bytes: what was written, or the new name of a rename. An fsync is noted after it
 * returned, everything else too: what the journal holds before a record had been done before it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_FILES 4096
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static char *names[MOST_FILES];
static int journal = -2;

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static ssize_t plain_write(int fd, const void *data, size_t size) { REAL(write); return real(fd, data, size); }

static int watched(const char *path) {
  static const char *below;
  if (!below && !(below = getenv("CZT_RECORD_BELOW"))) below = "";
  size_t size = strlen(below);
  return size && path && !strncmp(path, below, size) && (path[size] == '/' || !path[size]);
}

static void note(const char *what, long long offset, const char *path, const void *data, size_t size) {
  char line[PATH_MAX + 64];
  if (journal == -2) {
    REAL(open64);
    const char *to = getenv("CZT_RECORD_TO");
    journal = to ? real(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  }
  int length = snprintf(line, sizeof line, "%s %lld %zu %s\n", what, offset, size, path);
  if (journal < 0 || plain_write(journal, line, length) != length) abort();
  for (size_t done = 0; done < size;) {
    ssize_t step = plain_write(journal, (const char *)data + done, size - done);
    if (step <= 0) abort();
    done += step;
  }
}

static const char *named(int fd) { return fd >= 0 && fd < MOST_FILES ? names[fd] : NULL; }

static int opened(int fd, const char *path, int existed, int flags) {
  if (fd < 0 || fd >= MOST_FILES || !watched(path)) return fd;
  free(names[fd]);
  names[fd] = strdup(path);
  if (!existed) note("create", 0, path, "", 0);
  else if (flags & O_TRUNC) note("truncate", 0, path, "", 0);
  return fd;
}

#define OPEN(name)                                                          \
  int name(const char *path, int flags, ...) {                              \
    REAL(name);                                                             \
    va_list rest;                                                           \
    va_start(rest, flags);                                                  \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                           \
    if (!watched(path)) return real(path, flags, mode);                     \
    pthread_mutex_lock(&door);                                              \
    int existed = !access(path, F_OK);                                      \
    int fd = opened(real(path, flags, mode), path, existed, flags);         \
    pthread_mutex_unlock(&door);                                            \
    return fd;                                                              \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                        \
  int name(int folder, const char *path, int flags, ...) {                  \
    REAL(name);                                                             \
    va_list rest;                                                           \
    va_start(rest, flags);                                                  \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                           \
    if (!watched(path)) return real(folder, path, flags, mode);             \
    pthread_mutex_lock(&door);                                              \
    int existed = !access(path, F_OK);                                      \
    int fd = opened(real(folder, path, flags, mode), path, existed, flags); \
    pthread_mutex_unlock(&door);                                            \
    return fd;                                                              \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  REAL(close);
  if (!named(fd)) return real(fd);
  pthread_mutex_lock(&door);
  free(names[fd]);
  names[fd] = NULL;
  int result = real(fd);
  pthread_mutex_unlock(&door);
  return result;
}

#define NOTED(call, what, offset, data, size) \
  pthread_mutex_lock(&door);                  \
  __typeof__(call) result = call;             \
  if (result >= 0) note(what, offset, named(fd), data, size); \
  pthread_mutex_unlock(&door);                \
  return result

ssize_t write(int fd, const void *data, size_t size) {
  REAL(write);
  if (!named(fd)) return real(fd, data, size);
  struct stat now;
  long long offset = fcntl(fd, F_GETFL) & O_APPEND ? (fstat(fd, &now), now.st_size) : lseek(fd, 0, SEEK_CUR);
  NOTED(real(fd, data, size), "write", offset, data, (size_t)result);
}

#define PWRITE(name)                                                    \
  ssize_t name(int fd, const void *data, size_t size, off_t offset) {   \
    REAL(name);                                                         \
    if (!named(fd)) return real(fd, data, size, offset);                \
    NOTED(real(fd, data, size, offset), "write", offset, data, (size_t)result); \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define TRUNCATE(name)                            \
  int name(int fd, off_t size) {                  \
    REAL(name);                                   \
    if (!named(fd)) return real(fd, size);        \
    NOTED(real(fd, size), "truncate", size, "", 0); \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define SYNC(name)                             \
  int name(int fd) {                           \
    REAL(name);                                \
    if (!named(fd)) return real(fd);           \
    NOTED(real(fd), "sync", 0, "", 0);         \
  }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
  REAL(unlink);
  if (!watched(path)) return real(path);
  pthread_mutex_lock(&door);
  int result = real(path);
  if (!result) note("unlink", 0, path, "", 0);
  pthread_mutex_unlock(&door);
  return result;
}

int rename(const char *old, const char *fresh) {
  REAL(rename);
  if (!watched(old)) return real(old, fresh);
  pthread_mutex_lock(&door);
  int result = real(old, fresh);
  if (!result) note("rename", 0, old, fresh, strlen(fresh));
  pthread_mutex_unlock(&door);
  return result;
}

int renameat(int one, const char *old, int other, const char *fresh) {
  REAL(renameat);
  if (!watched(old)) return real(one, old, other, fresh);
  pthread_mutex_lock(&door);
  int result = real(one, old, other, fresh);
  if (!result) note("rename", 0, old, fresh, strlen(fresh));
  pthread_mutex_unlock(&door);
  return result;
}
