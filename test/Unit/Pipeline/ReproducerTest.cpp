// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bugs that no model shows: a child process crashes, and what it leaves is read.

#include "nncc/Pipeline/Reproducer.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include "gtest/gtest.h"

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace nncc::pipeline;
using llvm::StringRef;

namespace {

constexpr StringRef kHead = "nncc reproducer, format 1\n";

/// What a process said and left.
struct Ended {
  int status = -1;
  std::string messages;
  std::vector<std::string> files; ///< contents
};

/// Runs `crash` in a process of its own whose current folder is a new one.
Ended run(const std::function<void()> &crash) {
  Ended result;
  llvm::SmallString<128> folder;
  if (llvm::sys::fs::createUniqueDirectory("nncc-reproducer-test", folder))
    return result;
  const pid_t child = fork();
  if (child == 0) {
    (void)!chdir(folder.c_str());
    const int log = open("log", O_WRONLY | O_CREAT, 0600);
    dup2(log, STDERR_FILENO);
    recordRun({"-", "-emit=obj", "-o", "two\nlines\\.o"});
    recordInput("-", "model M\n\x01");
    recordPhase("making kernels");
    crash();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  std::error_code code;
  for (llvm::sys::fs::directory_iterator at(folder, code), end; at != end && !code; at.increment(code)) {
    auto buffer = llvm::MemoryBuffer::getFile(at->path());
    if (!buffer)
      continue;
    if (llvm::sys::path::filename(at->path()) == "log")
      result.messages = (*buffer)->getBuffer().str();
    else
      result.files.push_back((*buffer)->getBuffer().str());
  }
  llvm::sys::fs::remove_directories(folder);
  return result;
}

/// The one file that was left, read back.
Reproducer readBack(const Ended &ended) {
  EXPECT_EQ(ended.status, 70) << ended.messages;
  EXPECT_EQ(ended.files.size(), 1u) << ended.messages;
  if (ended.files.size() != 1)
    return {};
  llvm::Expected<Reproducer> parsed = Reproducer::parse(ended.files[0]);
  if (!parsed) {
    ADD_FAILURE() << llvm::toString(parsed.takeError()) << "\n" << ended.files[0];
    return {};
  }
  EXPECT_EQ(parsed->arguments, (std::vector<std::string>{"-", "-emit=obj", "-o", "two\nlines\\.o"}));
  EXPECT_TRUE(parsed->input && parsed->input->name == "-" && parsed->input->text == "model M\n\x01");
  EXPECT_TRUE(StringRef(parsed->version).starts_with("nncc "));
  EXPECT_EQ(parsed->machine, describeMachine());
  return *parsed;
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
TEST(Reproducer, OfACrash) {
  for (auto [number, text] : {std::pair(SIGSEGV, "segmentation fault"), std::pair(SIGBUS, "bus error"),
                              std::pair(SIGFPE, "arithmetic exception"), std::pair(SIGILL, "illegal instruction")}) {
    Ended ended = run([number = number] { raise(number); });
    EXPECT_EQ(readBack(ended).message, std::string(text) + " while making kernels");
    StringRef messages = ended.messages;
    EXPECT_TRUE(messages.starts_with((std::string("nncc: internal error: ") + text + " while making kernels\n")));
    EXPECT_TRUE(messages.contains("reproducer nncc-reproducer-")) << ended.messages;
  }
  EXPECT_EQ(readBack(run([] { abort(); })).message, "aborted while making kernels");
}

[[gnu::noinline]] int recurse(int depth) {
  volatile char frame[1000] = {};
  return depth < 0 ? 0 : recurse(depth + 1) + frame[0];
}

TEST(Reproducer, OfAStackOverflow) {
  EXPECT_EQ(readBack(run([] { recurse(0); })).message, "segmentation fault while making kernels");
}

TEST(Reproducer, OneOfThreadsThatCrashTogether) {
  Ended ended = run([] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([] { raise(SIGSEGV); });
    for (std::thread &thread : threads)
      thread.join();
  });
  readBack(ended);
}

// Memory that is a file's is not the compiler's fault.
TEST(Reproducer, NoneOfAFileThatShrank) {
  Ended ended = run([] {
    const int file = open("log", O_RDWR);
    const auto *bytes = static_cast<volatile char *>(mmap(nullptr, 1 << 20, PROT_READ, MAP_SHARED, file, 0));
    (void)bytes[1 << 19];
  });
  EXPECT_EQ(ended.status, 3);
  EXPECT_TRUE(ended.files.empty());
  EXPECT_TRUE(StringRef(ended.messages).contains("was shortened")) << ended.messages;
}
#endif

TEST(Reproducer, OfLLVMsFatalErrors) {
  Ended ended = run([] { llvm::report_fatal_error("cannot\nselect"); });
  EXPECT_EQ(readBack(ended).message, "cannot\nselect while making kernels");
}

TEST(Reproducer, OfAFailedPass) {
  Ended ended = run([] {
    reportBug("it failed", "builtin.module(a,b)", "module {\n}\n");
    _exit(70);
  });
  Reproducer reproducer = readBack(ended);
  EXPECT_EQ(reproducer.message, "it failed");
  EXPECT_EQ(reproducer.pipeline, "builtin.module(a,b)");
  EXPECT_EQ(reproducer.module, "module {\n}\n");
}

TEST(Reproducer, GoesToTheTemporaryFolderWhereTheCurrentOneIsReadOnly) {
  llvm::SmallString<128> elsewhere;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nncc-elsewhere", elsewhere));
  Ended ended = run([&] {
    setenv("TMPDIR", elsewhere.c_str(), 1);
    recordRun({});
    (void)!chdir("/proc"); // not even root writes there
    reportBug("it failed", "", "");
    _exit(70);
  });
  EXPECT_TRUE(StringRef(ended.messages).contains((elsewhere + "/nncc-reproducer-").str())) << ended.messages;
  llvm::sys::fs::remove_directories(elsewhere);
}

TEST(Reproducer, OfARepeatedRunIsNotWrittenAgain) {
  Ended ended = run([] {
    recordReplay("old.txt");
    reportBug("it failed", "", "");
    _exit(70);
  });
  EXPECT_TRUE(ended.files.empty());
  EXPECT_TRUE(StringRef(ended.messages).contains("It is what old.txt repeats."));
}

std::string errorOf(StringRef text) {
  llvm::Expected<Reproducer> parsed = Reproducer::parse(text);
  return parsed ? "none" : llvm::toString(parsed.takeError());
}

TEST(Reproducer, DamagedFilesAreRefused) {
  EXPECT_EQ(errorOf((kHead + "status: 70\n").str()), "none");
  EXPECT_EQ(errorOf((kHead + "argument: a\n").str()), "the reproducer is damaged: it is cut off");
  EXPECT_EQ(errorOf((kHead + "argument: a").str()), "the reproducer is damaged: its last line is cut off");
  EXPECT_EQ(errorOf("module {}"), "it does not begin with 'nncc reproducer, format 1': it is no reproducer");
  EXPECT_EQ(errorOf("nncc reproducer, format 2\n"),
            "the reproducer has another format than this version of nncc knows: 'nncc reproducer, format 2'");
  EXPECT_EQ(errorOf((kHead + "colour: red\n").str()), "the reproducer is damaged: unknown key 'colour'");
  EXPECT_EQ(errorOf((kHead + "message: a\\q\n").str()),
            "the reproducer is damaged: the value of 'message' has an unknown escape");
  const std::string cut = "the reproducer is damaged: its input is cut off or has another size than it says";
  EXPECT_EQ(errorOf((kHead + "input: 3 a\nxy").str()), cut);
  EXPECT_EQ(errorOf((kHead + "input: 2 a\nxyz\n").str()), cut);
  EXPECT_EQ(errorOf((kHead + "input: 18446744073709551615 a\nxyz\n").str()), cut);
  EXPECT_EQ(errorOf((kHead + "input: -1 a\nxyz\n").str()), cut);
  EXPECT_EQ(errorOf((kHead + "module: 99\nxyz\n").str()), "the reproducer is damaged: its module is cut off");
}

} // namespace
