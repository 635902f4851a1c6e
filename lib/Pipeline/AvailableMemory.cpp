// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AvailableMemory.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/MemoryBuffer.h"

#include <optional>
#include <sys/resource.h>
#include <unistd.h>

using namespace llvm;

namespace nncc::pipeline {

namespace {

/// A file of the system; empty where there is none. Its size is not known before it is read.
std::string contentsOf(const Twine &path) {
  auto buffer = MemoryBuffer::getFileAsStream(path);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

/// The number behind `key` at the start of a line ("": the file is the number; "max" is none).
std::optional<int64_t> numberOf(const Twine &path, StringRef key) {
  const std::string text = contentsOf(path);
  SmallVector<StringRef> lines;
  StringRef(text).split(lines, '\n');
  for (StringRef line : lines) {
    int64_t number = 0;
    if (line.consume_front(key) && !line.ltrim().consumeInteger(10, number))
      return number;
  }
  return std::nullopt;
}

/// The group's folder: in a container the root, else where /proc says ("0::/user.slice/...").
std::string groupFolder() {
  const std::string text = contentsOf("/proc/self/cgroup");
  for (StringRef rest = text; !rest.empty();) {
    auto [line, behind] = rest.split('\n');
    if (line.consume_front("0::/"))
      return ("/sys/fs/cgroup/" + line).str();
    rest = behind;
  }
  return "/sys/fs/cgroup";
}

/// A group may take no more than those around it.
std::optional<int64_t> leftOfGroups() {
  std::optional<int64_t> least;
  for (std::string folder = groupFolder(); folder.size() >= sizeof("/sys/fs/cgroup") - 1;
       folder = StringRef(folder).rsplit('/').first.str()) {
    const std::optional<int64_t> most = numberOf(folder + "/memory.max", ""), now = numberOf(folder + "/memory.current", "");
    if (!most || !now)
      continue;
    // Cached files are given back when memory is short.
    const int64_t cached = numberOf(folder + "/memory.stat", "inactive_file ").value_or(0);
    const int64_t left = std::max<int64_t>(*most - *now + cached, 0);
    least = std::min(least.value_or(left), left);
  }
  return least;
}

std::optional<int64_t> leftOfAddressSpace() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::nullopt;
  const int64_t pages = numberOf("/proc/self/statm", "").value_or(0);
  return std::max<int64_t>(static_cast<int64_t>(limit.rlim_cur) - pages * sysconf(_SC_PAGESIZE), 0);
}

} // namespace

AvailableMemory availableMemory() {
  AvailableMemory least;
  if (const std::optional<int64_t> kilobytes = numberOf("/proc/meminfo", "MemAvailable:"))
    least = {*kilobytes << 10, "is free"};
  else
    least = {sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), "is what the machine has"};
  const auto consider = [&](std::optional<int64_t> bytes, const char *what) {
    if (bytes && *bytes < least.bytes)
      least = {*bytes, what};
  };
  consider(leftOfGroups(), "is left in its control group");
  consider(leftOfAddressSpace(), "is left of its address space (ulimit -v)");
  return least;
}

} // namespace nncc::pipeline
