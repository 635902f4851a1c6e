// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the commands share: checked options and data, the instance, batches. Internal to Train.
#ifndef NNCC_LIB_RUNTIME_TRAIN_COMMAND_H
#define NNCC_LIB_RUNTIME_TRAIN_COMMAND_H

#include "nncc/Runtime/Core/Weights.h"
#include "nncc/Runtime/Data/BatchLoader.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Source.h"
#include "nncc/Runtime/Train/Metrics.h"
#include "nncc/Runtime/Train/Observer.h"
#include "nncc/Runtime/Data/OutputFile.h"
#include "nncc/Runtime/Train/Run.h"
#include <functional>
#include <memory>

namespace nncc::runtime {

/// Throws an Error with the status that the command line gives to `status`, unless it is NNCC_OK. Frees the message.
void check(nncc_status status, nncc_message &message);
void check(nncc_status status);

struct InstanceDeleter {
  void operator()(nncc_instance *instance) const { nncc_instance_destroy(instance); }
};
struct PoolDeleter {
  void operator()(nncc_pool *pool) const { nncc_pool_destroy(pool); }
};
using Pool = std::unique_ptr<nncc_pool, PoolDeleter>;
Pool makePool(int64_t threads); ///< throws Error

/// Text to standard output. Throws Error(exitResource) when that fails, silently for a closed pipe.
void writeOutput(const std::string &text);
void flushOutput();
/// Text to standard error; failures are ignored.
void writeProgress(const std::string &text);
void warn(const std::string &text);
double now(); ///< seconds, monotonic

/// Handles SIGINT and SIGTERM and ignores SIGPIPE and SIGXFSZ while it lives. A second SIGINT kills.
class SignalScope {
public:
  SignalScope();
  ~SignalScope();
};
bool interrupted();
/// Throws Error(130 or 143) if a signal came: "interrupted `where`". `withinLine`: a progress bar has to be ended first.
void stopIfInterrupted(const std::string &where = "", bool withinLine = false);

/// The learning rate of a step under a schedule (Schedule.cpp).
double scheduledRate(const nncc_call &schedule, double initial, int64_t step);

/// See Run.h, which has this for the actions of `nncc -jit`.
int runCommand(const nncc_program &facts, const nncc_command &action, const RunOptions &options, CompileFunction compile = nullptr,
               void *context = nullptr);

/// Its line of the help.
std::string commandHelp(const nncc_command &command);

/// Runs `work` with signals handled; the status of the error that it throws, which is reported, else 0.
int guarded(const std::function<void()> &work);

class Command {
public:
  Command(const nncc_program &facts, const RunOptions &options, CompileFunction compile, void *context)
      : program(&facts), options(options), compile(compile), context(context) {}

  void train();
  void evaluate();
  void predict();
  void gradients();
  void benchmark();

private:
  friend class Trainer;

  // Before compilation.
  void needTraining(const char *what) const;
  void checkWeights() const;
  /// The data of a source, read with a pool of its own; see SourceSpec::testPreferred.
  Dataset load(const std::string &text, bool fromCommandLine, bool testPreferred) const;
  /// The arrays of --input, one per model input.
  std::vector<Floats> readInputs(int64_t &count) const;
  /// Whether --input is a picture or a folder; its pictures as a set without targets, and their names (Pictures.cpp).
  bool hasPictures() const;
  SampleSet readPictures(std::vector<std::string> &names) const;
  int64_t batchSize(int64_t samples) const;
  uint64_t seed() const;

  /// Compiles, creates the instance, loads --weights or sets the embedded or the initial ones; with --resume all variables are left as
  /// they are.
  /// `only`: the entry that the command runs, if it is one; memory that others need is not taken, and embedded weights stay where they
  /// are.
  void start(const CompileRequest &request = {}, std::optional<nncc_entry_kind> only = std::nullopt);
  void noteInitialWeights(const char *what) const;
  /// The names of classes that the instance's weights carry.
  void setClassNames(const std::vector<std::string> &names);
  std::vector<std::string> classNames() const;

  // Running.
  const nncc_entry &entry(nncc_entry_kind kind, const char *what) const;
  void reserve(nncc_entry_kind kind, int64_t batch);
  void setScalars(int64_t step, double learningRate);
  /// Threads that read samples ahead of a run.
  int64_t loaderThreads() const { return nncc_pool_threads(options.threads) / 2; }
  /// Copies the loader's next batch into the entry's inputs and target.
  void gather(const nncc_entry &entry, BatchLoader &loader);
  float lossOf(const nncc_entry &entry, int64_t batch) const;
  /// predict for pictures: classes as text, a table or CSV (Pictures.cpp).
  void predictPictures();
  /// Draws where a picture's class comes from into --explain (Explain.cpp).
  void explain(const SampleSet &set, int64_t output, const std::string &label);
  /// Loss and metrics of samples first ... in inference mode. `see` is told of every batch. Ends early when interrupted.
  Logs evaluateSet(const SampleSet &set, int64_t first, int64_t count, int64_t batch, const char *prefix,
                   const std::function<void(const PredictionBatch &)> &see = nullptr);

  const nncc_program *program;
  nncc_program part; ///< the program with one entry alone, see start()
  const RunOptions &options;
  CompileFunction compile;
  void *context;
  std::unique_ptr<nncc_instance, InstanceDeleter> instance;
  Floats batchTargets;
};

} // namespace nncc::runtime

struct nncc_command {
  const char *name;
  const char *help; ///< what it does, in a line
  void (*run)(nncc::runtime::Command &command);
};

#endif // NNCC_LIB_RUNTIME_TRAIN_COMMAND_H
