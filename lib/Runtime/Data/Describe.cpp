// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Describe.h"

#include "ImageFolder.h"
#include "nncc/Runtime/Data/BatchLoader.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Picture.h"
#include "nncc/Runtime/Data/PrintableText.h"

#include <algorithm>
#include <cmath>

namespace nncc::runtime {

void ProbedModel::setInput(std::initializer_list<int64_t> extents) {
  input.rank = 0;
  input.elements = 1;
  for (int64_t extent : extents) {
    input.extents[input.rank++] = extent;
    input.elements *= extent;
  }
}

ProbedModel::ProbedModel(SourceSpec &spec) {
  input.name = "x";
  facts.name = "of the data";
  facts.input_count = 1;
  facts.inputs = &input;
  facts.output = facts.target = {"y", 1, {4}, 4};
  facts.training.loss.name = "SparseCategoricalCrossentropy";
  if (spec.kind == "images") {
    const nncc_picture_size size =
        firstPictureSize(listImages(hasTrainAndTest(spec.location) ? spec.location + "/train" : spec.location));
    setInput({size.height, size.width, size.channels < 3 ? 1 : 3});
    spec.resize = true;
  } else if (spec.kind == "csv") {
    setInput({csvInputColumns(spec)});
  } else if (spec.kind == "synthetic" && spec.location == "waves") {
    setInput({128, 1});
  } else if (spec.kind == "synthetic" && spec.location == "solids") {
    setInput({16, 16, 16, 1});
  } else {
    setInput({28, 28, 1}); // the others tell their shapes themselves
  }
}

std::vector<int64_t> classesOfLabels(const Array &labels) {
  const size_t count = static_cast<size_t>(labels.count());
  std::vector<int64_t> classes(count);
  const int64_t width = labels.perSample();
  for (size_t i = 0; i < count; ++i) {
    const float *row = labels.values.data() + i * static_cast<size_t>(width);
    if (width == 1) {
      if (!(row[0] >= 0 && row[0] < 65536) || row[0] != std::floor(row[0]))
        return {};
      classes[i] = static_cast<int64_t>(row[0]);
      continue;
    }
    const float *one = std::find(row, row + width, 1.0f);
    if (one == row + width || std::count(row, row + width, 0.0f) != width - 1)
      return {};
    classes[i] = one - row;
  }
  return classes;
}

std::string className(const std::vector<std::string> &names, int64_t number) {
  return number >= 0 && number < static_cast<int64_t>(names.size()) ? names[static_cast<size_t>(number)]
                                                                    : format("%lld", static_cast<long long>(number));
}

namespace {

struct Range {
  double low = INFINITY, high = -INFINITY, sum = 0;
  int64_t count = 0, strange = 0; ///< strange: NaN or infinite

  void add(const float *values, int64_t number) {
    for (int64_t i = 0; i < number; ++i) {
      if (!std::isfinite(values[i])) {
        ++strange;
        continue;
      }
      low = std::min<double>(low, values[i]);
      high = std::max<double>(high, values[i]);
      sum += values[i];
      ++count;
    }
  }
  std::string text() const {
    std::string result =
        count ? format("%.4g to %.4g, mean %.4g", low, high, sum / static_cast<double>(count)) : "none";
    return strange ? result + format(", and %lld that are not finite", static_cast<long long>(strange)) : result;
  }
};

/// One line a class: name, count, share.
std::string classLines(const std::vector<int64_t> &classes, const std::vector<std::string> &names) {
  constexpr size_t mostLines = 100;
  int64_t most = *std::max_element(classes.begin(), classes.end());
  std::vector<int64_t> counts(std::max(static_cast<size_t>(most) + 1, names.size()));
  for (int64_t number : classes)
    ++counts[static_cast<size_t>(number)];
  size_t width = 5;
  for (size_t i = 0; i < counts.size() && i < mostLines; ++i)
    width = std::max(width, className(names, static_cast<int64_t>(i)).size());
  std::string text;
  for (size_t i = 0; i < counts.size() && i < mostLines; ++i)
    text += format("  %-*s %8lld  %5.1f %%\n", static_cast<int>(width),
                   printable(className(names, static_cast<int64_t>(i))).c_str(), static_cast<long long>(counts[i]),
                   100.0 * static_cast<double>(counts[i]) / static_cast<double>(classes.size()));
  if (counts.size() > mostLines)
    text += format("  and %zu more\n", counts.size() - mostLines);
  return text;
}

} // namespace

std::string describePart(const std::string &name, const RawPart &part, const std::vector<std::string> &classNames,
                         int64_t threads) {
  SampleSet set;
  set.count = part.inputs[0].rows->count();
  int64_t elements = 0;
  std::string shapes;
  for (const RawInput &input : part.inputs) {
    set.inputs.push_back(input.rows);
    elements += input.rows->elements();
    shapes += (shapes.empty() ? "" : " and ") +
              shapeText(input.shape.data() + 1, static_cast<int64_t>(input.shape.size()) - 1, -2);
  }
  if (set.count == 0)
    return name + ": no samples\n";
  std::vector<Range> ranges(set.inputs.size());
  const int64_t batch = std::clamp<int64_t>((1 << 20) / std::max<int64_t>(1, elements), 1, 256);
  BatchLoader loader({&set, nullptr, 0, set.count, batch}, threads);
  std::vector<std::vector<float>> values;
  std::vector<float *> places;
  for (const SharedRows &rows : set.inputs) {
    values.emplace_back(static_cast<size_t>(batch * rows->elements()));
    places.push_back(values.back().data());
  }
  while (int64_t size = loader.nextSize()) {
    loader.next(places.data(), nullptr);
    for (size_t i = 0; i < ranges.size(); ++i)
      ranges[i].add(places[i], size * set.inputs[i]->elements());
  }
  std::string text =
      format("%s: %lld samples of %s, values ", name.c_str(), static_cast<long long>(set.count), shapes.c_str());
  for (size_t i = 0; i < ranges.size(); ++i)
    text += (i ? "; " : "") + ranges[i].text();
  text += "\n";
  std::vector<int64_t> classes = classesOfLabels(part.labels);
  if (!classes.empty())
    return text + classLines(classes, classNames);
  Range labels;
  labels.add(part.labels.values.data(), static_cast<int64_t>(part.labels.values.size()));
  return text + "  labels " + labels.text() + "\n";
}

} // namespace nncc::runtime
