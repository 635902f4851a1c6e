// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// main() of a compiled executable.
#include "Command.h"

#include "nncc/Runtime/Core/Cpu.h"
#include "nncc/Runtime/Core/Model.h"
#include "nncc/Runtime/Data/Failure.h"
#include "nncc/Runtime/Data/PrintableText.h"

#include <cstdio>
#include <cstring>

using namespace nncc::runtime;

namespace {

/// Commands that an executable may have; gradcheck only where there is the compiler.
constexpr const char *allCommands[] = {"train", "evaluate", "predict", "gradients", "benchmark"};

class Executable {
public:
  Executable(const char *path, const nncc_programs &programs, const nncc_command *const *commands)
      : programs(programs), first(*programs.programs[0]), commands(commands) {
    const char *slash = strrchr(path, '/');
    name = slash ? slash + 1 : path;
  }

  int run(int argc, char **argv) const;

private:
  int wrongUsage(const std::string &message) const;
  int unknownCommand(const std::string &command) const;
  void printHelp() const;
  void printInfo() const;
  void printCpus() const;

  const nncc_programs &programs;
  const nncc_program &first; ///< for what all agree in
  const nncc_command *const *commands;
  const char *name;
};

int Executable::wrongUsage(const std::string &message) const {
  fprintf(stderr, "error: %s\nnote: `%s help` lists the commands and options\n", printable(message).c_str(), name);
  return exitUsage;
}

int Executable::unknownCommand(const std::string &command) const {
  if ((command == "train" || command == "evaluate") && !first.training.present)
    fail(exitBadInput, "the model '%s' has no train section: %s needs its loss", first.name, command == "train" ? "training" : "evaluation");
  for (const char *known : allCommands)
    if (command == known)
      return wrongUsage("this executable was compiled with --no-train: it has no command '" + command + "'");
  if (command == "gradcheck")
    return wrongUsage("gradcheck needs the compiler: nncc MODEL.nn -jit gradcheck");
  std::vector<const char *> names{"summary", "info", "help"};
  for (const nncc_command *const *listed = commands; *listed; ++listed)
    names.push_back((*listed)->name);
  names.push_back(nullptr);
  const char *near = nearest(command, names.data());
  return wrongUsage("unknown command '" + command + "'" + (near ? format("; did you mean '%s'?", near) : ""));
}

void Executable::printHelp() const {
  printf("usage: %s COMMAND [options]\n\n"
         "The model '%s', compiled by %s.\n\n"
         "commands\n",
         name, first.name, first.compiler ? first.compiler : "nncc");
  for (const nncc_command *const *listed = commands; *listed; ++listed)
    fputs(commandHelp(**listed).c_str(), stdout);
  printf("  summary                   the layer table\n"
         "  info                      versions, the CPU features that are needed, sizes\n"
         "  help                      this text\n\n"
         "options\n%s",
         runOptionsHelp());
}

/// The CPU that the code is for; of several each, and which one runs here.
void Executable::printCpus() const {
  const nncc_program *chosen;
  nncc_message message{};
  nncc_status status = nncc_select_program(&programs, &chosen, &message);
  for (int64_t i = 0; i < programs.count; ++i) {
    const nncc_program &program = *programs.programs[i];
    printf("CPU:          %s%s\n", program.cpu && *program.cpu ? program.cpu : "any x86-64",
           programs.count > 1 && &program == chosen ? " (runs here)" : "");
    printf("CPU features: %s\n", program.cpu_features && *program.cpu_features ? program.cpu_features : "none beyond the baseline");
  }
  printf("this CPU:     %s\n", status == NNCC_OK ? "has them all" : message.text ? message.text : "lacks some");
  nncc_message_free(&message);
}

void Executable::printInfo() const {
  int64_t trainable = 0, all = 0;
  for (int64_t i = 0; i < first.variable_count; ++i) {
    all += first.variables[i].elements;
    trainable += first.variables[i].trainable ? first.variables[i].elements : 0;
  }
  printf("model:        %s\n", first.name);
  for (int64_t i = 0; i < first.input_count; ++i)
    printf("input:        %s %s\n", first.inputs[i].name, shapeText(first.inputs[i].extents, first.inputs[i].rank, -1).c_str());
  printf("output:       %s\n", shapeText(first.output.extents, first.output.rank, -1).c_str());
  printf("parameters:   %lld (%lld trainable)\n", static_cast<long long>(all), static_cast<long long>(trainable));
  if (const nncc_embedded *embedded = first.embedded) {
    constexpr const char *storages[] = {"f32", "bf16", "f16"};
    printf("weights:      embedded as %s\n", storages[embedded->storage]);
  }
  printf("compiler:     %s\n", first.compiler ? first.compiler : "unknown");
  printf("ABI version:  %u\n", first.abi_version);
  printCpus();
  constexpr const char *names[] = {"predict", "evaluate", "train", "gradients", "gradients (training)"};
  for (int i = 0; i < NNCC_ENTRY_COUNT; ++i)
    if (const nncc_entry *entry = first.entries[i])
      printf("memory:       %s: %lld + %lld * batch bytes, and %lld a thread\n", names[i],
             static_cast<long long>(entry->arena_bytes.fixed), static_cast<long long>(entry->arena_bytes.per_sample),
             static_cast<long long>(entry->worker_bytes));
}

int finishOutput() {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return exitSuccess;
  fprintf(stderr, "error: cannot write to standard output\n");
  return exitResource;
}

int Executable::run(int argc, char **argv) const {
  if (first.abi_version != NNCC_ABI_VERSION) {
    fprintf(stderr, "error: the compiled model has ABI version %u, its runtime %u\n", first.abi_version, NNCC_ABI_VERSION);
    return exitInternal;
  }
  if (argc < 2) {
    printHelp();
    return exitUsage;
  }
  std::string command = argv[1];
  std::vector<std::string> arguments(argv + 2, argv + argc);
  for (const std::string &argument : arguments)
    if (argument == "--help" || argument == "-h")
      command = "help";
  if (command == "help" || command == "--help" || command == "-h") {
    printHelp();
    return finishOutput();
  }
  if (command == "summary" || command == "info") {
    if (!arguments.empty())
      return wrongUsage("unexpected argument '" + arguments[0] + "': " + command + " takes none");
    if (command == "summary")
      fputs(first.summary ? first.summary : "", stdout);
    else
      printInfo();
    return finishOutput();
  }
  const nncc_command *const *listed = commands;
  while (*listed && command != (*listed)->name)
    ++listed;
  if (!*listed)
    return unknownCommand(command);
  RunOptions options;
  std::string error;
  if (!parseRunOptions(arguments, options, nullptr, error))
    return wrongUsage(error);
  options.commandLine.assign(argv, argv + argc);
  const nncc_program *program;
  nncc_message message{};
  nncc_status status = nncc_select_program(&programs, &program, &message);
  check(status, message);
  return runCommand(*program, **listed, options);
}

} // namespace

int nncc_runtime_main(int argc, char **argv, const nncc_programs *programs, const nncc_command *const *commands) {
  int status = exitSuccess;
  auto error = attempt([&] {
    const Executable executable(argc < 1 ? "model" : argv[0], *programs, commands);
    status = executable.run(argc, argv);
  });
  return error ? reportFailure(*error) : status;
}
