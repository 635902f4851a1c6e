// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// evaluate, predict and gradients.
#include "Command.h"

#include <algorithm>
#include <cstring>

namespace nncc::runtime {

void Command::evaluate() {
  needTraining("evaluation");
  Metrics refusesUnknown(*program);
  if (options.data.empty() && !program->training.data)
    fail(exitUsage, "nothing to evaluate on: the model '%s' names no data; give --data SRC", program->name);
  checkWeights();
  Dataset data = load(options.data.empty() ? program->training.data : options.data, !options.data.empty(), true);
  const SampleSet &set = data.hasTest ? data.test : data.train;
  start({}, NNCC_ENTRY_EVALUATE);
  noteInitialWeights("evaluate");
  std::string text = logsText(evaluateSet(set, 0, set.count, batchSize(set.count), ""));
  stopIfInterrupted();
  writeOutput(text.substr(3) + "\n"); // without the leading " - "
}

static bool hasEnding(const std::string &path, const char *ending) {
  return path.size() > strlen(ending) && path.compare(path.size() - strlen(ending), std::string::npos, ending) == 0;
}

void Command::predict() {
  OutputFile::checkPath(options.output);
  OutputFile::checkPath(options.explain);
  if (hasPictures() && !hasEnding(options.output, ".npy") && !hasEnding(options.output, ".npz"))
    return predictPictures();
  if (!options.explain.empty())
    fail(exitUsage, "--explain is for one picture: --input FILE.png or FILE.jpg");
  int64_t count;
  std::vector<Floats> inputs = readInputs(count);
  checkWeights();
  start({}, NNCC_ENTRY_PREDICT);
  noteInitialWeights("predict");
  const nncc_entry &run = entry(NNCC_ENTRY_PREDICT, "prediction");
  int64_t size = options.batchSize ? *options.batchSize : program->training.present ? program->training.batch_size : 32;
  int64_t batch = std::min(size == 0 ? int64_t{32} : size, count), elements = program->output.elements;
  Floats outputs;
  if (!options.output.empty())
    outputs.resize(static_cast<size_t>(count * elements));
  for (int64_t at = 0; at < count; at += batch) {
    int64_t part = std::min(batch, count - at);
    reserve(NNCC_ENTRY_PREDICT, part);
    setScalars(0, 0);
    for (int64_t i = 0; i < program->input_count; ++i)
      nncc_copy_in(instance.get(), &run.inputs[i], part, inputs[static_cast<size_t>(i)].data() + at * program->inputs[i].elements);
    check(nncc_run(instance.get(), NNCC_ENTRY_PREDICT, part));
    stopIfInterrupted();
    if (!options.output.empty()) {
      nncc_copy_out(instance.get(), &run.output, part, outputs.data() + at * elements);
      continue;
    }
    // Text: a line per sample, its elements in row-major order.
    const float *values = nncc_region_data(instance.get(), &run.output, part);
    std::string text;
    for (int64_t i = 0; i < part; ++i)
      for (int64_t k = 0; k < elements; ++k)
        text += shortest(values[i * elements + k]) + (k + 1 < elements ? " " : "\n");
    writeOutput(text);
  }
  if (options.output.empty())
    return;
  OutputFile file(options.output);
  std::vector<int64_t> shape{count};
  shape.insert(shape.end(), program->output.extents, program->output.extents + program->output.rank);
  const std::string &path = options.output;
  if (hasEnding(path, ".npz"))
    writeNpz(file.get(), {{"y", shape, outputs.data()}});
  else
    writeNpy(file.get(), shape, outputs.data());
  file.commit();
}

/// The weights of the output's elements: --output-gradient or all ones.
static Floats readOutputGradient(const nncc_program &program, const std::string &path, int64_t count) {
  const nncc_tensor &output = program.output;
  if (path.empty())
    return Floats(static_cast<size_t>(count * output.elements), 1.0f);
  Array array;
  if (looksLikeZip(path)) {
    NpzFile file(path);
    std::vector<std::string> names = file.names();
    if (names.size() != 1)
      fail(exitBadInput, "'%s' holds %zu arrays; --output-gradient takes one", path.c_str(), names.size());
    array = file.read(names[0]);
  } else {
    array = readNpyFile(path);
  }
  std::vector<int64_t> wanted{count};
  wanted.insert(wanted.end(), output.extents, output.extents + output.rank);
  if (array.shape != wanted)
    fail(exitBadInput, "'%s' has the shape %s; the output of model '%s' for this input is %s", path.c_str(), array.shapeText().c_str(),
         program.name, shapeText(output.extents, output.rank, count).c_str());
  return std::move(array.values);
}

void Command::gradients() {
  if (options.output.empty())
    fail(exitUsage, "gradients: give -o FILE.npz for the result");
  OutputFile::checkPath(options.output);
  int64_t count;
  std::vector<Floats> inputs = readInputs(count);
  Floats outputGradient = readOutputGradient(*program, options.outputGradient, count);
  checkWeights();
  start();
  noteInitialWeights("gradients");
  nncc_entry_kind kind = options.training ? NNCC_ENTRY_GRADIENTS_TRAINING : NNCC_ENTRY_GRADIENTS;
  const nncc_entry &run = entry(kind, "gradients");
  // One batch: a parameter's gradient is the sum over all samples.
  reserve(kind, count);
  setScalars(0, 0);
  for (int64_t i = 0; i < program->input_count; ++i)
    nncc_copy_in(instance.get(), &run.inputs[i], count, inputs[static_cast<size_t>(i)].data());
  nncc_copy_in(instance.get(), &run.output_gradient, count, outputGradient.data());
  check(nncc_run(instance.get(), kind, count));
  stopIfInterrupted();

  std::vector<NamedArray> arrays;
  for (int64_t i = 0; i < program->input_count; ++i) {
    const nncc_tensor &input = program->inputs[i];
    std::vector<int64_t> shape{count};
    shape.insert(shape.end(), input.extents, input.extents + input.rank);
    arrays.push_back({input.name, shape, nncc_region_data(instance.get(), &run.input_gradients[i], count)});
  }
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable &v = program->variables[i];
    if (v.trainable)
      arrays.push_back({v.path, std::vector<int64_t>(v.extents, v.extents + v.rank), instance->gradients + v.offset});
  }
  OutputFile file(options.output);
  writeNpz(file.get(), arrays);
  file.commit();
}

} // namespace nncc::runtime

const nncc_command nncc_command_evaluate = {"evaluate", "loss and metrics of --weights on --data",
                                          [](nncc::runtime::Command &command) { command.evaluate(); }};

const nncc_command nncc_command_predict = {"predict", "outputs for --input, as text or as .npy with -o",
                                          [](nncc::runtime::Command &command) { command.predict(); }};

const nncc_command nncc_command_gradients = {"gradients", "gradients of sum(output * --output-gradient) for --input, to -o FILE.npz",
                                          [](nncc::runtime::Command &command) { command.gradients(); }};
