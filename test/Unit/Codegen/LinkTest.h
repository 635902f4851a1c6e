// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_CODEGEN_LINKTEST_H
#define NNCC_TEST_UNIT_CODEGEN_LINKTEST_H

#include "TestKernels.h"

#include "nncc/Codegen/Link.h"
#include "nncc/Codegen/ObjectFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gmock/gmock.h"

#include <cstdlib>

namespace nncc::codegen {

/// A folder for linked files, and objects to link.
class LinkTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nncc-link", folder));
    ASSERT_FALSE(llvm::sys::fs::create_directories(folder + "/bin"));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(const std::string &name) { return (folder + "/" + name).str(); }

  void write(const std::string &name, llvm::StringRef contents) {
    int descriptor;
    ASSERT_FALSE(llvm::sys::fs::openFileForWrite(path(name), descriptor, llvm::sys::fs::CD_CreateAlways, llvm::sys::fs::OF_None, 0777));
    llvm::raw_fd_ostream(descriptor, /*shouldClose=*/true) << contents;
  }

  /// What a command prints, both streams.
  std::string output(const std::string &command) {
    int status = std::system((command + " > " + path("output") + " 2>&1").c_str());
    std::string text = (*llvm::MemoryBuffer::getFile(path("output")))->getBuffer().str();
    return status == 0 ? text : text + "status " + std::to_string(WEXITSTATUS(status));
  }

  /// The build tree's link kit is found from this program.
  static LinkOptions options() { return {}; }

  static Target targetOf(const std::string &triple) {
    TargetOptions options;
    options.triple = triple;
    return llvm::cantFail(Target::resolve(options));
  }
  /// One of another architecture.
  Target otherTarget() {
    return targetOf(llvm::StringRef(target.triple()).starts_with("aarch64") ? "x86_64-linux-gnu" : "aarch64-linux-gnu");
  }

  /// A link kit in `folder` without the file `missing`.
  void copyKit(const std::string &missing) {
    std::error_code code;
    llvm::SmallString<128> kit(llvm::sys::fs::getMainExecutable(nullptr, reinterpret_cast<void *>(&LinkTest::options)));
    std::string name = target.triple().substr(0, target.triple().find('-')) + "-linux-gnu";
    for (; !llvm::sys::fs::exists(kit + "/lib/nncc"); llvm::sys::path::remove_filename(kit))
      ASSERT_FALSE(kit.empty());
    ASSERT_FALSE(llvm::sys::fs::create_directories(folder + "/lib/nncc/" + name));
    for (llvm::sys::fs::directory_iterator file(kit + "/lib/nncc/" + name, code), end; !code && file != end; file.increment(code))
      if (llvm::StringRef base = llvm::sys::path::filename(file->path()); base != missing)
        ASSERT_FALSE(llvm::sys::fs::create_link(file->path(), folder + "/lib/nncc/" + name + "/" + base));
  }

  /// An object file of a program with one kernel.
  std::string objectOf(const ModuleOptions &options) {
    TestModule module("module {" + addKernel("k") + "}");
    llvm::LLVMContext context;
    auto llvmModule = llvm::cantFail(buildLLVMModule(*module, programOf({"k"}), context, target, options));
    llvm::SmallString<0> object;
    llvm::raw_svector_ostream stream(object);
    llvm::cantFail(writeModule(*llvmModule, target, OutputKind::Object, stream));
    return object.str().str();
  }

  static llvm::object::ELFObjectFile<llvm::object::ELF64LE> elf(llvm::MemoryBufferRef file) {
    return llvm::cantFail(llvm::object::ELFObjectFile<llvm::object::ELF64LE>::create(file));
  }

  static std::vector<std::string> neededLibraries(llvm::MemoryBufferRef file) {
    auto object = elf(file);
    llvm::StringRef strings;
    for (llvm::object::SectionRef section : object.sections())
      if (llvm::cantFail(section.getName()) == ".dynstr")
        strings = llvm::cantFail(section.getContents());
    std::vector<std::string> names;
    for (auto &entry : llvm::cantFail(object.getELFFile().dynamicEntries()))
      if (entry.getTag() == llvm::ELF::DT_NEEDED)
        names.push_back(strings.drop_front(entry.getVal()).data());
    return names;
  }

  /// Global symbols of the symbol table that have an address, sorted.
  static std::vector<std::string> definedSymbols(llvm::MemoryBufferRef file) {
    auto object = elf(file);
    return globalNames(object.symbols(), /*defined=*/true);
  }
  static std::vector<std::string> undefinedSymbols(llvm::MemoryBufferRef file) {
    auto object = elf(file);
    return globalNames(object.symbols(), /*defined=*/false);
  }
  /// Of the dynamic symbol table.
  static std::vector<std::string> exportedSymbols(llvm::MemoryBufferRef file) {
    auto object = elf(file);
    return globalNames(object.getDynamicSymbolIterators(), /*defined=*/true);
  }

  llvm::SmallString<128> folder;
  Target target = llvm::cantFail(Target::resolve({}));

private:
  template <typename Symbols> static std::vector<std::string> globalNames(Symbols symbols, bool defined) {
    std::vector<std::string> names;
    for (llvm::object::ELFSymbolRef symbol : symbols) {
      uint32_t flags = llvm::cantFail(symbol.getFlags());
      if (symbol.getBinding() != llvm::ELF::STB_LOCAL && !(flags & llvm::object::SymbolRef::SF_Undefined) == defined)
        names.push_back(llvm::cantFail(symbol.getName()).str());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

} // namespace nncc::codegen

#endif // NNCC_TEST_UNIT_CODEGEN_LINKTEST_H
