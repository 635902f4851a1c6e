// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the files that a link reads are.
#include "LinkKit.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

std::string pathIn(StringRef folder, StringRef name) {
  SmallString<256> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

std::string quotedList(ArrayRef<std::string> names) { return "'" + join(names, "', '") + "'"; }

} // namespace

std::string kitName(const Target &target) {
  Triple triple(target.triple());
  if (triple.getOSName().empty())
    return target.triple();
  // "pc" and "unknown" say nothing, and a triple without an environment means the usual C library.
  StringRef environment = triple.getEnvironmentName();
  return (triple.getArchName() + "-" + triple.getOSName() + "-" + (environment.empty() ? "gnu" : environment)).str();
}

Expected<LinkKit> LinkKit::find(const Target &target, StringRef compilerPath) {
  std::string compiler = compilerPath.str();
  if (compiler.empty())
    compiler = sys::fs::getMainExecutable(nullptr, reinterpret_cast<void *>(&LinkKit::find));
  const std::string name = kitName(target);
  SmallVector<std::string> tried, others;
  // <prefix>/bin/nncc and build/bin/nncc lie beside lib/; tests run from deeper.
  for (StringRef up = sys::path::parent_path(compiler); !up.empty() && tried.size() < 6; up = sys::path::parent_path(up)) {
    std::string kits = pathIn(up, "lib/nncc"), folder = pathIn(kits, name);
    if (sys::fs::is_directory(folder))
      return LinkKit(std::move(folder), name, target.isHostArchitecture());
    tried.push_back(std::move(folder));
    std::error_code code;
    for (sys::fs::directory_iterator entry(kits, code), end; !code && entry != end; entry.increment(code))
      if (sys::fs::is_directory(entry->path()))
        others.push_back(sys::path::filename(entry->path()).str());
  }
  sort(others);
  if (!others.empty())
    return createStringError("nncc was built without a runtime for '" + name + "'; it has one for " + quotedList(others) +
                             "; -emit=obj needs none");
  return createStringError("the files that programs are linked from are missing; looked for the folder " + quotedList(tried) +
                           "; it is installed beside nncc (cmake --install), or built by the target NNCCLinkKit");
}

Expected<std::string> LinkKit::file(StringRef name) const {
  std::string path = pathIn(folder, name);
  if (sys::fs::exists(path))
    return path;
  return createStringError("linking needs " + name + ", which is missing in '" + folder +
                           "'; it is installed with nncc (cmake --install), or built by the target NNCCLinkKit");
}

Error LinkKit::addFiles(LldCommand &command, ArrayRef<StringLiteral> names) const {
  for (StringRef name : names) {
    auto path = file(name);
    if (!path)
      return path.takeError();
    command.add(*path);
  }
  return Error::success();
}

Expected<std::string> LinkKit::systemLibrary(StringRef name) const {
  // The dynamic loader's own folders; for another architecture the kit's and those of packages for cross compilation.
  SmallVector<std::string> folders = {"/lib/" + targetName, "/usr/lib/" + targetName};
  if (host)
    folders.append({"/lib64", "/usr/lib64", "/lib", "/usr/lib"});
  else
    folders.append({folder, "/usr/" + targetName + "/lib"});
  for (const std::string &folder : folders)
    if (std::string path = pathIn(folder, name); sys::fs::exists(path))
      return path;
  return createStringError("linking needs " + name + " for " + targetName + ", which is in none of " + quotedList(folders) +
                           "; it belongs to the C library (Debian's package libc6" +
                           (host ? ")" : ", for other architectures its like of libc6-arm64-cross)"));
}

Error LinkKit::addLoading(LldCommand &command) const {
  for (StringRef argument : {"-O2", "--strip-all", "--gc-sections", "--icf=safe", "--eh-frame-hdr", "--hash-style=gnu",
                             "--build-id=none", "--as-needed", "-z", "relro", "-z", "now"})
    command.add(argument);
  for (StringRef name : {"libm.so.6", "libc.so.6"}) {
    auto path = systemLibrary(name);
    if (!path)
      return path.takeError();
    command.add(*path);
    // The table of a program is full of addresses; in the packed form each takes bits instead of 24 bytes. glibc 2.36 and later
    // read it, and say so by a version name.
    if (auto contents = MemoryBuffer::getFile(*path); contents && (*contents)->getBuffer().contains("GLIBC_ABI_DT_RELR")) {
      command.add("-z");
      command.add("pack-relative-relocs");
    }
  }
  return Error::success();
}

} // namespace nncc::codegen
