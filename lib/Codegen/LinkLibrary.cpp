// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Libraries of a model: what its functions use of the runtime's core is inside, and nothing else is seen.
#include "LinkKit.h"

#include "nncc/Codegen/InternalError.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/Binary.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

/// Makes every defined symbol but `exports` local, and drops what only says who compiled it.
Expected<LinkedFile> hideSymbols(MemoryBufferRef object, ArrayRef<std::string> exports) {
  auto binary = object::createBinary(object);
  if (!binary)
    return make_error<InternalError>("reading a linked object: " + toString(binary.takeError()));
  objcopy::ConfigManager config;
  auto add = [](objcopy::NameMatcher &matcher, StringRef name) {
    cantFail(matcher.addMatcher(
        objcopy::NameOrPattern::create(name, objcopy::MatchStyle::Literal, [](Error error) { return error; })));
  };
  for (const std::string &name : exports)
    add(config.Common.SymbolsToKeepGlobal, name);
  // Addresses of functions that lld must keep apart are named by symbol numbers, which change here.
  for (StringRef section : {".comment", ".llvm_addrsig"})
    add(config.Common.ToRemove, section);
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  if (Error error = objcopy::executeObjcopyOnBinary(config, **binary, stream))
    return make_error<InternalError>("hiding symbols: " + toString(std::move(error)));
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), object.getBufferIdentifier(),
                                                   /*RequiresNullTerminator=*/false);
}

/// The runtime's core and the compiler's own functions (conversions of 16-bit numbers), which libraries carry inside.
constexpr StringLiteral kCore[] = {"libNNCCRuntimeCore.a", "libgcc.a"};

/// All arguments of the link of objects and core to one object.
Error describeArchive(LldCommand &command, ArrayRef<MemoryBufferRef> objects, ArrayRef<std::string> exports,
                      const Target &target, const LinkOptions &options) {
  auto kit = LinkKit::find(target, options.compilerPath);
  if (!kit)
    return kit.takeError();
  command.add("-r");
  command.add("--gc-sections");
  for (const std::string &name : exports)
    command.add("--undefined=" + name);
  if (Error error = command.addObjects(objects))
    return error;
  return kit->addFiles(command, kCore);
}

/// All arguments of the link of a shared library.
Error describeShared(LldCommand &command, ArrayRef<MemoryBufferRef> objects, ArrayRef<std::string> exports, StringRef soname,
                     const Target &target, const LinkOptions &options) {
  auto kit = LinkKit::find(target, options.compilerPath);
  if (!kit)
    return kit.takeError();
  command.add("-shared");
  command.add("-Bsymbolic");
  if (!soname.empty())
    command.add("--soname=" + soname);
  if (Error error = command.addContents("--version-script=", "{ global: " + join(exports, "; ") + "; local: *; };\n",
                                        "the list of exported symbols"))
    return error;
  command.add("-zdefs");
  if (Error error = kit->addFiles(command, {"crti.o", "crtbeginS.o"}))
    return error;
  if (Error error = command.addObjects(objects))
    return error;
  if (Error error = kit->addFiles(command, kCore))
    return error;
  if (Error error = kit->addLoading(command))
    return error;
  return kit->addFiles(command, {"libc_nonshared.a", "crtendS.o", "crtn.o"});
}

} // namespace

Error checkLinkLibrary(const Target &target, const LinkOptions &options, bool shared) {
  LldCommand command;
  return shared ? describeShared(command, {}, {}, "", target, options) : describeArchive(command, {}, {}, target, options);
}

Error checkLinkRelocatable(const Target &target) {
  Triple triple(target.triple());
  if (triple.isOSBinFormatELF() || triple.isWasm())
    return Error::success();
  return createStringError("-emit=obj writes object files of ELF and WebAssembly, not those of '" + target.triple() +
                           "'; use -emit=asm or -emit=llvm-ir and that system's compiler");
}

Expected<LinkedFile> linkRelocatable(ArrayRef<MemoryBufferRef> objects, ArrayRef<std::string> exports, const Target &target) {
  if (Error error = checkLinkRelocatable(target))
    return std::move(error);
  const bool wasm = Triple(target.triple()).isWasm();
  LldCommand command(wasm ? LldCommand::WebAssembly : LldCommand::ELF);
  command.add("-r");
  if (Error error = command.addObjects(objects))
    return std::move(error);
  auto linked = command.run("the object file");
  // Of a WebAssembly object nothing can be made local; hidden symbols begin with the model's name.
  return !linked || wasm ? std::move(linked) : hideSymbols(**linked, exports);
}

Expected<LinkedFile> linkArchive(ArrayRef<MemoryBufferRef> objects, ArrayRef<std::string> exports, const Target &target,
                                 const LinkOptions &options) {
  LldCommand command;
  if (Error error = describeArchive(command, objects, exports, target, options))
    return std::move(error);
  auto linked = command.run("the library");
  if (!linked)
    return linked.takeError();
  auto hidden = hideSymbols(**linked, exports);
  if (!hidden)
    return hidden.takeError();
  linked->reset(); // may hold gigabytes of weights

  NewArchiveMember member(**hidden);
  member.MemberName = "model.o";
  auto archive = writeArchiveToBuffer(member, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU,
                                      /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return make_error<InternalError>("writing an archive: " + toString(archive.takeError()));
  return archive;
}

Expected<LinkedFile> linkShared(ArrayRef<MemoryBufferRef> objects, ArrayRef<std::string> exports, StringRef soname,
                                const Target &target, const LinkOptions &options) {
  LldCommand command;
  if (Error error = describeShared(command, objects, exports, soname, target, options))
    return std::move(error);
  return command.run("the shared library");
}

} // namespace nncc::codegen
