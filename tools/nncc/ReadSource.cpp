// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"
#include "Replay.h"

#include "nncc/Frontend/Lexer.h"
#include "nncc/Pipeline/Reproducer.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

/// MLIR modules and reproducers, which hold one, are larger than what people write.
static constexpr size_t kMaxModuleBytes = size_t(512) << 20;

/// Appends what `file` holds, and one byte more than `most` where it holds more: a device may never end.
static Error readUpTo(sys::fs::file_t file, size_t most, std::string &text) {
  constexpr size_t chunk = 64 << 10;
  while (text.size() <= most) {
    const size_t size = text.size(), wanted = std::min(chunk, most + 1 - size);
    text.resize(size + wanted);
    Expected<size_t> count = sys::fs::readNativeFile(file, MutableArrayRef<char>(&text[size], wanted));
    text.resize(size + (count ? *count : 0));
    if (!count)
      return count.takeError();
    if (*count == 0)
      break;
  }
  return Error::success();
}

bool readSource(const std::string &path, std::string &text) {
  auto fail = [&](const Twine &why) {
    errs() << "nncc: error: cannot read '" << printable(path) << "': " << why << "\n";
    return false;
  };
  if (std::optional<StringRef> recorded = replayedInput(path)) {
    text = recorded->str();
    pipeline::recordInput(path, text);
    return true;
  }
  if (path != "-" && sys::fs::is_directory(path))
    return fail("it is a directory");
  Expected<sys::fs::file_t> file(sys::fs::getStdinHandle());
  if (path != "-")
    file = sys::fs::openNativeFileForRead(path);
  if (!file)
    return fail(toString(file.takeError()));
  const bool isModel = path == "-" || StringRef(path).ends_with(".nn");
  const size_t most = isModel ? frontend::kMaxSourceBytes : kMaxModuleBytes;
  text.clear();
  Error error = readUpTo(*file, most, text);
  if (path != "-")
    sys::fs::closeFile(*file);
  if (error)
    return fail(toString(std::move(error)));
  if (text.size() > most)
    return fail("it has more than " + Twine(most >> 20) + " MiB");
  pipeline::recordInput(path, text);
  return true;
}

} // namespace nncc::tool
