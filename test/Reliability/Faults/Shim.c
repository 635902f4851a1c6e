/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Preloaded into a program, it makes chosen calls of libc fail. NNCC_FAULTS has faults, separated by ';', each
 *
 *   CALL[@TEXT]=EFFECT[:WHEN]
 *
 * CALL: malloc (and calloc, realloc, aligned_alloc), mmap, open, fopen, read (pread and fread, too), write, fsync, rename, pthread_create,
 *       clock_gettime, sched_yield.
 * TEXT: only where the path has this in it (open, fopen, read, write, fsync, rename).
 * EFFECT: a name of errno (ENOSPC); `short`: at most 7 bytes are read or written; `end`: nothing more can be read;
 *         `kill`: SIGKILL at this moment; `slow`: 3 ms later, in threads other than the first; `jump`: the time of
 *         day goes 1000 s back, and at the next call 2000 s forth, and so on (no clock that only goes forth does).
 * WHEN: `N` the N-th such call alone, `N+` from the N-th on. Without it: always.
 * NNCC_FAULTS_AFTER=TEXT: nothing fails or is counted before a file with this in its path is opened.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { maximumFaults = 8, shortBytes = 7 };

typedef enum effect { none, failure, shortened, ended, killed, slowed, jumping } effect;

typedef struct fault {
  char call[24], path[64];
  effect effect;
  int error;
  long first, last; /* of the calls that it applies to, from 1 */
  atomic_long calls;
} fault;

static fault faults[maximumFaults];
static atomic_int faultCount = -1; /* -1: not read yet */
static atomic_int waiting;          /* for NNCC_FAULTS_AFTER */

static const struct {
  const char *name;
  int value;
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},       {"EINTR", EINTR},   {"EACCES", EACCES}, {"EROFS", EROFS},
              {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}, {"EAGAIN", EAGAIN}, {"ENOENT", ENOENT}, {"EDQUOT", EDQUOT}};

static void fail(const char *what) {
  (void)!write(2, "NNCC_FAULTS: cannot read ", 25);
  (void)!write(2, what, strlen(what));
  (void)!write(2, "\n", 1);
  _exit(99);
}

static void parseEffect(fault *f, const char *text) {
  static const struct {
    const char *name;
    effect effect;
  } effects[] = {{"short", shortened}, {"end", ended}, {"kill", killed}, {"slow", slowed}, {"jump", jumping}};
  for (size_t i = 0; i < sizeof effects / sizeof *effects; ++i)
    if (strcmp(text, effects[i].name) == 0)
      f->effect = effects[i].effect;
  for (size_t i = 0; i < sizeof errors / sizeof *errors; ++i)
    if (strcmp(text, errors[i].name) == 0)
      f->effect = failure, f->error = errors[i].value;
  if (f->effect == none)
    fail(text);
}

/* Without malloc, which may be what fails. */
static void readFaults(void) {
  static char text[512];
  const char *given = getenv("NNCC_FAULTS");
  int count = 0;
  if (given && strlen(given) < sizeof text) {
    strcpy(text, given);
    char *rest = text;
    for (char *one; (one = strsep(&rest, ";")) && count < maximumFaults; ++count) {
      fault *f = &faults[count];
      char *right = strchr(one, '='), *path = strchr(one, '@');
      if (!right)
        fail(one);
      *right++ = 0;
      if (path && path < right)
        *path++ = 0, strncpy(f->path, path, sizeof f->path - 1);
      strncpy(f->call, one, sizeof f->call - 1);
      char *when = strchr(right, ':');
      f->first = 1, f->last = -1UL >> 1;
      if (when) {
        *when++ = 0;
        f->first = strtol(when, &when, 10);
        if (*when != '+')
          f->last = f->first;
      }
      parseEffect(f, right);
    }
  }
  waiting = getenv("NNCC_FAULTS_AFTER") != NULL;
  faultCount = count;
}

static void openPath(int descriptor, char *path, size_t size) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, size - 1);
  path[length < 0 ? 0 : length] = 0;
}

/* The fault that applies to this call; `kill` and errno are done here. */
static effect apply(const char *call, const char *path, int descriptor) {
  if (faultCount < 0)
    readFaults();
  if (waiting) {
    waiting = !path || !strstr(path, getenv("NNCC_FAULTS_AFTER"));
    return none;
  }
  for (int i = 0; i < faultCount; ++i) {
    fault *f = &faults[i];
    if (strcmp(f->call, call) != 0)
      continue;
    if (*f->path) {
      char name[512];
      if (!path)
        openPath(descriptor, name, sizeof name);
      if (!strstr(path ? path : name, f->path))
        continue;
    }
    long number = atomic_fetch_add(&f->calls, 1) + 1;
    if (number < f->first || number > f->last)
      continue;
    if (f->effect == killed)
      kill(getpid(), SIGKILL);
    if (f->effect == failure)
      errno = f->error;
    return f->effect;
  }
  return none;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* glibc's own names: dlsym allocates, and must not come back here. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
void *malloc(size_t size) { return apply("malloc", "", -1) ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return apply("malloc", "", -1) ? NULL : __libc_calloc(count, size); }
void *realloc(void *block, size_t size) { return apply("malloc", "", -1) ? NULL : __libc_realloc(block, size); }
void *aligned_alloc(size_t alignment, size_t size) { return apply("malloc", "", -1) ? NULL : __libc_memalign(alignment, size); }

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  if (apply("mmap", "", -1))
    return MAP_FAILED;
  return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return apply("open", path, -1) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

FILE *fopen(const char *path, const char *mode) { return apply("fopen", path, -1) ? NULL : REAL(fopen)(path, mode); }

/* How many of `count` bytes a call may move. */
static size_t limited(effect e, size_t count) { return e == shortened && count > shortBytes ? shortBytes : count; }

ssize_t read(int descriptor, void *bytes, size_t count) {
  effect e = apply("read", NULL, descriptor);
  if (e == failure)
    return -1;
  return e == ended ? 0 : syscall(SYS_read, descriptor, bytes, limited(e, count));
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
  effect e = apply("read", NULL, descriptor);
  if (e == failure)
    return -1;
  return e == ended ? 0 : syscall(SYS_pread64, descriptor, bytes, limited(e, count), offset);
}
ssize_t pread64(int descriptor, void *bytes, size_t count, off_t offset) __attribute__((alias("pread")));

size_t fread(void *bytes, size_t size, size_t count, FILE *stream) {
  effect e = apply("read", NULL, fileno(stream));
  if (e == failure)
    stream->_flags |= 0x20; /* _IO_ERR_SEEN */
  return e == failure || e == ended ? 0 : REAL(fread)(bytes, size, count, stream);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  effect e = apply("write", NULL, descriptor);
  if (e == failure)
    return -1;
  return syscall(SYS_write, descriptor, bytes, limited(e, count));
}

int fsync(int descriptor) { return apply("fsync", NULL, descriptor) ? -1 : (int)syscall(SYS_fsync, descriptor); }

int rename(const char *from, const char *to) {
  return apply("rename", to, -1) ? -1 : (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  return apply("pthread_create", "", -1) == failure ? errno : REAL(pthread_create)(thread, attributes, start, argument);
}

int sched_yield(void) {
  if (getpid() != gettid() && apply("sched_yield", "", -1) == slowed) {
    struct timespec pause = {0, 3000000};
    nanosleep(&pause, NULL);
  }
  return (int)syscall(SYS_sched_yield);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  static atomic_long calls; /* in turn back and forth */
  int result = (int)syscall(SYS_clock_gettime, clock, time);
  if (clock == CLOCK_REALTIME && apply("clock_gettime", "", -1) == jumping)
    time->tv_sec += atomic_fetch_add(&calls, 1) % 2 ? 1000 : -1000;
  return result;
}
