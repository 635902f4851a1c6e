// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model of the sweep as an executable and in this process: predictions, gradients and trained weights have the same bits, and what one
// refuses the other refuses, too. The input is the model's seed.
#include "Fuzz.h"

#include "Sweep/ModelGenerator.h"
#include "nncc/Codegen/FactsTable.h"
#include "nncc/Pipeline/Compiler.h"
#include "nncc/Runtime/Core/AtomicFile.h"
#include "nncc/Runtime/Data/Npy.h"
#include "nncc/Runtime/Train/Run.h"

#include "mlir/Pass/PassManager.h"

#include <cerrno>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

using namespace nncc;
using namespace nncc::fuzz;

namespace {

/// The arrays of a model's inputs and something like labels.
class Inputs {
public:
  Inputs(const sweep::GeneratedModel &model, const codegen::Program &program, const Folder &folder) {
    sweep::Draw draw(model.seed + 1);
    for (const sweep::Feed &feed : model.feeds)
      add(feed.name, feed.shape, model.batch, [&] { return feed.classes ? float(draw.in(0, feed.classes - 1)) : float(draw.uniform(-1, 1)); });
    write(folder.path("inputs.npz"));
    add("y", program.target.extents, model.batch, [] { return 0.0f; });
    write(folder.path("data.npz"));
    arrays.clear();
    add("dy", program.output.extents, model.batch, [&] { return float(draw.uniform(-1, 1)); });
    nncc_file *file = open(folder.path("dy.npy"));
    runtime::writeNpy(file, arrays[0].shape, arrays[0].values);
    close(file);
  }

private:
  template <typename Value> void add(const std::string &name, llvm::ArrayRef<int64_t> sample, int64_t batch, Value value) {
    std::vector<int64_t> shape{batch};
    shape.insert(shape.end(), sample.begin(), sample.end());
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    auto &numbers = *values.emplace_back(std::make_unique<std::vector<float>>(count));
    for (float &number : numbers)
      number = value();
    arrays.push_back({name, shape, numbers.data()});
  }
  void write(const std::string &path) const {
    nncc_file *file = open(path);
    runtime::writeNpz(file, arrays);
    close(file);
  }
  static nncc_file *open(const std::string &path) {
    nncc_file *file = nullptr;
    expect(nncc_file_create(path.c_str(), &file, nullptr) == NNCC_OK, "inputs cannot be written");
    return file;
  }
  static void close(nncc_file *file) { expect(nncc_file_commit(file, nullptr) == NNCC_OK, "inputs cannot be written"); }

  std::vector<runtime::NamedArray> arrays;
  std::vector<std::unique_ptr<std::vector<float>>> values;
};

struct Run {
  const char *action;
  std::vector<std::string> arguments, entries;
  const char *result; ///< the file that it writes
};

int runHere(pipeline::Compiler &compiler, const Run &run) {
  runtime::RunOptions options;
  std::string error;
  expect(runtime::parseRunOptions(run.arguments, options, nullptr, error), "a good command line is refused");
  struct Context {
    pipeline::Compiler &compiler;
    const std::vector<std::string> &entries;
    std::unique_ptr<codegen::JitProgram> program;
  } context{compiler, run.entries, nullptr};
  auto compile = [](void *pointer, const runtime::CompileRequest &request, int &status) -> const nncc_program * {
    Context &context = *static_cast<Context *>(pointer);
    status = static_cast<int>(context.compiler.compile(context.entries, context.program, request.batch));
    return context.program ? context.program->program() : nullptr;
  };
  codegen::FactsTable facts(compiler.describe());
  Silence silence;
  return runtime::runCommand(facts.program(), *runtime::parseAction(run.action), options, compile, &context);
}

int runThere(const std::string &program, const Run &run) {
  std::vector<std::string> words{program, run.action};
  words.insert(words.end(), run.arguments.begin(), run.arguments.end());
  std::vector<char *> pointers;
  for (std::string &word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  Silence silence;
  pid_t child;
  int status = -1;
  expect(posix_spawn(&child, program.c_str(), nullptr, nullptr, pointers.data(), environ) == 0, "an executable does not start");
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) { // by libFuzzer's timer
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  [[maybe_unused]] static const bool isReady = (mlir::registerPassManagerCLOptions(), true); // which the compiler looks at
  uint64_t seed = 0;
  for (size_t i = 0; i < size && i < 4; ++i)
    seed = seed << 8 | data[i];
  const sweep::GeneratedModel model = sweep::generateModel(seed);
  static const Folder folder;
  folder.clear();
  pipeline::CompilerOptions options;
  options.target.cpu = "native";
  options.target.optLevel = 1;
  pipeline::Compiler compiler(options);
  expect(compiler.load(model.text, "m.nn") == pipeline::ExitStatus::Success, "a legal model is refused");
  const std::string program = folder.path("m");
  expect(compiler.emit("exe", program) == pipeline::ExitStatus::Success, "a legal model cannot be linked");
  const Inputs inputs(model, compiler.describe(), folder);

  const std::string in = folder.path("inputs.npz"), dy = folder.path("dy.npy"), train = "npz:" + folder.path("data.npz");
  const Run runs[] = {
      {"predict", {"--seed=5", "--input", in, "-o", folder.path("y.npy")}, {"predict"}, "y.npy"},
      {"gradients", {"--seed=5", "--input", in, "--output-gradient", dy, "-o", folder.path("g.npz")}, {"gradients"}, "g.npz"},
      {"train", {"--seed=5", "--epochs=2", "--batch-size=2", "--verbose=0", "--data", train, "--save", folder.path("w")}, {"train_step", "evaluate"}, "w"},
  };
  for (const Run &run : runs) {
    const int here = runHere(compiler, run);
    const std::string result = folder.read(run.result);
    std::filesystem::remove(folder.path(run.result));
    const int there = runThere(program, run);
    if (here != there)
      finding("%s ends with %d here and with %d as an executable", run.action, here, there);
    expect(here == 0 || here == 1 || here == 4, "another end than good or refused");
    expect(here != 0 || !result.empty(), "a run without a result");
    if (result != folder.read(run.result))
      finding("%s gives other bits as an executable", run.action);
  }
  return 0;
}
