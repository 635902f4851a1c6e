// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Findings.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Data/Sort.h"
#include "nncc/Runtime/Data/Source.h"
#include "nncc/Runtime/Train/Metrics.h"
#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

/// How many samples are shown of each sort, points of a regression, and numbers of an output that is kept.
constexpr size_t mostWorst = 12, mostRandom = 12, mostPoints = 1200;
constexpr int64_t mostElements = 1 << 16;

/// What the output of a model with this loss means. Losses of classes that the data need not know are among them.
static Findings::Kind kindOf(const nncc_program &program) {
  const std::string loss = program.training.loss.name ? program.training.loss.name : "";
  if (loss.rfind("Binary", 0) == 0)
    return Findings::Kind::Binary;
  const nncc_tensor &output = program.output;
  const bool hasClasses = output.rank > 0 && output.extents[output.rank - 1] > 1;
  return hasClasses && loss.find("Categorical") != std::string::npos ? Findings::Kind::Classes : Findings::Kind::Regression;
}

Findings::Findings(const nncc_program &program, uint64_t seed) : program(program), outputKind(kindOf(program)) {
  isSparse = lossKind(program) == LossKind::Sparse;
  isLogits = nncc_call_number(&program.training.loss, "from_logits", 0) != 0;
  classesOfPosition = outputKind == Kind::Classes ? classCount(program) : 2;
  positionCount = program.output.elements / (outputKind == Kind::Classes ? classesOfPosition : 1);
  if (outputKind != Kind::Regression)
    table.emplace(classesOfPosition);
  nncc_random_start(&draws, seed, nncc_hash_text("report"));
}

std::vector<float> Findings::probabilities(const float *prediction) const {
  std::vector<float> values(prediction, prediction + program.output.elements);
  if (!isLogits || outputKind == Kind::Regression)
    return values;
  if (outputKind == Kind::Binary) {
    for (float &value : values)
      value = 1 / (1 + std::exp(-value));
    return values;
  }
  for (int64_t position = 0; position < positionCount; ++position) {
    float *row = values.data() + position * classesOfPosition, sum = 0;
    const float most = *std::max_element(row, row + classesOfPosition);
    for (int64_t k = 0; k < classesOfPosition; ++k)
      sum += row[k] = std::exp(row[k] - most);
    for (int64_t k = 0; k < classesOfPosition; ++k)
      row[k] /= sum;
  }
  return values;
}

static int64_t largest(const float *row, int64_t count) { return std::max_element(row, row + count) - row; }

int64_t Findings::truthOf(const float *target, int64_t position) const {
  if (outputKind == Kind::Binary)
    return target[position] > 0.5f;
  return isSparse ? static_cast<int64_t>(target[position])
                  : largest(target + position * classesOfPosition, classesOfPosition);
}

int64_t Findings::predictedOf(const float *prediction, int64_t position) const {
  if (outputKind == Kind::Binary)
    return prediction[position] > 0.5f;
  return largest(prediction + position * classesOfPosition, classesOfPosition);
}

double Findings::lossOf(const float *prediction, const float *target) const {
  double sum = 0;
  for (int64_t position = 0; position < positionCount; ++position) {
    if (outputKind == Kind::Regression) {
      const double error = prediction[position] - target[position];
      sum += error * error;
      continue;
    }
    const int64_t truth = truthOf(target, position);
    double probability = 0;
    if (outputKind == Kind::Binary)
      probability = truth ? prediction[position] : 1 - prediction[position];
    else if (truth >= 0 && truth < classesOfPosition)
      probability = prediction[position * classesOfPosition + truth];
    sum -= std::log(std::max(probability, 1e-30));
  }
  return sum / static_cast<double>(positionCount);
}

void Findings::addElement(double truth, double predicted) {
  elements += 1;
  absoluteErrors += std::fabs(predicted - truth);
  squaredErrors += (predicted - truth) * (predicted - truth);
  truthSum += truth;
  truthSquares += truth * truth;
  // Each element is as likely as any other to be among the points (reservoir sampling: Vitter's algorithm R, 1985).
  if (pairs.size() < mostPoints)
    pairs.push_back({truth, predicted});
  else if (uint64_t place = nncc_random_below(&draws, static_cast<uint64_t>(elements)); place < mostPoints)
    pairs[place] = {truth, predicted};
}

KeptSample Findings::keep(const PredictionBatch &batch, int64_t row, std::vector<float> prediction, double loss) const {
  KeptSample sample;
  sample.index = batch.first + row;
  sample.loss = loss;
  for (int64_t i = 0; i < program.input_count; ++i) {
    const float *values = batch.inputs[static_cast<size_t>(i)] + row * program.inputs[i].elements;
    sample.inputs.emplace_back(values, values + program.inputs[i].elements);
  }
  if (program.output.elements <= mostElements) {
    const float *target = batch.targets + row * program.target.elements;
    sample.prediction = std::move(prediction);
    sample.target.assign(target, target + program.target.elements);
  }
  return sample;
}

void Findings::addSample(const PredictionBatch &batch, int64_t row) {
  std::vector<float> prediction = probabilities(batch.predictions + row * program.output.elements);
  const float *target = batch.targets + row * program.target.elements;
  for (int64_t position = 0; position < positionCount; ++position) {
    if (outputKind == Kind::Regression)
      addElement(target[position], prediction[static_cast<size_t>(position)]);
    else
      table->add(truthOf(target, position), predictedOf(prediction.data(), position));
    if (outputKind == Kind::Binary)
      curve.add(prediction[static_cast<size_t>(position)], truthOf(target, position));
  }
  double loss = lossOf(prediction.data(), target);
  if (std::isnan(loss))
    loss = INFINITY;
  ++seen;
  if (randomSamples.size() < mostRandom)
    randomSamples.push_back(keep(batch, row, prediction, loss));
  else if (uint64_t place = nncc_random_below(&draws, static_cast<uint64_t>(seen)); place < mostRandom)
    randomSamples[place] = keep(batch, row, prediction, loss);
  if (worstSamples.size() < mostWorst) {
    worstSamples.push_back(keep(batch, row, std::move(prediction), loss));
    return;
  }
  KeptSample &least = *std::min_element(worstSamples.begin(), worstSamples.end(),
                                        [](const KeptSample &a, const KeptSample &b) { return a.loss < b.loss; });
  if (loss > least.loss)
    least = keep(batch, row, std::move(prediction), loss);
}

void Findings::add(const PredictionBatch &batch) {
  for (int64_t row = 0; row < batch.count; ++row)
    addSample(batch, row);
}

double Findings::rootMeanSquaredError() const { return elements > 0 ? std::sqrt(squaredErrors / elements) : 0; }

double Findings::determination() const {
  const double spread = truthSquares - truthSum * truthSum / elements;
  return spread > 0 ? 1 - squaredErrors / spread : NAN;
}

static std::vector<const KeptSample *> sorted(const std::vector<KeptSample> &samples,
                                              bool (*order)(const KeptSample *, const KeptSample *)) {
  std::vector<const KeptSample *> list;
  for (const KeptSample &sample : samples)
    list.push_back(&sample);
  sortList(list, order);
  return list;
}

std::vector<const KeptSample *> Findings::worst() const {
  return sorted(worstSamples, [](const KeptSample *a, const KeptSample *b) {
    return a->loss > b->loss || (a->loss == b->loss && a->index < b->index);
  });
}

std::vector<const KeptSample *> Findings::random() const {
  return sorted(randomSamples, [](const KeptSample *a, const KeptSample *b) { return a->index < b->index; });
}

} // namespace nncc::runtime::report
