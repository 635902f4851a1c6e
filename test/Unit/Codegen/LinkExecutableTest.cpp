// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/ABI/Program.h"
#include "TestKernels.h"
#include "nncc/Codegen/LinkExecutable.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace nncc::codegen;

namespace {

/// A folder laid out as an installation whose runtime prints what the program's first kernel computes.
class LinkExecutable : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nncc-link", folder));
    ASSERT_FALSE(llvm::sys::fs::create_directories(folder + "/bin"));
    ASSERT_FALSE(llvm::sys::fs::create_directories(folder + "/lib/nncc"));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(const std::string &name) { return (folder + "/" + name).str(); }

  int command(const std::string &text) { return std::system(text.c_str()); }

  void buildRuntime(const std::string &source) {
    std::error_code code;
    llvm::raw_fd_ostream(path("runtime.cpp"), code) << source;
    ASSERT_EQ(command("c++ -c -O1 -o " + path("runtime.o") + " " + path("runtime.cpp")), 0);
    ASSERT_EQ(command("ar rcs " + path("lib/nncc/libNNCCRuntime.a") + " " + path("runtime.o")), 0);
  }

  std::string link() {
    TestModule module("module {" + addKernel("k") + "}");
    auto target = llvm::cantFail(Target::resolve({}));
    return textOf(linkExecutable(*module, programOf({"k"}), target, path("model"), LinkOptions{path("bin/nncc")}));
  }

  std::vector<std::string> filesBeside(const std::string &prefix) {
    std::vector<std::string> names;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator file(folder, code), end; file != end && !code; file.increment(code))
      if (llvm::StringRef name = llvm::StringRef(file->path()).rsplit('/').second; name.starts_with(prefix))
        names.push_back(name.str());
    return names;
  }

  llvm::SmallString<128> folder;
};

TEST_F(LinkExecutable, RunsAndNeedsLibcOnly) {
  if (!llvm::sys::findProgramByName("c++") || !llvm::sys::findProgramByName("ar"))
    GTEST_SKIP() << "no compiler to link with";
  // The table's first fields are the version and a pointer to the name; enough to see that main hands it over. C++ is in it,
  // so that the C++ library has to be linked.
  buildRuntime(R"cpp(
    #include <cstdio>
    #include <string>
    #include <vector>
    #include <stdexcept>
    struct table { unsigned version, reserved; const char *name; };
    extern "C" int nncc_runtime_main(int argc, char **argv, const table *t) {
      std::vector<std::string> words(argv + 1, argv + argc);
      try { words.at(7); } catch (const std::out_of_range &) { std::printf("%s %u %s\n", t->name, t->version, words[0].c_str()); }
      return 3;
    })cpp");
  EXPECT_EQ(link(), "");
  EXPECT_EQ(filesBeside("model"), std::vector<std::string>{"model"});
  EXPECT_TRUE(llvm::sys::fs::can_execute(path("model")));
  int status = command(path("model") + " word > " + path("out"));
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_EQ((*llvm::MemoryBuffer::getFile(path("out")))->getBuffer(), "Test " + std::to_string(NNCC_ABI_VERSION) + " word\n");
  ASSERT_EQ(command("ldd " + path("model") + " > " + path("needs")), 0);
  std::string needs = (*llvm::MemoryBuffer::getFile(path("needs")))->getBuffer().str();
  EXPECT_TRUE(contains(needs, "libc.so"));
  for (const char *other : {"libstdc++", "libgcc", "libz", "libjansson", "LLVM"})
    EXPECT_EQ(needs.find(other), std::string::npos) << needs;
}

TEST(TakesPictures, ByTheTrainSectionsDataOrTheInput) {
  Program program;
  program.inputs = {{"image", {28, 28, 1}}};
  EXPECT_TRUE(takesPictures(program));
  program.training.data = "idx:mnist";
  EXPECT_FALSE(takesPictures(program));
  program.training.validationData = "images:more";
  EXPECT_TRUE(takesPictures(program));
  program.training = {};
  program.inputs = {{"volume", {8, 8, 8, 1}}};
  EXPECT_FALSE(takesPictures(program));
}

TEST_F(LinkExecutable, MissingRuntime) {
  std::string error = link();
  EXPECT_TRUE(contains(error, "libNNCCRuntime.a is missing; looked in '" + path("bin/lib/nncc") + "'"));
  EXPECT_TRUE(filesBeside("model").empty());
}

TEST_F(LinkExecutable, AFailedLinkLeavesTheOldFile) {
  if (!llvm::sys::findProgramByName("c++") || !llvm::sys::findProgramByName("ar"))
    GTEST_SKIP() << "no compiler to link with";
  buildRuntime("extern \"C\" int something_else() { return 0; }");
  std::error_code code;
  llvm::raw_fd_ostream(path("model"), code) << "old";
  std::string error = link();
  EXPECT_TRUE(contains(error, "linking '" + path("model") + "'"));
  EXPECT_TRUE(contains(error, "nncc_runtime_main"));
  EXPECT_EQ(filesBeside("model"), std::vector<std::string>{"model"});
  EXPECT_EQ((*llvm::MemoryBuffer::getFile(path("model")))->getBuffer(), "old");
}

TEST_F(LinkExecutable, NoDriver) {
  std::string saved = std::getenv("PATH");
  buildRuntime("int nothing;");
  setenv("PATH", path("bin").c_str(), 1);
  std::string error = link();
  setenv("PATH", saved.c_str(), 1);
  EXPECT_TRUE(contains(error, "none of clang++-22, c++, g++, clang++ is in PATH; install one"));
}

TEST_F(LinkExecutable, UnwritableFolder) {
  buildRuntime("int nothing;");
  TestModule module("module {" + addKernel("k") + "}");
  auto target = llvm::cantFail(Target::resolve({}));
  std::string error =
      textOf(linkExecutable(*module, programOf({"k"}), target, path("missing/model"), LinkOptions{path("bin/nncc")}));
  EXPECT_TRUE(contains(error, "cannot write '" + path("missing/model") + "': No such file or directory"));
  error = textOf(linkExecutable(*module, programOf({"k"}), target, path("bin"), LinkOptions{path("bin/nncc")}));
  EXPECT_EQ(error, "cannot write '" + path("bin") + "': it is a directory");
}

} // namespace
