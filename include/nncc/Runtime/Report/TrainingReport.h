// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --report: the page of one training, written again after each epoch so that one can watch it.
#ifndef NNCC_RUNTIME_REPORT_TRAININGREPORT_H
#define NNCC_RUNTIME_REPORT_TRAININGREPORT_H

#include "nncc/Runtime/Report/Chart.h"
#include "nncc/Runtime/Report/Findings.h"
#include "nncc/Runtime/Report/LossTrace.h"
#include "nncc/Runtime/Report/Page.h"
#include "nncc/Runtime/Train/Observer.h"

#include <optional>

namespace nncc::runtime::report {

class TrainingReport : public TrainingObserver {
public:
  /// Writes to `path`.
  explicit TrainingReport(std::string path) : path(std::move(path)) {}

  void atStart(const TrainingSetup &setup) override;
  void atStep(int64_t step, double loss) override;
  void atEpochEnd(const EpochRecord &record) override;
  bool wantsPredictions() const override { return true; }
  bool wantsLayerSizes() const override { return true; }
  void atPredictions(const PredictionBatch &batch) override { findings->add(batch); }
  void atEnd(OutputFiles &files) override;
  /// The page of what there is is written all the same.
  void atFailure(const std::string &reason) override;

private:
  enum class State { Running, Finished, Failed };

  std::string page(State state, const std::string &reason) const;
  void addHeader(Page &page, State state, const std::string &reason) const;
  void addCurves(Page &page) const;
  void addFindings(Page &page) const;
  void addLayers(Page &page) const;
  std::vector<std::pair<std::string, std::string>> runFacts() const;
  std::vector<Tile> results() const;
  void write(const std::string &text) const;

  std::string path;
  std::optional<TrainingSetup> setup;
  std::vector<EpochRecord> epochs;
  LossTrace trace;
  std::optional<Findings> findings;
  std::vector<double> stepSeconds; ///< by step of the training entry, all runs together
  int64_t runs = 0, firstStep = 0; ///< a resumed training begins with a later step
  double started = 0, written = 0; ///< seconds, monotonic
  std::string startedAt;           ///< date and time
};

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_TRAININGREPORT_H
