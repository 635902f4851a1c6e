// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// predict for pictures: what people ask of it is the class.
#include "Command.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Data/Describe.h"
#include "nncc/Runtime/Data/Picture.h"
#include "nncc/Runtime/Data/Sort.h"
#include "nncc/Runtime/Report/History.h"
#include "nncc/Runtime/Data/OutputFile.h"
#include "nncc/Runtime/Data/PrintableText.h"

#include <algorithm>
#include <cmath>

namespace nncc::runtime {

bool Command::hasPictures() const { return isPictureName(options.input) || isFolder(options.input); }

SampleSet Command::readPictures(std::vector<std::string> &names) const {
  Pool pool = makePool(options.threads);
  setSampleMemory(static_cast<uint64_t>(options.dataMemory), options.cache);
  SampleSet set;
  RawInput input = runtime::readPictures(*program, options.input, options.resize, options.cache, pool.get(), names);
  checkInputShape(*program, 0, input.shape, true, "'" + options.input + "'");
  set.count = input.rows->count();
  set.inputs.push_back(std::move(input.rows));
  stopIfInterrupted();
  return set;
}

void Command::setClassNames(const std::vector<std::string> &names) {
  if (names.empty())
    return;
  std::vector<const char *> list;
  for (const std::string &name : names)
    list.push_back(name.c_str());
  check(nncc_instance_set_classes(instance.get(), list.data(), static_cast<int64_t>(list.size())));
}

std::vector<std::string> Command::classNames() const {
  return {instance->classes, instance->classes + instance->class_count};
}

namespace {

/// Whether the output tells classes apart, one number each or one for the second of two.
bool isClassifier(const nncc_program &program, const std::vector<std::string> &names) {
  const bool known = program.training.present ? lossKind(program) != LossKind::Regression : !names.empty();
  return known && program.output.rank == 1;
}

/// The classes' probabilities: the output, through what the loss does to logits.
std::vector<double> probabilities(const nncc_program &program, const float *output) {
  std::vector<double> result(output, output + program.output.elements);
  const bool isOne = result.size() == 1;
  if (program.training.present && nncc_call_number(&program.training.loss, "from_logits", 0) != 0) {
    double most = *std::max_element(result.begin(), result.end()), sum = 0;
    const bool eachAlone = lossKind(program) == LossKind::Binary;
    for (double &value : result) {
      value = eachAlone ? 1 / (1 + std::exp(-value)) : std::exp(value - most);
      sum += value;
    }
    for (double &value : result)
      value /= eachAlone ? 1 : sum;
  }
  if (isOne)
    result.insert(result.begin(), 1 - result[0]);
  return result;
}

std::vector<int64_t> byProbability(const std::vector<double> &values) {
  return sortedOrder(values.size(), [&](int64_t a, int64_t b) {
    return values[static_cast<size_t>(a)] > values[static_cast<size_t>(b)];
  });
}

/// Gathers what is told of each picture.
class Answers {
public:
  Answers(const nncc_program &program, std::vector<std::string> names, std::vector<std::string> files)
      : program(program), names(std::move(names)), files(std::move(files)),
        isClasses(isClassifier(program, this->names)) {
    for (const std::string &file : this->files)
      width = std::max(width, static_cast<int>(file.size()));
    for (const std::string &name : this->names)
      nameWidth = std::max(nameWidth, static_cast<int>(name.size()));
  }

  std::string csvHeader() const {
    std::string text = isClasses ? "file,class,probability" : "file";
    const int64_t columns = isClasses ? std::max<int64_t>(2, program.output.elements) : program.output.elements;
    for (int64_t i = 0; i < columns; ++i)
      text += "," + csvCell(isClasses ? className(names, i) : format("y%lld", static_cast<long long>(i)));
    return text + "\n";
  }
  std::string csvLine(int64_t index, const float *output) const {
    std::string text = csvCell(files[static_cast<size_t>(index)]);
    if (!isClasses) {
      for (int64_t i = 0; i < program.output.elements; ++i)
        text += "," + shortest(output[i]);
      return text + "\n";
    }
    std::vector<double> values = probabilities(program, output);
    int64_t best = byProbability(values)[0];
    text += "," + csvCell(className(names, best)) + format(",%.6f", values[static_cast<size_t>(best)]);
    for (double value : values)
      text += format(",%.6f", value);
    return text + "\n";
  }
  /// A line of the table for a folder.
  std::string line(int64_t index, const float *output) const {
    std::string text = format("%-*s  ", width, printable(files[static_cast<size_t>(index)]).c_str());
    if (!isClasses)
      return text + numbers(output) + "\n";
    std::vector<double> values = probabilities(program, output);
    int64_t best = byProbability(values)[0];
    return text + format("%-*s  %.4f\n", nameWidth, printable(className(names, best)).c_str(), values[static_cast<size_t>(best)]);
  }
  /// The most probable classes of one picture.
  std::string top(const float *output) const {
    constexpr size_t most = 5;
    if (!isClasses)
      return numbers(output) + "\n";
    std::vector<double> values = probabilities(program, output);
    std::vector<int64_t> order = byProbability(values);
    std::string text;
    for (size_t i = 0; i < order.size() && i < most; ++i)
      text +=
          format("%-*s  %.4f\n", nameWidth, printable(className(names, order[i])).c_str(), values[static_cast<size_t>(order[i])]);
    return text;
  }
  /// The most probable class: its element of the output, and what to call it.
  int64_t best(const float *output, std::string &label) const {
    if (!isClasses)
      return 0;
    std::vector<double> values = probabilities(program, output);
    int64_t number = byProbability(values)[0];
    label = format("%s  %.4f", className(names, number).c_str(), values[static_cast<size_t>(number)]);
    return std::min(number, program.output.elements - 1);
  }

private:
  std::string numbers(const float *output) const {
    std::string text;
    for (int64_t i = 0; i < program.output.elements; ++i)
      text += (i ? " " : "") + shortest(output[i]);
    return text;
  }

  const nncc_program &program;
  const std::vector<std::string> names, files;
  const bool isClasses;
  int width = 4, nameWidth = 1;
};

} // namespace

void Command::predictPictures() {
  const bool isOne = !isFolder(options.input), isCsv = !options.output.empty();
  if (!options.explain.empty() && !isOne)
    fail(exitUsage, "--explain is for one picture, and '%s' is a folder", options.input.c_str());
  std::vector<std::string> files;
  SampleSet set = readPictures(files);
  checkWeights();
  start();
  noteInitialWeights("predict");
  const nncc_entry &run = entry(NNCC_ENTRY_PREDICT, "prediction");
  Answers answers(*program, classNames(), files);
  std::string csv = answers.csvHeader(), label;
  int64_t best = 0;
  BatchLoader loader({&set, nullptr, 0, set.count, batchSize(set.count)}, loaderThreads());
  for (int64_t at = 0; int64_t part = loader.nextSize(); at += part) {
    reserve(NNCC_ENTRY_PREDICT, part);
    setScalars(0, 0);
    gather(run, loader);
    check(nncc_run(instance.get(), NNCC_ENTRY_PREDICT, part));
    stopIfInterrupted();
    const float *outputs = nncc_region_data(instance.get(), &run.output, part);
    for (int64_t i = 0; i < part; ++i) {
      const float *output = outputs + i * program->output.elements;
      if (isCsv)
        csv += answers.csvLine(at + i, output);
      else
        writeOutput(isOne ? answers.top(output) : answers.line(at + i, output));
      if (!options.explain.empty())
        best = answers.best(output, label);
    }
  }
  if (!options.explain.empty())
    explain(set, best, label);
  if (isCsv) {
    OutputFile file(options.output);
    file.write(csv);
    file.commit();
  }
}

} // namespace nncc::runtime
