// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A self-contained executable: the object file, the runtime's archives and static libraries, linked by the system's driver.
#include "nncc/Codegen/LinkExecutable.h"

#include "nncc/Codegen/ObjectFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

/// A file that is gone at the end of the scope, however it ends: also after SIGINT.
class TemporaryFile {
public:
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile &) = delete;
  ~TemporaryFile() {
    if (path.empty())
      return;
    sys::fs::remove(path);
    sys::DontRemoveFileOnSignal(path);
  }
  /// In the system's folder for temporary files.
  Error create(StringRef suffix) {
    SmallString<128> folder;
    sys::path::system_temp_directory(/*erasedOnReboot=*/true, folder);
    return registered(sys::fs::createTemporaryFile("nncc", suffix, path), ("a temporary file in '" + folder + "'").str());
  }
  /// Beside a file that it is going to replace.
  Error createBeside(StringRef file) {
    SmallString<256> model(file);
    model += ".%%%%%%.tmp";
    return registered(sys::fs::createUniqueFile(model, path), ("'" + file + "'").str());
  }
  /// Becomes `file`.
  Error renameTo(StringRef file) {
    if (std::error_code code = sys::fs::rename(path, file))
      return createStringError("cannot write '" + file + "': " + code.message());
    sys::DontRemoveFileOnSignal(path);
    path.clear();
    return Error::success();
  }

  SmallString<256> path;

private:
  Error registered(std::error_code code, const std::string &what) {
    if (code) {
      path.clear();
      return createStringError("cannot write " + what + ": " + code.message());
    }
    sys::RemoveFileOnSignal(path);
    return Error::success();
  }
};

/// The folder with the runtime's archives for the compiler at `compilerPath`.
Expected<std::string> findRuntimeFolder(StringRef compilerPath) {
  std::string compiler = compilerPath.str();
  if (compiler.empty())
    compiler = sys::fs::getMainExecutable(nullptr, reinterpret_cast<void *>(&linkExecutable));
  StringRef bin = sys::path::parent_path(compiler);
  std::string tried;
  // Installed: <prefix>/bin/nncc and <prefix>/lib/nncc/; build tree: build/bin/nncc and build/lib/. Tests run from deeper.
  for (StringRef up = bin; !up.empty(); up = sys::path::parent_path(up)) {
    for (StringRef below : {"lib/nncc", "lib"}) {
      SmallString<256> folder(up);
      sys::path::append(folder, below);
      SmallString<256> archive(folder);
      sys::path::append(archive, "libNNCCRuntime.a");
      if (sys::fs::exists(archive))
        return folder.str().str();
      tried += (tried.empty() ? "'" : ", '") + folder.str().str() + "'";
    }
    if (tried.size() > 400)
      break;
  }
  return createStringError("the runtime library libNNCCRuntime.a is missing; looked in " + tried +
                           "; it is installed beside nncc (cmake --install), or built by the target NNCCRuntime");
}

Expected<std::string> findDriver() {
  for (StringRef name : {"clang++-22", "c++", "g++", "clang++"})
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  return createStringError("linking an executable needs a C++ compiler driver; none of clang++-22, c++, g++, clang++ is in "
                           "PATH; install one, e.g. with: apt-get install g++");
}

/// Path of a static library of the system; from the driver, which knows where to look.
Expected<std::string> findStaticLibrary(StringRef driver, StringRef name, StringRef package) {
  TemporaryFile output;
  if (Error error = output.create("txt"))
    return std::move(error);
  std::string query = ("-print-file-name=" + name).str();
  StringRef arguments[] = {driver, query};
  std::optional<StringRef> redirects[] = {StringRef(""), output.path.str(), StringRef("")};
  int status = sys::ExecuteAndWait(driver, arguments, std::nullopt, redirects);
  auto text = MemoryBuffer::getFile(output.path);
  std::string path = status == 0 && text ? (*text)->getBuffer().trim().str() : "";
  // The driver answers with the bare name where it finds none.
  if (!sys::path::is_absolute(path) || !sys::fs::exists(path))
    return createStringError("linking an executable needs " + name + ", which " + driver +
                             " doesn't find; install it, e.g. with: apt-get install " + package);
  return path;
}

/// The first lines of what the linker said.
std::string firstLines(StringRef text, unsigned count) {
  std::string result;
  while (count-- && !text.empty()) {
    auto [line, rest] = text.split('\n');
    result += "\n  " + line.str();
    text = rest;
  }
  return result;
}

/// A static library of the system, and the package that has it.
struct SystemLibrary {
  StringLiteral file, package;
};
constexpr SystemLibrary kLibraries[] = {{"libz.a", "zlib1g-dev"}, {"libjansson.a", "libjansson-dev"}};
constexpr SystemLibrary kPictureLibraries[] = {{"libpng16.a", "libpng-dev"}, {"libjpeg.a", "libjpeg62-turbo-dev"}};

} // namespace

bool takesPictures(const Program &program) {
  const Training &training = program.training;
  if (training.data || training.validationData) {
    auto isImages = [](const std::optional<std::string> &source) { return source && StringRef(*source).starts_with("images:"); };
    return isImages(training.data) || isImages(training.validationData);
  }
  return any_of(program.inputs, [](const Tensor &input) { return input.extents.size() == 3 && input.extents[2] <= 4; });
}

Error linkExecutable(mlir::ModuleOp module, const Program &program, const Target &target, StringRef path,
                     const LinkOptions &options) {
  // 1. Everything that may be missing, before anything is compiled.
  if (!target.isHostArchitecture())
    return createStringError("-emit=exe links for this machine only, not for '" + target.triple() +
                             "'; use -emit=obj and that system's linker");
  auto driver = findDriver();
  if (!driver)
    return driver.takeError();
  auto runtime = findRuntimeFolder(options.compilerPath);
  if (!runtime)
    return runtime.takeError();
  const bool pictures = options.pictures.value_or(takesPictures(program));
  SmallVector<SystemLibrary> wanted;
  if (pictures)
    wanted.append(std::begin(kPictureLibraries), std::end(kPictureLibraries));
  wanted.append(std::begin(kLibraries), std::end(kLibraries)); // behind those that use them
  SmallVector<std::string> libraries;
  for (const SystemLibrary &library : wanted) {
    auto file = findStaticLibrary(*driver, library.file, library.package);
    if (!file)
      return file.takeError();
    libraries.push_back(*file);
  }
  if (sys::fs::is_directory(path))
    return createStringError("cannot write '" + path + "': it is a directory");
  TemporaryFile object, log, executable;
  if (Error error = executable.createBeside(path))
    return error;
  if (Error error = object.create("o"))
    return error;
  if (Error error = log.create("log"))
    return error;

  // 2. The object file.
  LLVMContext context;
  auto result = buildLLVMModule(module, program, context, target, ModuleOptions{.withMain = true});
  if (!result)
    return result.takeError();
  {
    std::error_code code;
    raw_fd_ostream stream(object.path, code);
    if (code)
      return createStringError("cannot write '" + object.path + "': " + code.message());
    if (Error error = writeModule(**result, target, OutputKind::Object, stream))
      return error;
    stream.close();
    if (stream.has_error()) {
      std::string reason = stream.error().message();
      stream.clear_error();
      return createStringError("cannot write '" + object.path + "': " + reason);
    }
  }

  // 3. The link, to a file beside the wanted one, then one rename.
  SmallVector<StringRef> arguments = {*driver, "-pie", "-o", executable.path, object.path};
  SmallVector<std::string> archives;
  SmallVector<StringRef> names = {"libNNCCRuntime.a", "libNNCCRuntimeCore.a"};
  if (pictures) {
    names.push_back("libNNCCPictures.a");
    arguments.push_back("-Wl,-u,nncc_linked_picture_codecs"); // the runtime refers to it weakly
  }
  for (StringRef name : names) {
    SmallString<256> archive(*runtime);
    sys::path::append(archive, name);
    // One archive may hold both layers.
    if (sys::fs::exists(archive))
      archives.push_back(archive.str().str());
  }
  arguments.push_back("-Wl,--start-group");
  for (const std::string &archive : archives)
    arguments.push_back(archive);
  arguments.push_back("-Wl,--end-group");
  for (const std::string &library : libraries)
    arguments.push_back(library);
  arguments.append({"-static-libstdc++", "-static-libgcc", "-pthread", "-Wl,--as-needed", "-lm", "-Wl,--gc-sections",
                    "-Wl,-s", "-Wl,-z,relro,-z,now"});
  if (sys::findProgramByName("ld.lld"))
    arguments.push_back("-fuse-ld=lld");
#ifdef NNCC_SANITIZE
  // The runtime's archives are instrumented then.
  arguments.push_back("-fsanitize=address,undefined");
#endif
  std::optional<StringRef> redirects[] = {StringRef(""), log.path.str(), log.path.str()};
  std::string message;
  int status = sys::ExecuteAndWait(*driver, arguments, std::nullopt, redirects, 0, 0, &message);
  if (status != 0) {
    auto text = MemoryBuffer::getFile(log.path);
    return createStringError("linking '" + path + "' with " + *driver + " failed" +
                             (message.empty() ? Twine(" (status ") + Twine(status) + ")" : Twine(": ") + message) +
                             (text ? firstLines((*text)->getBuffer(), 12) : ""));
  }
  return executable.renameTo(path);
}

} // namespace nncc::codegen
