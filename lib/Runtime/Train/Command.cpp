// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Command.h"

#include "nncc/Runtime/Data/Failure.h"
#include "nncc/Runtime/Data/PrintableText.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <time.h>

namespace nncc::runtime {

static int exitStatusOf(nncc_status status) {
  switch (status) {
  case NNCC_OK: return exitSuccess;
  case NNCC_ERROR_OPEN:
  case NNCC_ERROR_FORMAT:
  case NNCC_ERROR_MISMATCH:
  case NNCC_ERROR_UNSUPPORTED:
  case NNCC_ERROR_NO_ENTRY: return exitBadInput;
  case NNCC_ERROR_CPU:
  case NNCC_ERROR_MEMORY:
  case NNCC_ERROR_THREADS:
  case NNCC_ERROR_WRITE: return exitResource;
  default: return exitInternal;
  }
}

void check(nncc_status status, nncc_message &message) {
  std::string text = message.text ? message.text : nncc_status_string(status);
  nncc_message_free(&message);
  if (status != NNCC_OK)
    failWith({exitStatusOf(status), std::move(text)});
}

void check(nncc_status status) {
  nncc_message none{};
  check(status, none);
}

Pool makePool(int64_t threads) {
  nncc_pool *created;
  check(nncc_pool_create(threads, &created));
  return Pool(created);
}

// --- output ------------------------------------------------------------------------------------------------------------

static void outputFailed() {
  if (errno == EPIPE) // who reads has enough: nothing to say, nobody to say it to
    failWith({exitResource, ""});
  fail(exitResource, "cannot write to standard output: %s", strerror(errno));
}

void writeOutput(const std::string &text) {
  if (fwrite(text.data(), 1, text.size(), stdout) != text.size())
    outputFailed();
}

void flushOutput() {
  if (fflush(stdout) != 0)
    outputFailed();
}

void writeProgress(const std::string &text) {
  if (text.empty())
    return;
  fwrite(text.data(), 1, text.size(), stderr);
  fflush(stderr);
}

void warn(const std::string &text) { writeProgress("warning: " + printable(text) + "\n"); }

double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// --- signals -----------------------------------------------------------------------------------------------------------

static volatile sig_atomic_t caught = 0;
static constexpr int signalsHandled[] = {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ};
static constexpr int signalCount = sizeof signalsHandled / sizeof *signalsHandled;

static struct sigaction oldActions[signalCount];

static void onSignal(int number) { caught = number; }

SignalScope::SignalScope() {
  caught = 0;
  for (int i = 0; i < signalCount; ++i) {
    struct sigaction action {};
    bool isEnd = signalsHandled[i] == SIGINT || signalsHandled[i] == SIGTERM; // the others fail a write, which tells of it
    action.sa_handler = isEnd ? onSignal : SIG_IGN;
    action.sa_flags = isEnd ? static_cast<int>(SA_RESETHAND) | SA_RESTART : 0;
    sigemptyset(&action.sa_mask);
    // Also where SIGINT was ignored, as in a script's background jobs: who sends it to a training means it.
    sigaction(signalsHandled[i], &action, &oldActions[i]);
  }
}

SignalScope::~SignalScope() {
  for (int i = 0; i < signalCount; ++i)
    sigaction(signalsHandled[i], &oldActions[i], nullptr);
}

bool interrupted() { return caught != 0; }

void stopIfInterrupted(const std::string &where, bool withinLine) {
  if (!caught)
    return;
  if (withinLine)
    writeProgress("\n");
  failWith({128 + static_cast<int>(caught), where.empty() ? "interrupted" : "interrupted " + where});
}

// --- the command's parts -------------------------------------------------------------------------------------------------

void Command::needTraining(const char *what) const {
  if (!program->training.present)
    fail(exitBadInput, "the model '%s' has no train section: %s needs its loss", program->name, what);
}

void Command::checkWeights() const {
  if (options.weights.empty())
    return;
  nncc_message message{};
  nncc_status status = nncc_weights_check(program, options.weights.c_str(), &message);
  check(status, message);
}

Dataset Command::load(const std::string &text, bool fromCommandLine, bool testPreferred) const {
  SourceSpec spec = parseSource(text, fromCommandLine);
  spec.testPreferred = testPreferred;
  spec.resize = options.resize;
  spec.cache = options.cache;
  setSampleMemory(static_cast<uint64_t>(options.dataMemory), options.cache);
  Pool pool = makePool(options.threads);
  Dataset dataset = loadDataset(*program, spec, pool.get());
  stopIfInterrupted();
  return dataset;
}

std::vector<Floats> Command::readInputs(int64_t &count) const {
  const std::string &path = options.input;
  if (path.empty())
    fail(exitUsage, "nothing to run on: give --input FILE (.npy, .npz, .png, .jpg or a folder of pictures)");
  if (hasPictures()) {
    std::vector<std::string> names;
    SampleSet set = readPictures(names);
    count = set.count;
    std::vector<Floats> pictures;
    pictures.push_back(set.inputs[0]->all());
    return pictures;
  }
  std::vector<Array> arrays;
  std::vector<std::string> titles;
  if (looksLikeZip(path)) {
    NpzFile file(path);
    std::string missing, found;
    for (int64_t i = 0; i < program->input_count; ++i)
      if (!file.contains(program->inputs[i].name))
        missing += (missing.empty() ? "'" : ", '") + std::string(program->inputs[i].name) + "'";
    for (const std::string &name : file.names())
      found += (found.empty() ? "'" : ", '") + name + "'";
    if (!missing.empty())
      fail(exitBadInput, "'%s' lacks the array %s, named as the model's input; it holds %s", path.c_str(), missing.c_str(),
           found.empty() ? "none" : found.c_str());
    for (int64_t i = 0; i < program->input_count; ++i) {
      arrays.push_back(file.read(program->inputs[i].name));
      titles.push_back("array '" + std::string(program->inputs[i].name) + "' of '" + path + "'");
    }
  } else {
    if (program->input_count != 1)
      fail(exitBadInput, "'%s' is one array, the model '%s' has %lld inputs; give an .npz file with one array per input", path.c_str(),
           program->name, static_cast<long long>(program->input_count));
    arrays.push_back(readNpyFile(path));
    titles.push_back("'" + path + "'");
  }
  count = arrays[0].count();
  if (count < 1)
    fail(exitBadInput, "%s holds no samples", titles[0].c_str());
  std::vector<Floats> values;
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i].count() != count)
      fail(exitBadInput, "%s has %lld samples, %s has %lld", titles[0].c_str(), static_cast<long long>(count), titles[i].c_str(),
           static_cast<long long>(arrays[i].count()));
    values.push_back(fitInput(*program, static_cast<int64_t>(i), std::move(arrays[i]), false, titles[i]));
  }
  return values;
}

int64_t Command::batchSize(int64_t samples) const {
  int64_t size = options.batchSize ? *options.batchSize : program->training.present ? program->training.batch_size : 32;
  return size == 0 || size > samples ? samples : size;
}

uint64_t Command::seed() const { return options.seed ? *options.seed : program->training.present ? program->training.seed : 0; }

void Command::start(const CompileRequest &request, std::optional<nncc_entry_kind> only) {
  if (compile) {
    int status = exitInternal;
    const nncc_program *compiled = compile(context, request, status);
    if (!compiled)
      failWith({status, ""});
    program = compiled;
  }
  stopIfInterrupted();
  if (only) {
    part = *program;
    for (int kind = 0; kind < NNCC_ENTRY_COUNT; ++kind)
      if (kind != *only)
        part.entries[kind] = nullptr;
    program = &part;
  }
  nncc_instance *created;
  nncc_message message{};
  nncc_status status = nncc_instance_create(program, options.threads, &created, &message);
  check(status, message);
  instance.reset(created);
  if (!options.resume.empty())
    return; // the checkpoint fills them
  status = options.weights.empty() ? nncc_instance_start(created, seed(), &message)
                                   : nncc_weights_load(created, options.weights.c_str(), &message);
  check(status, message);
}

void Command::noteInitialWeights(const char *what) const {
  if (options.weights.empty() && !program->embedded && program->variable_count > 0)
    warn(format("no --weights given: %s uses the initial, untrained weights", what));
}

const nncc_entry &Command::entry(nncc_entry_kind kind, const char *what) const {
  const nncc_entry *found = nncc_instance_entry(instance.get(), kind);
  if (!found)
    fail(exitInternal, "the model '%s' was compiled without its function for %s", program->name, what);
  return *found;
}

void Command::reserve(nncc_entry_kind kind, int64_t batch) {
  nncc_status status = nncc_reserve(instance.get(), kind, batch);
  if (status == NNCC_ERROR_MEMORY)
    fail(exitResource, "out of memory: a batch of %lld does not fit; try a smaller --batch-size", static_cast<long long>(batch));
  check(status);
}

void Command::setScalars(int64_t step, double learningRate) {
  nncc_scalars *scalars = nncc_instance_scalars(instance.get());
  scalars->seed = seed();
  scalars->step = step;
  scalars->learning_rate = static_cast<float>(learningRate);
}

void Command::gather(const nncc_entry &entry, BatchLoader &loader) {
  const int64_t batch = loader.nextSize();
  std::vector<float *> inputs;
  for (int64_t i = 0; i < program->input_count; ++i)
    inputs.push_back(nncc_region_data(instance.get(), &entry.inputs[i], batch));
  // The metrics need the targets after the run, when the arena may hold something else there.
  batchTargets.resize(static_cast<size_t>(batch * program->target.elements));
  loader.next(inputs.data(), batchTargets.data());
  if (nncc_region_elements(&entry.target, batch) > 0)
    nncc_copy_in(instance.get(), &entry.target, batch, batchTargets.data());
}

float Command::lossOf(const nncc_entry &entry, int64_t batch) const {
  return *nncc_region_data(instance.get(), &entry.loss, batch);
}

Logs Command::evaluateSet(const SampleSet &set, int64_t first, int64_t count, int64_t batch, const char *prefix,
                          const std::function<void(const PredictionBatch &)> &see) {
  const nncc_entry &run = entry(NNCC_ENTRY_EVALUATE, "evaluation");
  Metrics metrics(*program);
  BatchLoader loader({&set, nullptr, first, count, batch}, loaderThreads());
  for (int64_t at = 0; at < count; at += batch) {
    int64_t part = count - at < batch ? count - at : batch;
    reserve(NNCC_ENTRY_EVALUATE, part);
    setScalars(0, 0);
    gather(run, loader);
    // The run may put other things where the inputs are.
    std::vector<Floats> inputs;
    for (int64_t i = 0; see && i < program->input_count; ++i) {
      const float *values = nncc_region_data(instance.get(), &run.inputs[i], part);
      inputs.emplace_back(values, values + part * program->inputs[i].elements);
    }
    check(nncc_run(instance.get(), NNCC_ENTRY_EVALUATE, part));
    const float *predictions = nncc_region_data(instance.get(), &run.output, part);
    metrics.update(lossOf(run, part), predictions, batchTargets.data(), part);
    if (see) {
      PredictionBatch batchSeen{at, part, {}, predictions, batchTargets.data()};
      for (const Floats &values : inputs)
        batchSeen.inputs.push_back(values.data());
      see(batchSeen);
    }
    if (interrupted())
      break;
  }
  return metrics.logs(prefix);
}

// --- dispatch ------------------------------------------------------------------------------------------------------------

std::string commandHelp(const nncc_command &command) { return format("  %-26s%s\n", command.name, command.help); }

int guarded(const std::function<void()> &work) {
  SignalScope signals;
  auto error = attempt([&] {
    work();
    flushOutput();
  });
  return error ? reportFailure(*error) : exitSuccess;
}

int runCommand(const nncc_program &facts, const nncc_command &action, const RunOptions &options, CompileFunction compile,
               void *context) {
  return guarded([&] {
    Command command(facts, options, compile, context);
    action.run(command);
  });
}

} // namespace nncc::runtime
