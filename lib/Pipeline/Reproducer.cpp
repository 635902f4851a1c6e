// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes what repeats a bug. A crashed process cannot rely on its heap: what the file begins with is put together at the start
// of a run, and a signal handler only writes.

#include "nncc/Pipeline/Reproducer.h"

#include "nncc/Pipeline/ExitStatus.h"
#include "nncc/Pipeline/ProgramFacts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <execinfo.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

using namespace llvm;

namespace nncc::pipeline {

namespace {

/// What a line cannot hold.
constexpr StringLiteral kSpecial = "\\\n\r";
constexpr size_t kMostFrames = 32;

/// What is known of the run. Read by the signal handler, so nothing of it changes after the run has started but `input` and `phase`.
struct Run {
  std::string head;   ///< the file's first lines: versions and arguments
  std::string folder; ///< for temporary files
  std::string inputLine, inputText;
  std::string replayed; ///< the reproducer that this run repeats
  std::atomic<const char *> phase{nullptr};
};

/// Never destroyed: a crash can come after the last line of `main`.
Run &current() {
  static Run *run = new Run;
  return *run;
}

std::string asLine(StringRef value) {
  std::string line;
  for (char c : value)
    if (c == '\n' || c == '\r' || c == '\\')
      line += {'\\', c == '\n' ? 'n' : c == '\r' ? 'r' : '\\'};
    else
      line += c;
  return line;
}

/// A path that is put together without a heap.
struct Path {
  char text[4200] = {};
  size_t size = 0;

  void operator+=(StringRef more) {
    for (char c : more)
      if (size + 1 < sizeof text)
        text[size++] = c;
    text[size] = 0;
  }
  void operator+=(uint64_t number) {
    char digits[20];
    size_t count = 0;
    do
      digits[count++] = static_cast<char>('0' + number % 10);
    while (number /= 10);
    while (count)
      *this += StringRef(&digits[--count], 1);
  }
};

bool writeAll(int file, StringRef text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written <= 0 && errno != EINTR)
      return false;
    text = text.drop_front(written > 0 ? written : 0);
  }
  return true;
}

/// "key: value", the value escaped piece by piece.
bool writeValue(int file, StringRef key, std::initializer_list<StringRef> values) {
  bool good = writeAll(file, key) && writeAll(file, ": ");
  for (StringRef value : values)
    while (good && !value.empty()) {
      const size_t plain = std::min(value.find_first_of(kSpecial), value.size());
      good = writeAll(file, value.take_front(plain));
      value = value.drop_front(plain);
      if (good && !value.empty()) {
        good = writeAll(file, value.front() == '\n' ? "\\n" : value.front() == '\r' ? "\\r" : "\\\\");
        value = value.drop_front();
      }
    }
  return good && writeAll(file, "\n");
}

/// What happened, in pieces: the handler cannot join them.
struct Event {
  StringRef message, during; ///< "segmentation fault", "making kernels"
  StringRef pipeline, module;
  bool isCrash = false;
};

bool writeContents(int file, const Event &event) {
  const Run &run = current();
  bool good = writeAll(file, run.head.empty() ? StringRef(Reproducer::kFirstLine) : StringRef(run.head)) &&
              writeAll(file, "status: 70\n") &&
              writeValue(file, "message", {event.message, event.during.empty() ? "" : " while ", event.during});
  if (good && !event.pipeline.empty())
    good = writeValue(file, "pipeline", {event.pipeline});
  if (good && !run.inputLine.empty())
    good = writeAll(file, run.inputLine) && writeAll(file, run.inputText) && writeAll(file, "\n");
  if (good && !event.module.empty()) {
    Path size;
    size += static_cast<uint64_t>(event.module.size());
    good = writeValue(file, "module", {StringRef(size.text, size.size)}) && writeAll(file, event.module) &&
           writeAll(file, "\n");
  }
  if (good && event.isCrash) {
    void *frames[kMostFrames];
    good = writeAll(file, "stack:\n");
    backtrace_symbols_fd(frames, backtrace(frames, kMostFrames), file);
  }
  return good;
}

/// In the current folder, or where that cannot be written in that for temporary files. False where neither can.
bool writeFile(const Event &event, Path &path) {
  for (StringRef folder : {StringRef(), StringRef(current().folder)}) {
    for (uint64_t number = 0; number < 100; ++number) {
      path.size = 0;
      path += folder;
      path += folder.empty() ? "nncc-reproducer-" : "/nncc-reproducer-";
      path += static_cast<uint64_t>(getpid());
      if (number) {
        path += "-";
        path += number;
      }
      path += ".txt";
      const int file = open(path.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (file < 0 && errno == EEXIST)
        continue;
      if (file < 0)
        break;
      const bool good = writeContents(file, event);
      if (close(file) == 0 && good)
        return true;
      unlink(path.text);
      break;
    }
  }
  return false;
}

void say(const Event &event) {
  const auto put = [](StringRef text) { writeAll(STDERR_FILENO, text); };
  put("nncc: internal error: ");
  put(event.message);
  if (!event.during.empty()) {
    put(" while ");
    put(event.during);
  }
  put("\nThis is a bug of nncc.");
  Path path;
  if (!current().replayed.empty()) {
    put(" It is what ");
    put(current().replayed);
    put(" repeats.");
  } else if (writeFile(event, path)) {
    put(" Please report it with the reproducer ");
    put(StringRef(path.text, path.size));
    put(", which nncc --replay runs again.");
  }
  put("\n");
}

StringRef phase() {
  const char *text = current().phase;
  return text ? StringRef(text) : StringRef();
}

/// Of several threads that crash one tells; the others wait until it has ended the process.
void beFirst() {
  static std::atomic_flag taken = ATOMIC_FLAG_INIT;
  if (taken.test_and_set())
    while (true)
      pause();
}

struct Signal {
  int number;
  StringLiteral text;
};
constexpr Signal kSignals[] = {{SIGSEGV, "segmentation fault"},
                               {SIGBUS, "bus error"},
                               {SIGFPE, "arithmetic exception"},
                               {SIGILL, "illegal instruction"},
                               {SIGTRAP, "trap"},
                               {SIGABRT, "aborted"}};

void onSignal(int number, siginfo_t *info, void *) {
  beFirst();
  sys::RunInterruptHandlers(); // removes what is half written
  if (number == SIGBUS && info->si_code == BUS_ADRERR) {
    // Memory that is a file's: somebody shortened it, or its disk is full or broken.
    writeAll(STDERR_FILENO, "nncc: error: a file that is read or written through memory was shortened, or its disk failed or is full\n");
    _exit(static_cast<int>(ExitStatus::Failed));
  }
  Event event;
  for (const Signal &known : kSignals)
    if (known.number == number)
      event.message = known.text;
  event.during = phase();
  event.isCrash = true;
  say(event);
  _exit(static_cast<int>(ExitStatus::Internal));
}

void onFatalError(void *, const char *reason, bool) {
  beFirst();
  sys::RunInterruptHandlers();
  Event event;
  event.message = reason;
  event.during = phase();
  event.isCrash = true;
  say(event);
  _exit(static_cast<int>(ExitStatus::Internal));
}

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
constexpr bool kSanitizerHandlesCrashes = true;
#else
constexpr bool kSanitizerHandlesCrashes = false;
#endif

void handleCrashes() {
  install_fatal_error_handler(onFatalError);
  if (kSanitizerHandlesCrashes)
    return;
  void *frame;
  backtrace(&frame, 1); // its first call may allocate
  static char stack[128 << 10]; // for the handler: that of the thread may be what overflowed
  stack_t alternate{};
  alternate.ss_sp = stack;
  alternate.ss_size = sizeof stack;
  sigaltstack(&alternate, nullptr);
  struct sigaction action{};
  action.sa_sigaction = onSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const Signal &known : kSignals) // a crash of the handler itself then ends the process
    sigaddset(&action.sa_mask, known.number);
  for (const Signal &known : kSignals)
    sigaction(known.number, &action, nullptr);
}

} // namespace

std::string describeMachine() {
  std::vector<std::string> features;
  for (const auto &feature : sys::getHostCPUFeatures())
    features.push_back((feature.second ? "+" : "-") + feature.first().str());
  llvm::sort(features, [](StringRef a, StringRef b) { return a.drop_front() < b.drop_front(); });
  return (sys::getDefaultTargetTriple() + " " + sys::getHostCPUName() + " " + join(features, ",")).str();
}

void recordRun(ArrayRef<std::string> arguments) {
  Run &run = current();
  run.head = (Reproducer::kFirstLine + "nncc: " + asLine(compilerVersion()) + "\nmachine: " + describeMachine() + "\n").str();
  for (const std::string &argument : arguments)
    run.head += "argument: " + asLine(argument) + "\n";
  const char *folder = getenv("TMPDIR");
  run.folder = folder && *folder ? folder : "/tmp";
  handleCrashes();
}

void recordInput(StringRef name, StringRef text) {
  Run &run = current();
  run.inputLine.clear();
  run.inputText = text.str();
  run.inputLine = "input: " + std::to_string(text.size()) + " " + asLine(name) + "\n";
}

void recordPhase(StringRef phase) { current().phase = phase.data(); }

void recordReplay(StringRef path) { current().replayed = path.str(); }

void reportBug(StringRef message, StringRef pipeline, StringRef module) {
  Event event;
  event.message = message;
  event.pipeline = pipeline;
  event.module = module;
  say(event);
}

} // namespace nncc::pipeline
