/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/AtomicFile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { bufferBytes = 1 << 16 };

struct nncc_file {
  int descriptor;
  int finished;
  char *name;      /* as the user wrote it, for messages */
  char *target;    /* what is renamed over */
  char *temporary; /* NULL: written directly */
  size_t used;
  char buffer[bufferBytes];
};

static nncc_status fail(const char *path, int error, nncc_message *message) {
  nncc_message_append(message, "cannot write '%s': %s", path, strerror(error));
  return NNCC_ERROR_WRITE;
}

/* The directory part of a path, "." where there is none. NULL: out of memory. */
static char *directoryOf(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash)
    return strdup(".");
  return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static void destroy(nncc_file *file) {
  if (file->descriptor >= 0)
    close(file->descriptor);
  free(file->name);
  free(file->target);
  free(file->temporary);
  free(file);
}

/* What would be replaced: the path itself, or what a symbolic link points to. */
static char *resolve(const char *path, struct stat *info, int *exists) {
  *exists = stat(path, info) == 0;
  char *resolved = *exists ? realpath(path, NULL) : NULL;
  return resolved ? resolved : strdup(path);
}

nncc_status nncc_file_check(const char *path, nncc_message *message) {
  if (!*path)
    return fail(path, ENOENT, message);
  struct stat info;
  int exists;
  char *target = resolve(path, &info, &exists);
  char *directory = target ? directoryOf(target) : NULL;
  nncc_status status = NNCC_OK;
  struct stat where;
  if (!directory)
    status = NNCC_ERROR_MEMORY;
  else if (exists && S_ISDIR(info.st_mode))
    status = fail(path, EISDIR, message);
  else if (exists && access(target, W_OK) != 0)
    status = fail(path, errno, message);
  else if (exists && !S_ISREG(info.st_mode))
    status = NNCC_OK;
  else if (stat(directory, &where) != 0)
    status = fail(path, errno, message);
  else if (!S_ISDIR(where.st_mode))
    status = fail(path, ENOTDIR, message);
  else if (access(directory, W_OK | X_OK) != 0)
    status = fail(path, errno, message);
  free(directory);
  free(target);
  return status;
}

/* The part of a temporary file's name behind the target's: ".tmp-123-4". */
static int isTemporaryEnding(const char *text) {
  if (strncmp(text, ".tmp-", 5) != 0)
    return 0;
  text += 5;
  int dashes = 0;
  for (; *text; ++text) {
    if (*text == '-')
      ++dashes;
    else if (!isdigit((unsigned char)*text))
      return 0;
  }
  return dashes == 1;
}

/* Removes what writers of `target` left that were killed. A living writer holds a lock on its file, which ends with it.
 */
static void removeStale(const char *target) {
  char *directory = directoryOf(target);
  DIR *stream = directory ? opendir(directory) : NULL;
  free(directory);
  if (!stream)
    return;
  const char *slash = strrchr(target, '/'), *base = slash ? slash + 1 : target;
  size_t length = strlen(base);
  for (struct dirent *entry; (entry = readdir(stream));) {
    if (strncmp(entry->d_name, base, length) != 0 || !isTemporaryEnding(entry->d_name + length))
      continue;
    int descriptor = openat(dirfd(stream), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
      continue;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      unlinkat(dirfd(stream), entry->d_name, 0);
    close(descriptor);
  }
  closedir(stream);
}

/* Creates a file of that name, locked; -1 with errno. EEXIST: take another name. */
static int createLocked(const char *path) {
  int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  struct stat info;
  if (descriptor < 0)
    return -1;
  /* Between the two calls another process may have taken it for stale. A file system without locks is none to fail for.
   */
  if ((flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ||
      (fstat(descriptor, &info) == 0 && info.st_nlink == 0)) {
    close(descriptor);
    errno = EEXIST;
    return -1;
  }
  return descriptor;
}

nncc_status nncc_file_create(const char *path, nncc_file **result, nncc_message *message) {
  static atomic_uint counter;
  *result = NULL;
  nncc_status status = nncc_file_check(path, message);
  if (status != NNCC_OK)
    return status;
  nncc_file *file = malloc(sizeof *file);
  if (!file)
    return NNCC_ERROR_MEMORY;
  file->descriptor = -1;
  file->finished = 0;
  file->used = 0;
  file->temporary = NULL;
  file->name = strdup(path);
  struct stat info;
  int exists;
  file->target = resolve(path, &info, &exists);
  if (!file->name || !file->target) {
    destroy(file);
    return NNCC_ERROR_MEMORY;
  }
  if (exists && !S_ISREG(info.st_mode)) {
    file->descriptor = open(file->target, O_WRONLY | O_CLOEXEC);
  } else {
    size_t length = strlen(file->target) + 48;
    file->temporary = malloc(length);
    if (!file->temporary) {
      destroy(file);
      return NNCC_ERROR_MEMORY;
    }
    removeStale(file->target);
    do {
      snprintf(file->temporary, length, "%s.tmp-%ld-%u", file->target, (long)getpid(), atomic_fetch_add(&counter, 1));
      file->descriptor = createLocked(file->temporary);
    } while (file->descriptor < 0 && errno == EEXIST);
    if (file->descriptor >= 0 && exists)
      (void)!fchmod(file->descriptor, info.st_mode & 07777); /* a replaced file keeps its permissions */
  }
  if (file->descriptor < 0) {
    status = fail(path, errno, message);
    destroy(file);
    return status;
  }
  *result = file;
  return NNCC_OK;
}

static nncc_status writeAll(nncc_file *file, const char *bytes, size_t count, nncc_message *message) {
  while (count) {
    ssize_t written = write(file->descriptor, bytes, count < (1u << 30) ? count : 1u << 30);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return fail(file->name, errno, message);
    bytes += written;
    count -= (size_t)written;
  }
  return NNCC_OK;
}

static nncc_status flush(nncc_file *file, nncc_message *message) {
  nncc_status status = writeAll(file, file->buffer, file->used, message);
  file->used = 0;
  return status;
}

nncc_status nncc_file_write(nncc_file *file, const void *bytes, size_t count, nncc_message *message) {
  if (count <= bufferBytes - file->used) {
    if (count)
      memcpy(file->buffer + file->used, bytes, count);
    file->used += count;
    return NNCC_OK;
  }
  nncc_status status = flush(file, message);
  if (status != NNCC_OK)
    return status;
  if (count < bufferBytes)
    return nncc_file_write(file, bytes, count, message);
  return writeAll(file, bytes, count, message);
}

nncc_status nncc_file_finish(nncc_file *file, nncc_message *message) {
  if (file->finished)
    return NNCC_OK;
  nncc_status status = flush(file, message);
  if (status != NNCC_OK)
    return status;
  /* A pipe or a terminal cannot be synced; that is no failure. */
  if (fsync(file->descriptor) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
    return fail(file->name, errno, message);
  file->finished = 1; /* it stays open: the lock tells others that it is no leftover */
  return NNCC_OK;
}

nncc_status nncc_file_commit(nncc_file *file, nncc_message *message) {
  nncc_status status = nncc_file_finish(file, message);
  if (status == NNCC_OK && file->temporary && rename(file->temporary, file->target) != 0)
    status = fail(file->name, errno, message);
  if (status != NNCC_OK) {
    nncc_file_abandon(file);
    return status;
  }
  if (file->temporary) { /* make the rename itself last; the data is safe already, so a failure here is none */
    char *directory = directoryOf(file->target);
    int descriptor = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (descriptor >= 0) {
      (void)fsync(descriptor);
      close(descriptor);
    }
    free(directory);
  }
  destroy(file);
  return NNCC_OK;
}

void nncc_file_abandon(nncc_file *file) {
  if (!file)
    return;
  if (file->temporary)
    unlink(file->temporary);
  destroy(file);
}
