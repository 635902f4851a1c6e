// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// lld as a library. It takes files only, so inputs lie in anonymous files in memory and the result comes through a pipe: an
// interrupted link leaves nothing behind.
#include "RunLld.h"

#include "nncc/Codegen/InternalError.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)
LLD_HAS_DRIVER(wasm)

using namespace llvm;

namespace nncc::codegen {

namespace {

Error systemError(const Twine &what) { return createStringError("cannot link: " + what + ": " + std::strerror(errno)); }

std::string descriptorPath(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

bool writeAll(int descriptor, StringRef contents) {
  while (!contents.empty()) {
    ssize_t written = write(descriptor, contents.data(), contents.size());
    if (written < 0 && errno != EINTR)
      return false;
    contents = contents.drop_front(std::max<ssize_t>(written, 0));
  }
  return true;
}

/// Reads what comes out of a pipe until its last writer is gone, or `ended` is set and nothing more comes (a crash may leave a writer
/// open).
void readAll(int descriptor, const std::atomic<bool> &ended, SmallVectorImpl<char> &contents) {
  for (;;) {
    pollfd waited = {descriptor, POLLIN, 0};
    const bool wasEnded = ended;
    if (poll(&waited, 1, /*milliseconds=*/100) == 0) {
      if (wasEnded)
        return;
      continue;
    }
    constexpr size_t step = 1 << 16;
    size_t size = contents.size();
    contents.resize_for_overwrite(size + step);
    ssize_t got = read(descriptor, contents.data() + size, step);
    contents.truncate(size + std::max<ssize_t>(got, 0));
    if (got == 0 || (got < 0 && errno != EINTR))
      return;
  }
}

/// lld's state is the process's: one run at a time.
bool callLld(ArrayRef<const char *> arguments, raw_ostream &messages) {
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  // Without it, what lld calls a fatal error would end the process.
  CrashRecoveryContext::Enable();
  auto disable = scope_exit([] { CrashRecoveryContext::Disable(); });
  return lld::lldMain(arguments, messages, messages, {{lld::Gnu, &lld::elf::link}, {lld::Wasm, &lld::wasm::link}}).retCode == 0;
}

} // namespace

LldCommand::LldCommand(Format format) {
  // One thread: the links are small, and threads would outlive them.
  arguments = {format == WebAssembly ? "wasm-ld" : "ld.lld", "--threads=1", "--no-color-diagnostics", "--error-limit=6"};
}

LldCommand::~LldCommand() { closeFiles(); }

void LldCommand::closeFiles() {
  for (MemoryFile &file : files)
    if (int descriptor = std::exchange(file.descriptor, -1); descriptor >= 0)
      close(descriptor);
}

Error LldCommand::addContents(StringRef option, StringRef contents, StringRef name) {
  int descriptor = memfd_create("nncc", MFD_CLOEXEC);
  if (descriptor < 0)
    return systemError("no memory for " + name);
  files.push_back({descriptor, descriptorPath(descriptor), name.str()});
  if (!writeAll(descriptor, contents))
    return systemError("no memory for " + name);
  add(option + files.back().path);
  return Error::success();
}

Error LldCommand::addObjects(ArrayRef<MemoryBufferRef> objects) {
  for (MemoryBufferRef object : objects)
    if (Error error = addContents("", object.getBuffer(), object.getBufferIdentifier()))
      return error;
  return Error::success();
}

Expected<LinkedFile> LldCommand::run(StringRef what) {
  if (!sys::fs::exists("/proc/self/fd"))
    return createStringError("cannot link: /proc is not mounted");
  int pipeEnds[2];
  if (pipe2(pipeEnds, O_CLOEXEC))
    return systemError("no pipe");
  add("-o");
  add(descriptorPath(pipeEnds[1]));
  SmallVector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());

  SmallVector<char, 0> result;
  std::string messages;
  raw_string_ostream stream(messages);
  std::atomic<bool> ended = false;
  std::thread reader(readAll, pipeEnds[0], std::cref(ended), std::ref(result));
  const bool linked = callLld(pointers, stream);
  ended = true;
  close(pipeEnds[1]);
  reader.join();
  close(pipeEnds[0]);
  closeFiles();
  if (!linked)
    return make_error<InternalError>("linking " + what.str() + " failed" + readable(messages));
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(result), what, /*RequiresNullTerminator=*/false);
}

std::string LldCommand::readable(StringRef messages) const {
  std::string result;
  for (StringRef line : split(messages, '\n')) {
    line.consume_front(arguments.front() + ": ");
    line.consume_front("error: ");
    if (line.trim().empty())
      continue;
    std::string text = line.str();
    for (const MemoryFile &file : files)
      for (size_t at = text.find(file.path); at != std::string::npos; at = text.find(file.path, at + file.name.size()))
        if (at + file.path.size() == text.size() || !isDigit(text[at + file.path.size()]))
          text.replace(at, file.path.size(), file.name);
    result += "\n  " + text;
  }
  return result;
}

} // namespace nncc::codegen
