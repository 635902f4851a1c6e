// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OutputFiles.h"

#include "Internal.h"
#include "nncc/Support/OutputPath.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace fs = llvm::sys::fs;

namespace nncc::pipeline {

static ExitStatus cannotWrite(llvm::StringRef path, const llvm::Twine &why) {
  return failure("cannot write '" + path + "': " + why);
}

OutputFiles::~OutputFiles() {
  for (File &file : files)
    llvm::consumeError(file.temporary.discard());
  if (!folder.empty())
    fs::remove(folder);
}

ExitStatus OutputFiles::makeFolder(llvm::StringRef path) {
  if (fs::is_directory(path))
    return ExitStatus::Success;
  if (std::error_code code = fs::create_directory(path, /*IgnoreExisting=*/false, fs::perms::all_all))
    return cannotWrite(path, code.message());
  folder = path.str();
  return ExitStatus::Success;
}

ExitStatus OutputFiles::add(llvm::StringRef path, llvm::StringRef contents, bool executable) {
  if (fs::is_directory(path))
    return cannotWrite(path, "it is a directory");
  if (path == "-" || (fs::exists(path) && !fs::is_regular_file(path))) {
    streams.push_back({path.str(), contents.str()});
    return ExitStatus::Success;
  }
  const std::string target = behindLink(path);
  auto temporary = fs::TempFile::create(target + ".%%%%%%.tmp", fs::all_read | fs::all_write | (executable ? fs::all_exe : 0));
  if (!temporary)
    return cannotWrite(path, llvm::errorToErrorCode(temporary.takeError()).message());
  llvm::raw_fd_ostream stream(temporary->FD, /*shouldClose=*/false);
  stream << contents;
  stream.flush();
  files.push_back({target, std::move(*temporary)});
  if (!stream.has_error())
    return ExitStatus::Success;
  const std::string why = stream.error().message();
  stream.clear_error();
  return cannotWrite(path, why);
}

ExitStatus OutputFiles::commit() {
  for (const Stream &to : streams) {
    std::error_code code;
    llvm::raw_fd_ostream stream(to.path, code, fs::CD_OpenExisting, fs::FA_Write, fs::OF_None);
    if (!code) {
      stream << to.contents;
      stream.flush();
      code = stream.error();
      stream.clear_error();
    }
    if (code)
      return cannotWrite(to.path, code.message());
  }
  std::vector<std::string> made;
  for (File &file : files) {
    const bool isNew = !fs::exists(file.path);
    if (llvm::Error error = file.temporary.keep(file.path)) {
      for (const std::string &path : made)
        fs::remove(path);
      return cannotWrite(file.path, llvm::toString(std::move(error)));
    }
    if (isNew)
      made.push_back(file.path);
  }
  files.clear();
  folder.clear();
  return ExitStatus::Success;
}

} // namespace nncc::pipeline
