// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Train/DataCommand.h"

#include "Command.h"

#include "nncc/Runtime/Data/Describe.h"
#include "nncc/Runtime/Report/ContactSheet.h"
#include "nncc/Runtime/Data/OutputFile.h"

#include <new>

namespace nncc::runtime {

namespace {

std::string threadsText(int64_t threads) {
  return format("%lld thread%s", static_cast<long long>(threads), threads == 1 ? "" : "s");
}

class DataCommand {
public:
  DataCommand(const std::string &source, const nncc_program *model, const RunOptions &options) : options(options) {
    OutputFile::checkPath(options.output);
    spec = parseSource(source, true);
    spec.resize = options.resize;
    spec.cache = options.cache;
    if (!model) {
      probed = std::make_unique<ProbedModel>(spec);
      model = &probed->program();
    } else {
      isFitted = true;
    }
    program = model;
    pool = makePool(options.threads);
  }

  void describe() {
    RawData data = read(static_cast<uint64_t>(options.dataMemory));
    writeOutput(spec.text + "\n");
    const int64_t threads = nncc_pool_size(pool.get());
    if (!data.train.inputs.empty())
      writeOutput(describePart(data.hasTest ? "train" : "all", data.train, data.classNames, threads));
    if (data.hasTest && !data.test.inputs.empty())
      writeOutput(describePart("test", data.test, data.classNames, threads));
    if (isFitted) {
      for (const RawPart *part : {&data.train, &data.test})
        if (!part->inputs.empty())
          fitPart(*program, *part, data.pictures);
      writeOutput(format("fits the model '%s'\n", program->name));
    }
    if (!options.output.empty())
      drawSheet(data);
  }

  /// Samples a second: when all are read at the start, in training from memory, and where they are decoded as they are
  /// needed.
  void benchmark() {
    double start = now();
    RawData data = read(0);
    const RawPart &part = data.train.inputs.empty() ? data.test : data.train;
    int64_t count =
        part.inputs[0].rows->count() + (data.hasTest && !data.train.inputs.empty() && !data.test.inputs.empty()
                                            ? data.test.inputs[0].rows->count()
                                            : 0);
    double seconds = now() - start;
    tell("read at the start, " + threadsText(nncc_pool_size(pool.get())), count, seconds);
    pass("batches of 32 from memory", part, 1);
    data = RawData{}; // the memory, before the second reading
    data = read(1);
    const RawPart &late = data.train.inputs.empty() ? data.test : data.train;
    if (late.inputs[0].rows->isDecodedLate())
      for (int64_t threads : {int64_t{1}, nncc_pool_size(pool.get())})
        pass("batches of 32 beyond the memory, " + threadsText(threads), late, threads);
  }

private:
  RawData read(uint64_t memory) {
    setSampleMemory(memory, options.cache);
    RawData data = readSource(*program, spec, pool.get());
    stopIfInterrupted();
    return data;
  }

  void drawSheet(const RawData &data) {
    const RawPart &part = data.train.inputs.empty() ? data.test : data.train;
    const RawInput &input = part.inputs[0];
    const std::vector<int64_t> classes = classesOfLabels(part.labels),
                               extents(input.shape.begin() + 1, input.shape.end());
    std::vector<report::SheetSample> samples;
    for (int64_t index : report::chooseSamples(classes, input.rows->count(), 80))
      samples.push_back({index, classes.empty()
                                    ? shortest(part.labels.values[static_cast<size_t>(index * part.labels.perSample())])
                                    : className(data.classNames, classes[static_cast<size_t>(index)])});
    OutputFile file(options.output);
    file.write(report::encodePng(report::drawContactSheet(*input.rows, extents, samples)));
    file.commit();
  }

  void pass(const std::string &what, const RawPart &part, int64_t threads) {
    SampleSet set;
    set.count = part.inputs[0].rows->count();
    std::vector<std::vector<float>> values;
    std::vector<float *> places;
    for (const RawInput &input : part.inputs) {
      set.inputs.push_back(input.rows);
      values.emplace_back(static_cast<size_t>(32 * input.rows->elements()));
      places.push_back(values.back().data());
    }
    double start = now();
    BatchLoader loader({&set, nullptr, 0, set.count, 32}, threads);
    while (loader.nextSize()) {
      loader.next(places.data(), nullptr);
      stopIfInterrupted();
    }
    tell(what, set.count, now() - start);
  }

  static void tell(const std::string &what, int64_t count, double seconds) {
    writeOutput(format("%-46s %8lld samples, %.3f s: %.0f samples/s\n", what.c_str(), static_cast<long long>(count),
                       seconds, static_cast<double>(count) / seconds));
  }

  const RunOptions &options;
  SourceSpec spec;
  std::unique_ptr<ProbedModel> probed;
  const nncc_program *program = nullptr;
  bool isFitted = false;
  Pool pool;
};

} // namespace

int runDataCommand(const std::string &source, const nncc_program *model, const RunOptions &options, bool benchmark) {
  return guarded([&] {
    DataCommand command(source, model, options);
    if (benchmark)
      command.benchmark();
    else
      command.describe();
  });
}

} // namespace nncc::runtime
