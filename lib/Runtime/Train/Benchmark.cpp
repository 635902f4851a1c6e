// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// benchmark: where the time of predict and of a training step goes.
#include "Command.h"
#include "Peak.h"

#include "nncc/Runtime/Core/Memory.h"
#include "nncc/Runtime/Core/Random.h"
#include "nncc/Runtime/Data/Sort.h"
#include <algorithm>
#include <cstring>

namespace nncc::runtime {

static double median(std::vector<double> values) {
  sortList(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

/// Samples of the right shapes: uniform numbers, and labels that every loss takes.
static SampleSet randomSamples(const nncc_program &program, int64_t batch) {
  SampleSet set;
  set.count = batch;
  nncc_random random;
  nncc_random_start(&random, 1, 0);
  for (int64_t i = 0; i < program.input_count; ++i) {
    Floats values(static_cast<size_t>(batch * program.inputs[i].elements));
    for (float &value : values)
      value = static_cast<float>(nncc_random_uniform(&random));
    set.inputs.push_back(std::make_shared<FloatRows>(std::move(values), batch));
  }
  set.targets.assign(static_cast<size_t>(batch * program.target.elements), 0.0f);
  if (program.training.present && lossKind(program) == LossKind::Categorical)
    for (size_t i = 0; i < set.targets.size(); i += static_cast<size_t>(classCount(program)))
      set.targets[i] = 1;
  return set;
}

/// A string of JSON. Names may hold anything that UTF-8 does.
static std::string quoted(const char *text) {
  std::string result = "\"";
  for (const char *c = text ? text : ""; *c; ++c) {
    if (*c == '"' || *c == '\\')
      result += '\\';
    result += static_cast<unsigned char>(*c) < ' ' ? format("\\u%04x", static_cast<unsigned>(*c)) : std::string(1, *c);
  }
  return result + "\"";
}

namespace {
/// What a step, or a whole entry, does at least, and how fast this machine could do it.
struct Work {
  double flops = 0, bytes = 0;
  double seconds = 0; ///< at the peak, or at the memory's bandwidth: whichever takes longer

  Work() = default;
  Work(double flops, double bytes, double peak, double bandwidth) : flops(flops), bytes(bytes) {
    double compute = peak > 0 ? flops / peak : 0, memory = bandwidth > 0 ? bytes / bandwidth : 0;
    seconds = std::max(compute, memory);
    isMemoryBound = memory > compute;
  }
  void add(const Work &step) {
    flops += step.flops;
    bytes += step.bytes;
    seconds += step.seconds;
  }
  bool isMemoryBound = false;
};
} // namespace

/// The members that a step and a whole entry share: seconds over the rounds, and work.
static std::string timesJson(const std::vector<double> &times, const Work &work) {
  double best = times.empty() ? 0 : *std::min_element(times.begin(), times.end()), middle = median(times);
  return format("\"best_ms\": %.6g, \"median_ms\": %.6g, \"flops\": %.0f, \"bytes\": %.0f, \"of_limit\": %.4g", best * 1e3,
                middle * 1e3, work.flops, work.bytes, middle > 0 ? work.seconds / middle : 0);
}

void Command::benchmark() {
  OutputFile::checkPath(options.json);
  checkWeights();
  start();
  int64_t batch = options.batchSize && *options.batchSize ? *options.batchSize
                  : program->training.present && program->training.batch_size ? program->training.batch_size
                                                                               : 32;
  SampleSet set = randomSamples(*program, batch);
  double peak = measurePeak(instance->pool);
  double bandwidth = measureBandwidth(instance->pool);
  writeOutput(format("%s, batch %lld, %lld thread%s, measured peak %.0f GFLOP/s, memory %.1f GB/s\n", program->name, static_cast<long long>(batch),
                     static_cast<long long>(nncc_pool_size(instance->pool)), nncc_pool_size(instance->pool) == 1 ? "" : "s", peak * 1e-9,
                     bandwidth * 1e-9));
  std::string json = format("{\n  \"model\": %s, \"batch\": %lld, \"threads\": %lld, \"peak_gflops\": %.6g, \"memory_gbytes\": %.6g,\n"
                            "  \"entries\": [",
                            quoted(program->name).c_str(), static_cast<long long>(batch),
                            static_cast<long long>(nncc_pool_size(instance->pool)), peak * 1e-9, bandwidth * 1e-9);
  const char *separator = "\n";
  constexpr std::pair<nncc_entry_kind, const char *> kinds[] = {{NNCC_ENTRY_PREDICT, "predict"}, {NNCC_ENTRY_TRAIN_STEP, "training step"}};
  for (auto [kind, title] : kinds) {
    const nncc_entry *run = nncc_instance_entry(instance.get(), kind);
    if (!run)
      continue;
    reserve(kind, batch);
    nncc_frame frame{instance->arena, instance->parameters, instance->gradients, instance->state, batch};
    std::vector<std::vector<double>> times(static_cast<size_t>(run->step_count));
    std::vector<double> whole;
    // Rounds until 2 s are spent; at least 5, the first of which only warms up.
    double begin = now();
    for (int round = 0; round < 200 && (round < 5 || now() - begin < 2); ++round) {
      setScalars(round, 1e-6);
      BatchLoader loader({&set, nullptr, 0, batch, batch}, 1);
      gather(*run, loader);
      double first = now(), last = first;
      for (int64_t i = 0; i < run->step_count; ++i) {
        // As nncc_run does it.
        if (round && run->steps[i].kept)
          continue;
        nncc_run_step(instance.get(), &run->steps[i], &frame);
        double t = now();
        if (round)
          times[static_cast<size_t>(i)].push_back(t - last);
        last = t;
      }
      if (round)
        whole.push_back(last - first);
      stopIfInterrupted();
    }
    double total = median(whole);
    Work all;
    writeOutput(format("\n%-28s %-28s %10s %7s %9s %8s %8s\n", title, "", "ms", "share", "GFLOP/s", "GB/s", "of limit"));
    // `limit`: what the share in the last column is of.
    auto row = [&](const char *layer, const char *what, double seconds, const Work &work, const char *limit) {
      std::string text = format("%-28.28s %-28.28s %10.3f %6.1f%%", layer, what, seconds * 1e3, total > 0 ? 100 * seconds / total : 0);
      if (seconds > 0)
        text += format(" %9.1f %8.2f %7.1f%% %s", work.flops / seconds * 1e-9, work.bytes / seconds * 1e-9,
                       100 * work.seconds / seconds, limit);
      writeOutput(text + "\n");
    };
    std::string steps;
    for (int64_t i = 0; i < run->step_count; ++i) {
      const nncc_step &step = run->steps[i];
      int overflow = 0;
      Work work(static_cast<double>(nncc_affine_value(step.flops, batch, &overflow)),
                static_cast<double>(nncc_affine_value(step.bytes, batch, &overflow)), peak, bandwidth);
      const char *limit = work.isMemoryBound ? "memory" : "FMA";
      if (!step.kept)
        all.add(work);
      std::string what = step.what ? step.what : "";
      row(step.layer ? step.layer : "", (step.kept ? "(once) " + what : what).c_str(), median(times[static_cast<size_t>(i)]), work, limit);
      steps += format("%s\n      {\"layer\": %s, \"what\": %s, \"limit\": \"%s\", %s}", i ? "," : "", quoted(step.layer).c_str(),
                      quoted(step.what).c_str(), limit, timesJson(times[static_cast<size_t>(i)], work).c_str());
    }
    row("whole", "", total, all, "both");
    json += format("%s    {\"entry\": \"%s\", \"rounds\": %zu, %s, \"steps\": [", separator, title, whole.size(),
                   timesJson(whole, all).c_str());
    json += steps + "\n    ]}";
    separator = ",\n";
  }
  if (options.json.empty())
    return;
  OutputFile file(options.json);
  file.write(json + "\n  ]\n}\n");
  file.finish();
  file.commit();
}

} // namespace nncc::runtime

const nncc_command nncc_command_benchmark = {"benchmark", "time of predict and of a training step, by step",
                                          [](nncc::runtime::Command &command) { command.benchmark(); }};
