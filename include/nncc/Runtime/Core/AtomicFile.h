/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Files that are there whole or not at all: written beside the target, synced, renamed over it.
 * Several can be finished first and committed together, so that a command that fails late leaves nothing.
 */
#ifndef NNCC_RUNTIME_CORE_ATOMICFILE_H
#define NNCC_RUNTIME_CORE_ATOMICFILE_H

#include "nncc/Runtime/Core/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nncc_file nncc_file;

/*
 * Opens a temporary file in the directory of `path` (of what it points to, if it is a symbolic link). A path that is there
 * and is no regular file (/dev/stdout, a pipe) is opened as it is and written directly. Temporary files of this path that
 * killed processes left are removed.
 * NNCC_ERROR_WRITE with the operating system's reason in the message.
 */
nncc_status nncc_file_create(const char *path, nncc_file **file, nncc_message *message);
nncc_status nncc_file_write(nncc_file *file, const void *bytes, size_t count, nncc_message *message);
/* Flushes and syncs; after this only commit and abandon are allowed. */
nncc_status nncc_file_finish(nncc_file *file, nncc_message *message);
/* Renames into place (finishing first if that was not done) and frees `file`, also when it fails. */
nncc_status nncc_file_commit(nncc_file *file, nncc_message *message);
/* Removes the temporary file and frees `file`, which may be NULL. */
void nncc_file_abandon(nncc_file *file);

/* Could nncc_file_create succeed? Asked before long work, so that hours are not lost to a typo. Leaves nothing behind. */
nncc_status nncc_file_check(const char *path, nncc_message *message);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_ATOMICFILE_H */
