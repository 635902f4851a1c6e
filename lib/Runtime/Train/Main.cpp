// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// main() of a compiled executable.
#include "nncc/Runtime/Core/Cpu.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Train/Run.h"

#include <cstdio>
#include <cstring>
#include <new>

using namespace nncc::runtime;

static int wrongUsage(const char *program, const std::string &message) {
  fprintf(stderr, "error: %s\nnote: `%s help` lists the commands and options\n", message.c_str(), program);
  return exitUsage;
}

static void printHelp(const char *executable, const nncc_program &program) {
  printf("usage: %s COMMAND [options]\n\n"
         "The model '%s', compiled by %s.\n\n"
         "commands\n%s"
         "  summary                   the layer table\n"
         "  info                      versions, the CPU features that are needed, sizes\n"
         "  help                      this text\n\n"
         "options\n%s",
         executable, program.name, program.compiler ? program.compiler : "nncc", actionsHelp(), runOptionsHelp());
}

static void printInfo(const nncc_program &program) {
  int64_t trainable = 0, all = 0;
  for (int64_t i = 0; i < program.variable_count; ++i) {
    all += program.variables[i].elements;
    trainable += program.variables[i].trainable ? program.variables[i].elements : 0;
  }
  printf("model:        %s\n", program.name);
  for (int64_t i = 0; i < program.input_count; ++i)
    printf("input:        %s %s\n", program.inputs[i].name, shapeText(program.inputs[i].extents, program.inputs[i].rank, -1).c_str());
  printf("output:       %s\n", shapeText(program.output.extents, program.output.rank, -1).c_str());
  printf("parameters:   %lld (%lld trainable)\n", static_cast<long long>(all), static_cast<long long>(trainable));
  printf("compiler:     %s\n", program.compiler ? program.compiler : "unknown");
  printf("ABI version:  %u\n", program.abi_version);
  printf("CPU:          %s\n", program.cpu && *program.cpu ? program.cpu : "any x86-64");
  printf("CPU features: %s\n", program.cpu_features && *program.cpu_features ? program.cpu_features : "none beyond the baseline");
  nncc_message message{};
  bool fits = nncc_cpu_check(program.cpu_features, &message) == NNCC_OK;
  printf("this CPU:     %s\n", fits ? "has them all" : message.text ? message.text : "lacks some");
  nncc_message_free(&message);
  constexpr const char *names[] = {"predict", "evaluate", "train", "gradients", "gradients (training)"};
  for (int i = 0; i < NNCC_ENTRY_COUNT; ++i)
    if (const nncc_entry *entry = program.entries[i])
      printf("memory:       %s: %lld + %lld * batch bytes, and %lld a thread\n", names[i],
             static_cast<long long>(entry->arena_bytes.fixed), static_cast<long long>(entry->arena_bytes.per_sample),
             static_cast<long long>(entry->worker_bytes));
}

static int finishOutput() {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return exitSuccess;
  fprintf(stderr, "error: cannot write to standard output\n");
  return exitResource;
}

static int runMain(int argc, char **argv, const nncc_program &program) {
  const char *slash = argc > 0 ? strrchr(argv[0], '/') : nullptr;
  const char *executable = argc < 1 ? "model" : slash ? slash + 1 : argv[0];
  if (program.abi_version != NNCC_ABI_VERSION) {
    fprintf(stderr, "error: the compiled model has ABI version %u, its runtime %u\n", program.abi_version, NNCC_ABI_VERSION);
    return exitInternal;
  }
  if (argc < 2) {
    printHelp(executable, program);
    return exitUsage;
  }
  std::string command = argv[1];
  std::vector<std::string> arguments(argv + 2, argv + argc);
  for (const std::string &argument : arguments)
    if (argument == "--help" || argument == "-h")
      command = "help";
  if (command == "help" || command == "--help" || command == "-h") {
    printHelp(executable, program);
    return finishOutput();
  }
  if (command == "summary" || command == "info") {
    if (!arguments.empty())
      return wrongUsage(executable, "unexpected argument '" + arguments[0] + "': " + command + " takes none");
    if (command == "summary")
      fputs(program.summary ? program.summary : "", stdout);
    else
      printInfo(program);
    return finishOutput();
  }
  std::optional<Action> action = parseAction(command);
  if (!action) {
    constexpr const char *names[] = {"train", "evaluate", "predict", "gradients", "gradcheck", "benchmark", "summary", "info", "help", nullptr};
    const char *near = nearest(command, names);
    return wrongUsage(executable, "unknown command '" + command + "'" + (near ? "; did you mean '" + std::string(near) + "'?" : ""));
  }
  RunOptions options;
  std::string error;
  if (!parseRunOptions(arguments, options, nullptr, error))
    return wrongUsage(executable, error);
  options.commandLine.assign(argv, argv + argc);
  return runCommand(program, *action, options);
}

extern "C" int nncc_runtime_main(int argc, char **argv, const nncc_program *program) {
  try {
    return runMain(argc, argv, *program);
  } catch (const std::bad_alloc &) {
    fputs("error: out of memory\n", stderr);
    return exitResource;
  }
}
