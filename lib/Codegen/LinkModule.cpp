// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From kernels to the file of an executable.
#include "nncc/Codegen/LinkExecutable.h"
#include "nncc/Codegen/ObjectFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"

using namespace llvm;

namespace nncc::codegen {

Error linkExecutable(mlir::ModuleOp module, const Program &program, const Target &target, StringRef path,
                     const LinkModuleOptions &options) {
  LinkOptions linkOptions{options.compilerPath, options.pictures.value_or(takesPictures(program))};
  if (Error error = checkLinkExecutable(target, linkOptions))
    return error;
  if (sys::fs::is_directory(path))
    return createStringError("cannot write '" + path + "': it is a directory");
  int descriptor;
  SmallString<256> temporary;
  if (std::error_code code = sys::fs::createUniqueFile(path + ".%%%%%%.tmp", descriptor, temporary, sys::fs::OF_None,
                                                       sys::fs::all_read | sys::fs::all_write | sys::fs::all_exe))
    return createStringError("cannot write '" + path + "': " + code.message());
  sys::RemoveFileOnSignal(temporary);
  raw_fd_ostream stream(descriptor, /*shouldClose=*/true);

  auto write = [&]() -> Error {
    LLVMContext context;
    auto result = buildLLVMModule(module, program, context, target, ModuleOptions{.withMain = true});
    if (!result)
      return result.takeError();
    SmallVector<char, 0> object;
    raw_svector_ostream objectStream(object);
    if (Error error = writeModule(**result, target, OutputKind::Object, objectStream))
      return error;
    auto file = linkExecutable(MemoryBufferRef(StringRef(object.data(), object.size()), "the model"), target, linkOptions);
    if (!file)
      return file.takeError();
    stream << (*file)->getBuffer();
    stream.close();
    if (stream.has_error()) {
      std::string reason = stream.error().message();
      stream.clear_error();
      return createStringError("cannot write '" + path + "': " + reason);
    }
    if (std::error_code code = sys::fs::rename(temporary, path))
      return createStringError("cannot write '" + path + "': " + code.message());
    return Error::success();
  };
  Error error = write();
  if (error)
    sys::fs::remove(temporary);
  sys::DontRemoveFileOnSignal(temporary);
  return error;
}

} // namespace nncc::codegen
