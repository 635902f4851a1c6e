// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What predictions on labelled samples show: confusion, thresholds, predicted against true, and which samples went worst.
// It looks at each sample once and keeps little, however many there are.
#ifndef NNCC_RUNTIME_REPORT_FINDINGS_H
#define NNCC_RUNTIME_REPORT_FINDINGS_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/Random.h"
#include "nncc/Runtime/Report/Confusion.h"
#include "nncc/Runtime/Report/ThresholdCurve.h"
#include "nncc/Runtime/Train/Observer.h"

#include <optional>

namespace nncc::runtime::report {

/// A sample that is kept to be shown.
struct KeptSample {
  int64_t index = 0;
  double loss = 0; ///< cross-entropy, or the squared error, mean over what the sample's output consists of
  std::vector<std::vector<float>> inputs;
  std::vector<float> prediction; ///< probabilities, also where the model gives logits
  std::vector<float> target;     ///< as the program takes it
};

class Findings {
public:
  enum class Kind { Classes, Binary, Regression };

  /// `seed` chooses the random samples.
  Findings(const nncc_program &program, uint64_t seed);

  void add(const PredictionBatch &batch);

  Kind kind() const { return outputKind; }
  int64_t count() const { return seen; }
  /// Classes of one position: the last extent of the output; 2 for binary ones.
  int64_t classes() const { return classesOfPosition; }
  /// Positions of one sample that are classified each for itself: 1, or all pixels of a segmentation.
  int64_t positions() const { return positionCount; }
  /// Whether a position is right; the class of truth and prediction. For Classes and Binary.
  int64_t truthOf(const float *target, int64_t position) const;
  int64_t predictedOf(const float *prediction, int64_t position) const;

  const std::optional<Confusion> &confusion() const { return table; }
  const ThresholdCurve &thresholds() const { return curve; }
  /// True and predicted values of up to 1200 elements of a regression.
  const std::vector<std::pair<double, double>> &points() const { return pairs; }
  double meanAbsoluteError() const { return elements > 0 ? absoluteErrors / elements : 0; }
  double rootMeanSquaredError() const;
  double determination() const; ///< R squared

  /// Highest loss first.
  std::vector<const KeptSample *> worst() const;
  /// In their order.
  std::vector<const KeptSample *> random() const;

private:
  void addSample(const PredictionBatch &batch, int64_t row);
  void addElement(double truth, double predicted);
  double lossOf(const float *prediction, const float *target) const;
  std::vector<float> probabilities(const float *prediction) const;
  KeptSample keep(const PredictionBatch &batch, int64_t row, std::vector<float> prediction, double loss) const;

  const nncc_program &program;
  Kind outputKind;
  bool isSparse, isLogits;
  int64_t classesOfPosition, positionCount, seen = 0;
  std::optional<Confusion> table;
  ThresholdCurve curve;
  std::vector<std::pair<double, double>> pairs;
  double elements = 0, absoluteErrors = 0, squaredErrors = 0, truthSum = 0, truthSquares = 0;
  nncc_random draws;
  std::vector<KeptSample> worstSamples, randomSamples;
};

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_FINDINGS_H
