// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A self-contained executable: the objects, the runtime, the static C++ library, and the system's libc and libm.
#include "LinkKit.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
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

#ifdef NNCC_SANITIZER_ARCHIVES
/// The runtime's archives are instrumented: with the sanitizers' own, whole, and with what these show to the C library.
Error addSanitizers(const LinkKit &kit, LldCommand &command) {
  for (StringRef archive : split(NNCC_SANITIZER_ARCHIVES, ':')) {
    command.add("--whole-archive");
    command.add(archive);
    command.add("--no-whole-archive");
    if (sys::fs::exists(archive + ".syms"))
      command.add("--dynamic-list=" + archive + ".syms");
  }
  auto resolver = kit.systemLibrary("libresolv.so.2");
  if (!resolver)
    return resolver.takeError();
  command.add(*resolver);
  // In front of the core that libraries get.
  return kit.addFiles(command, {"libNNCCRuntimeCore-sanitized.a"});
}
#endif

/// All arguments of the link.
Error describeLink(LldCommand &command, ArrayRef<MemoryBufferRef> objects, const Target &target, const LinkOptions &options) {
  if (!target.isHostArchitecture())
    return createStringError("-emit=exe links for this machine's architecture only, not for '" + target.triple() +
                             "'; use -emit=lib, -emit=shared or -emit=obj and that system's linker");
  auto kit = LinkKit::find(target, options.compilerPath);
  if (!kit)
    return kit.takeError();
  command.add("-pie");
  command.add("--dynamic-linker=" + dynamicLoader(target));
  if (Error error = kit->addFiles(command, {"Scrt1.o", "crti.o", "crtbeginS.o"}))
    return error;
#ifdef NNCC_SANITIZER_ARCHIVES
  if (Error error = addSanitizers(*kit, command))
    return error;
#endif
  if (Error error = command.addObjects(objects))
    return error;
  // lld takes what is missing from any archive, wherever it stands.
  if (Error error = kit->addFiles(command, {"libNNCCExecutable.a", "libNNCCRuntimeCore.a"}))
    return error;
  if (options.pictures) {
    command.add("--undefined=nncc_linked_picture_codecs"); // the runtime refers to it weakly
    if (Error error = kit->addFiles(command, {"libNNCCPictures.a", "libpng16.a", "libjpeg.a"}))
      return error;
  }
  if (Error error = kit->addFiles(command, {"libz.a", "libstdc++.a"}))
    return error;
  if (Error error = kit->addLoading(command))
    return error;
  command.add("--icf=all"); // nothing asks whether two functions are the same
  return kit->addFiles(command, {"libc_nonshared.a", "libgcc.a", "libgcc_eh.a", "crtendS.o", "crtn.o"});
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
  LldCommand command;
  return describeLink(command, {}, target, options);
}

Expected<LinkedFile> linkExecutable(ArrayRef<MemoryBufferRef> objects, const Target &target, const LinkOptions &options) {
  LldCommand command;
  if (Error error = describeLink(command, objects, target, options))
    return std::move(error);
  return command.run("the executable");
}

} // namespace nncc::codegen
