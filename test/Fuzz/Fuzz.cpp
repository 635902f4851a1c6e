// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Fuzz.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

/// Of the sanitizers, where there are any.
extern "C" [[gnu::weak]] void __sanitizer_set_report_fd(void *fd);

namespace nncc::fuzz {

void finding(const char *pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  fputs("finding: ", stderr);
  vfprintf(stderr, pattern, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  abort();
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == text.npos)
      return pieces;
    text.remove_prefix(end + separator.size());
  }
}

std::string mendHeaderLength(std::string_view file) {
  constexpr size_t bytes = 8;
  std::string mended(file);
  const size_t brace = mended.rfind('}');
  if (brace != mended.npos && brace >= bytes && mended[bytes - 1] == '\xff')
    for (size_t i = 0, length = brace + 1 - bytes; i < bytes; ++i)
      mended[i] = static_cast<char>(length >> (8 * i));
  return mended;
}

Folder::Folder() {
  std::string name = (access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + std::string("/nncc-fuzz-XXXXXX");
  if (!mkdtemp(name.data()))
    finding("cannot make a folder '%s'", name.c_str());
  root = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(root, ignored);
}

std::string Folder::write(std::string_view name, std::string_view bytes) const {
  std::string file = path(name);
  if (name.find('/') != name.npos)
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  FILE *stream = fopen(file.c_str(), "wb");
  if (!stream || fwrite(bytes.data(), 1, bytes.size(), stream) != bytes.size())
    finding("cannot write '%s'", file.c_str());
  fclose(stream);
  return file;
}

std::string Folder::read(std::string_view name) const {
  std::string bytes;
  if (FILE *stream = fopen(path(name).c_str(), "rb")) {
    char block[4096];
    while (size_t count = fread(block, 1, sizeof block, stream))
      bytes.append(block, count);
    fclose(stream);
  }
  return bytes;
}

void Folder::clear() const {
  for (const auto &entry : std::filesystem::directory_iterator(root))
    std::filesystem::remove_all(entry.path());
}

/// Where a sanitizer tells what it finds.
static void setReports(int file) {
  if (__sanitizer_set_report_fd)
    __sanitizer_set_report_fd(reinterpret_cast<void *>(static_cast<intptr_t>(file)));
}

Silence::Silence() {
  fflush(stdout);
  fflush(stderr);
  int nothing = open("/dev/null", O_WRONLY);
  for (int i : {0, 1}) {
    kept[i] = dup(1 + i);
    dup2(nothing, 1 + i);
  }
  close(nothing);
  setReports(kept[1]);
}

Silence::~Silence() {
  fflush(stdout);
  fflush(stderr);
  setReports(2);
  for (int i : {0, 1}) {
    dup2(kept[i], 1 + i);
    close(kept[i]);
  }
}

} // namespace nncc::fuzz
