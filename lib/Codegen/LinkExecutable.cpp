// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A self-contained executable: the objects, the runtime, the static C++ library, and the system's libc and libm.
#include "LinkKit.h"
#include "RunLld.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

StringRef dynamicLoader(const Target &target) {
  switch (Triple(target.triple()).getArch()) {
  case Triple::aarch64:
    return "/lib/ld-linux-aarch64.so.1";
  case Triple::riscv64:
    return "/lib/ld-linux-riscv64-lp64d.so.1";
  default:
    return "/lib64/ld-linux-x86-64.so.2";
  }
}

/// What is linked around the objects, in this order.
struct Surroundings {
  SmallVector<std::string> before, behind;
};

Expected<Surroundings> findSurroundings(const Target &target, const LinkOptions &options) {
  auto kit = LinkKit::find(target, options.compilerPath);
  if (!kit)
    return kit.takeError();
  Surroundings result;
  Error error = Error::success();
  auto find = [&](ArrayRef<StringLiteral> names, SmallVector<std::string> &paths) {
    for (StringRef name : names) {
      if (error)
        return;
      if (auto path = kit->file(name))
        paths.push_back(*path);
      else
        error = path.takeError();
    }
  };
  find({"Scrt1.o", "crti.o", "crtbeginS.o"}, result.before);
  find({"libNNCCRuntime.a", "libNNCCRuntimeCore.a"}, result.behind);
  if (options.pictures)
    find({"libNNCCPictures.a", "libpng16.a", "libjpeg.a"}, result.behind);
  find({"libz.a", "libstdc++.a"}, result.behind);
  for (StringRef name : {"libm.so.6", "libc.so.6"}) {
    if (error)
      break;
    if (auto path = kit->systemLibrary(name))
      result.behind.push_back(*path);
    else
      error = path.takeError();
  }
  find({"libc_nonshared.a", "libgcc.a", "libgcc_eh.a", "crtendS.o", "crtn.o"}, result.behind);
  if (error)
    return std::move(error);
  return result;
}

} // namespace

bool takesPictures(const Program &program) {
  const Training &training = program.training;
  if (training.data || training.validationData) {
    auto isImages = [](const std::optional<std::string> &source) { return source && StringRef(*source).starts_with("images:"); };
    return isImages(training.data) || isImages(training.validationData);
  }
  return any_of(program.inputs, [](const Tensor &input) { return input.extents.size() == 3 && input.extents[2] <= 4; });
}

Error checkLinkExecutable(const Target &target, const LinkOptions &options) {
  if (!target.isHostArchitecture())
    return createStringError("-emit=exe links for this machine's architecture only, not for '" + target.triple() +
                             "'; use -emit=lib, -emit=shared or -emit=obj and that system's linker");
  return findSurroundings(target, options).takeError();
}

Expected<LinkedFile> linkExecutable(ArrayRef<MemoryBufferRef> objects, const Target &target, const LinkOptions &options) {
  if (Error error = checkLinkExecutable(target, options))
    return std::move(error);
  auto surroundings = findSurroundings(target, options);
  if (!surroundings)
    return surroundings.takeError();

  LldCommand command;
  for (StringRef argument : {"-pie", "-O2", "--strip-all", "--gc-sections", "--icf=safe", "--eh-frame-hdr", "--hash-style=gnu",
                             "--build-id=none", "--as-needed", "-z", "relro", "-z", "now", "--dynamic-linker"})
    command.add(argument);
  command.add(dynamicLoader(target));
  if (options.pictures)
    command.add("--undefined=nncc_linked_picture_codecs"); // the runtime refers to it weakly
  for (const std::string &path : surroundings->before)
    command.add(path);
  if (Error error = command.addObjects(objects))
    return std::move(error);
  // lld looks into all archives again and again, so that their order does not matter.
  for (const std::string &path : surroundings->behind)
    command.add(path);
  return command.run("the executable");
}

} // namespace nncc::codegen
