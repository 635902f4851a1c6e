// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// benchmark: where the time of predict and of a training step goes.
#include "Command.h"

#include "nncc/Runtime/Core/Memory.h"
#include "nncc/Runtime/Core/Random.h"
#include <algorithm>
#include <cstring>

namespace nncc::runtime {

/// FLOP/s of f32 multiply-adds on all threads of the pool (Peak.cpp).
double measurePeak(nncc_pool *pool);

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
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
    set.inputs.push_back(std::move(values));
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

/// The members that a step and a whole entry share: seconds over the rounds, and work.
static std::string timesJson(const std::vector<double> &times, double flops) {
  double best = times.empty() ? 0 : *std::min_element(times.begin(), times.end());
  return format("\"best_ms\": %.6g, \"median_ms\": %.6g, \"flops\": %.0f", best * 1e3, median(times) * 1e3, flops);
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
  writeOutput(format("%s, batch %lld, %lld thread%s, measured peak %.0f GFLOP/s\n", program->name, static_cast<long long>(batch),
                     static_cast<long long>(nncc_pool_size(instance->pool)), nncc_pool_size(instance->pool) == 1 ? "" : "s", peak * 1e-9));
  std::string json = format("{\n  \"model\": %s, \"batch\": %lld, \"threads\": %lld, \"peak_gflops\": %.6g,\n  \"entries\": [",
                            quoted(program->name).c_str(), static_cast<long long>(batch),
                            static_cast<long long>(nncc_pool_size(instance->pool)), peak * 1e-9);
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
      gather(*run, set, nullptr, 0, batch);
      double first = now(), last = first;
      for (int64_t i = 0; i < run->step_count; ++i) {
        int overflow = 0;
        nncc_pool_run(instance->pool, run->steps[i].kernel, &frame, nncc_affine_value(run->steps[i].units, batch, &overflow));
        double t = now();
        if (round)
          times[static_cast<size_t>(i)].push_back(t - last);
        last = t;
      }
      if (round)
        whole.push_back(last - first);
      stopIfInterrupted();
    }
    double total = median(whole), flops = 0;
    writeOutput(format("\n%-28s %-28s %10s %7s %9s %7s\n", title, "", "ms", "share", "GFLOP/s", "of peak"));
    auto row = [&](const char *layer, const char *what, double seconds, double work) {
      std::string text = format("%-28.28s %-28.28s %10.3f %6.1f%%", layer, what, seconds * 1e3, total > 0 ? 100 * seconds / total : 0);
      if (work > 0 && seconds > 0)
        text += format(" %9.1f %6.1f%%", work / seconds * 1e-9, peak > 0 ? 100 * work / seconds / peak : 0);
      writeOutput(text + "\n");
    };
    std::string steps;
    for (int64_t i = 0; i < run->step_count; ++i) {
      const nncc_step &step = run->steps[i];
      int overflow = 0;
      double work = static_cast<double>(nncc_affine_value(step.flops, batch, &overflow));
      flops += work;
      row(step.layer ? step.layer : "", step.what ? step.what : "", median(times[static_cast<size_t>(i)]), work);
      steps += format("%s\n      {\"layer\": %s, \"what\": %s, %s}", i ? "," : "", quoted(step.layer).c_str(),
                      quoted(step.what).c_str(), timesJson(times[static_cast<size_t>(i)], work).c_str());
    }
    row("whole", "", total, flops);
    json += format("%s    {\"entry\": \"%s\", \"rounds\": %zu, %s, \"steps\": [", separator, title, whole.size(),
                   timesJson(whole, flops).c_str());
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
