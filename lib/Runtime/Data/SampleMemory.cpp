// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/SampleMemory.h"

#include "nncc/Runtime/Core/Memory.h"
#include "nncc/Runtime/Data/Failure.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

namespace nncc::runtime {

namespace {

struct State {
  std::mutex mutex;
  uint64_t limit = 0, used = 0;
  std::string folder;
  std::vector<void *> mapped; ///< blocks that lie in files
};

/// Never destroyed: samples may outlive it otherwise. Made before the program starts.
union Undestroyed {
  State state;
  constexpr Undestroyed() : state() {}
  ~Undestroyed() {}
};
constinit Undestroyed only;

State &state() { return only.state; }

/// Blocks below this stay in memory, whatever the limit: labels, tables.
constexpr size_t smallBlock = 1 << 16;

/// A number of bytes in a file of the system; `key` is what precedes it on its line ("": the file is the number).
uint64_t readSystemBytes(const char *path, const char *key) {
  uint64_t result = 0;
  if (FILE *file = fopen(path, "r")) {
    char line[256];
    while (!result && fgets(line, sizeof line, file))
      if (strncmp(line, key, strlen(key)) == 0)
        result = strtoull(line + strlen(key), nullptr, 10);
    fclose(file);
  }
  return result;
}

uint64_t availableMemory() {
  uint64_t available = readSystemBytes("/proc/meminfo", "MemAvailable:") << 10;
  if (!available)
    available = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  uint64_t most = readSystemBytes("/sys/fs/cgroup/memory.max", ""),
           now = readSystemBytes("/sys/fs/cgroup/memory.current", "");
  if (most && most > now && most - now < available)
    available = most - now;
  return available;
}

int openNameless(const std::string &folder) {
#ifdef O_TMPFILE
  int direct = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (direct >= 0)
    return direct;
#endif
  std::string name = folder + "/nncc-samples-XXXXXX";
  int file = mkstemp(name.data());
  if (file >= 0)
    unlink(name.c_str());
  return file;
}

void *mapNamelessFile(size_t bytes, std::string folder) {
  if (folder.empty())
    folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/var/tmp";
  int file = openNameless(folder);
  // Reserved now: a full disk is an error here, not a signal when a page is touched.
  int problem = file < 0 ? errno : posix_fallocate(file, 0, static_cast<off_t>(bytes));
  void *block = problem ? MAP_FAILED : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (block == MAP_FAILED && !problem)
    problem = errno;
  if (file >= 0)
    close(file);
  if (problem)
    fail(exitResource,
         "the samples take more memory than there is (%.1f GB), and a file for them in '%s' fails: %s; set TMPDIR to a "
         "folder on a disk",
         static_cast<double>(bytes) / 1e9, folder.c_str(), strerror(problem));
  return block;
}

} // namespace

void setSampleMemory(uint64_t limit, const std::string &folder) {
  State &s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  s.limit = limit;
  s.folder = folder;
}

uint64_t sampleMemoryLimit() {
  State &s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  if (!s.limit)
    s.limit = s.used + availableMemory() / 2;
  return s.limit;
}

uint64_t sampleMemoryUsed() {
  State &s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  return s.used;
}

void *allocateSamples(size_t bytes) {
  if (bytes >= smallBlock) {
    uint64_t limit = sampleMemoryLimit();
    State &s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    if (s.used + bytes > limit) {
      s.mapped.reserve(s.mapped.size() + 1);
      s.mapped.push_back(mapNamelessFile(bytes, s.folder));
      return s.mapped.back();
    }
    s.used += bytes;
  }
  void *block = nncc_allocate(bytes);
  if (!block)
    failForMemory();
  return block;
}

void releaseSamples(void *block, size_t bytes) {
  if (block && bytes >= smallBlock) {
    State &s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    for (void *&mapped : s.mapped)
      if (mapped == block) {
        munmap(block, bytes);
        mapped = s.mapped.back();
        s.mapped.pop_back();
        return;
      }
    s.used -= bytes;
  }
  nncc_release(block, bytes);
}

bool samplesLieInFile(const void *block) {
  State &s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  return std::find(s.mapped.begin(), s.mapped.end(), block) != s.mapped.end();
}

} // namespace nncc::runtime
