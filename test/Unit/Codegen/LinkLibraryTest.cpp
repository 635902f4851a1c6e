// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LinkTest.h"

#include "nncc/Codegen/InternalError.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/Archive.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"

#include <dlfcn.h>

using namespace nncc::codegen;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

namespace {

/// Libraries of a function `NAME_text(status)` that calls the runtime's core, as a model's functions do.
class LinkLibrary : public LinkTest {
protected:
  std::string objectOfIR(const std::string &text) { return objectOfIR(text, target); }
  std::string objectOfIR(const std::string &text, const Target &target) {
    llvm::LLVMContext context;
    llvm::SMDiagnostic diagnostic;
    auto module = llvm::parseAssemblyString(text, diagnostic, context);
    EXPECT_TRUE(module) << diagnostic.getMessage().str();
    module->setTargetTriple(llvm::Triple(target.triple()));
    llvm::SmallString<0> object;
    llvm::raw_svector_ostream stream(object);
    llvm::cantFail(writeModule(*module, target, OutputKind::Object, stream));
    return object.str().str();
  }

  static std::string functionText(const std::string &name) {
    return "declare ptr @nncc_status_string(i32)\n"
           "define ptr @" + name + "_text(i32 %status) {\n"
           "  %helped = call i32 @helper(i32 %status)\n"
           "  %text = call ptr @nncc_status_string(i32 %helped)\n"
           "  ret ptr %text\n"
           "}\n"
           "define i32 @helper(i32 %status) noinline {\n"
           "  ret i32 %status\n"
           "}\n";
  }

  LinkedFile archiveOf(const std::string &object, const std::vector<std::string> &exports) {
    return llvm::cantFail(linkArchive(llvm::MemoryBufferRef(object, "the model"), exports, target, options()));
  }

  /// The only member of an archive.
  static llvm::MemoryBufferRef memberOf(llvm::MemoryBufferRef file) {
    auto archive = llvm::cantFail(llvm::object::Archive::create(file));
    llvm::Error error = llvm::Error::success();
    auto child = archive->child_begin(error);
    llvm::cantFail(std::move(error));
    return llvm::cantFail(child->getMemoryBufferRef());
  }

  /// A program that prints what two models' functions return.
  void writeProgram() {
    write("use.c", R"c(
#include <stdio.h>
#ifdef __cplusplus
extern "C" {
#endif
const char *first_text(int status);
const char *second_text(int status);
#ifdef __cplusplus
}
#endif
int main(void) { return printf("%s; %s\n", first_text(0), second_text(1)) < 0; }
)c");
  }
};

TEST_F(LinkLibrary, AnArchiveShowsItsExportsOnly) {
  std::string object = objectOfIR(functionText("first"));
  LinkedFile archive = archiveOf(object, {"first_text"});
  llvm::MemoryBufferRef member = memberOf(*archive);
  EXPECT_THAT(definedSymbols(member), ElementsAre("first_text"));
  EXPECT_THAT(undefinedSymbols(member), Not(Contains(StartsWith("nncc_"))));
  EXPECT_EQ(archiveOf(object, {"first_text"})->getBuffer(), archive->getBuffer()) << "the same bytes again";
}

TEST_F(LinkLibrary, AnArchiveHoldsWhatIsUsedOnly) {
  std::string object = objectOfIR(functionText("first"));
  EXPECT_LT(archiveOf(object, {"first_text"})->getBufferSize(), 10000u);
}

TEST_F(LinkLibrary, TwoArchivesInOneProgram) {
  for (std::string name : {"first", "second"})
    write("lib" + name + ".a", archiveOf(objectOfIR(functionText(name)), {name + "_text"})->getBuffer());
  writeProgram();
  for (std::string compiler : {"gcc", "g++", "clang-22", "clang++-22"})
    for (std::string options : {"", "-static", "-Wl,--gc-sections", "-fuse-ld=lld"}) {
      if (!llvm::sys::findProgramByName(compiler) ||
          (llvm::StringRef(compiler).starts_with("g") && options == "-fuse-ld=lld" && !llvm::sys::findProgramByName("ld.lld")))
        continue;
      std::string language = llvm::StringRef(compiler).contains("++") ? "-x c++ " : "";
      EXPECT_EQ(output(compiler + " -Wall -Wextra -Werror " + options + " -o " + path("use") + " " + language + path("use.c") +
                       " -x none " + path("libfirst.a") + " " + path("libsecond.a") + " -lm -pthread && " + path("use")),
                "success; invalid argument\n")
          << compiler << " " << options;
    }
}

TEST_F(LinkLibrary, ConversionsOf16BitNumbersAreInside) {
  std::string object = objectOfIR("define half @first_convert(fp128 %x) {\n  %y = fptrunc fp128 %x to half\n  ret half %y\n}\n");
  LinkedFile archive = archiveOf(object, {"first_convert"});
  EXPECT_THAT(undefinedSymbols(memberOf(*archive)), ElementsAre());
}

TEST_F(LinkLibrary, ASharedLibraryShowsItsExportsOnly) {
  std::string object = objectOfIR(functionText("first"));
  LinkedFile file = llvm::cantFail(linkShared(llvm::MemoryBufferRef(object, "the model"), {"first_text"}, "libfirst.so", target, options()));
  EXPECT_THAT(exportedSymbols(*file), ElementsAre("first_text"));
  EXPECT_TRUE(definedSymbols(*file).empty()) << "stripped";
  for (const std::string &library : neededLibraries(*file))
    EXPECT_TRUE(library == "libc.so.6" || library == "libm.so.6") << library;

  auto headers = elf(*file);
  bool readOnlyTables = false;
  for (auto &header : llvm::cantFail(headers.getELFFile().program_headers())) {
    readOnlyTables |= header.p_type == llvm::ELF::PT_GNU_RELRO;
    if (header.p_type == llvm::ELF::PT_GNU_STACK)
      EXPECT_EQ(header.p_flags & llvm::ELF::PF_X, 0u);
  }
  EXPECT_TRUE(readOnlyTables);

  write("libfirst.so", file->getBuffer());
  void *library = dlopen(path("libfirst.so").c_str(), RTLD_NOW);
  ASSERT_TRUE(library) << dlerror();
  auto *text = reinterpret_cast<const char *(*)(int)>(dlsym(library, "first_text"));
  ASSERT_TRUE(text);
  EXPECT_STREQ(text(0), "success");
  EXPECT_EQ(dlsym(library, "nncc_status_string"), dlsym(RTLD_DEFAULT, "nncc_status_string")) << "not the library's";
  dlclose(library);
}

TEST_F(LinkLibrary, ASharedLibraryHasNothingUndefined) {
  std::string object = objectOfIR("declare void @nncc_absent()\ndefine void @f() {\n  call void @nncc_absent()\n  ret void\n}\n");
  auto file = linkShared(llvm::MemoryBufferRef(object, "the model"), {"f"}, "libf.so", target, options());
  ASSERT_FALSE(file);
  llvm::Error error = file.takeError();
  EXPECT_TRUE(error.isA<InternalError>());
  EXPECT_TRUE(contains(textOf(std::move(error)), "linking the shared library failed\n  undefined symbol: nncc_absent"));
}

TEST_F(LinkLibrary, OneObjectOfSeveral) {
  std::string first = objectOfIR(functionText("first"));
  std::string second = objectOfIR("define i32 @seven() {\n  ret i32 7\n}\n@shown = constant i32 7\n");
  llvm::MemoryBufferRef objects[] = {{first, "first"}, {second, "second"}};
  LinkedFile file = llvm::cantFail(linkRelocatable(objects, {"first_text", "shown"}, target));
  EXPECT_THAT(definedSymbols(*file), ElementsAre("first_text", "shown"));
  EXPECT_THAT(undefinedSymbols(*file), ElementsAre("nncc_status_string")) << "without the runtime";
}

TEST_F(LinkLibrary, OneObjectOfSeveralForWebAssembly) {
  Target wasm = targetOf("wasm32");
  std::string first = objectOfIR(functionText("first"), wasm);
  std::string second = objectOfIR("define i32 @seven() {\n  ret i32 7\n}\n", wasm);
  llvm::MemoryBufferRef objects[] = {{first, "first"}, {second, "second"}};
  LinkedFile file = llvm::cantFail(linkRelocatable(objects, {"first_text", "seven"}, wasm));
  EXPECT_EQ(llvm::identify_magic(file->getBuffer()), llvm::file_magic::wasm_object);
  EXPECT_EQ(textOf(checkLinkRelocatable(wasm)), "");
  EXPECT_TRUE(contains(textOf(checkLinkRelocatable(targetOf("aarch64-apple-darwin"))), "not those of 'aarch64-apple-darwin'"));
}

TEST_F(LinkLibrary, ForAnotherArchitecture) {
  Target other = otherTarget();
  if (llvm::Error error = checkLinkLibrary(other, options(), /*shared=*/true))
    GTEST_SKIP() << textOf(std::move(error));
  std::string object = objectOfIR(functionText("first"), other);
  llvm::MemoryBufferRef model(object, "the model");
  LinkedFile archive = llvm::cantFail(linkArchive(model, {"first_text"}, other, options()));
  EXPECT_NE(elf(memberOf(*archive)).getArch(), llvm::Triple(target.triple()).getArch());
  EXPECT_THAT(definedSymbols(memberOf(*archive)), ElementsAre("first_text"));
  LinkedFile shared = llvm::cantFail(linkShared(model, {"first_text"}, "libfirst.so", other, options()));
  EXPECT_THAT(exportedSymbols(*shared), ElementsAre("first_text"));
}

TEST_F(LinkLibrary, AnArchitectureWithoutRuntimeIsNamed) {
  Target other = targetOf("riscv64-linux-gnu");
  std::string error = textOf(checkLinkLibrary(other, options(), /*shared=*/false));
  EXPECT_TRUE(contains(error, "nncc was built without a runtime for 'riscv64-linux-gnu'; it has one for '"));
  EXPECT_TRUE(contains(error, "-emit=obj needs none"));
}

} // namespace
