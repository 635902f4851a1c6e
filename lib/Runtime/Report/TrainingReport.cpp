// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/TrainingReport.h"

#include "nncc/Runtime/Data/Failure.h"
#include "nncc/Runtime/Data/Inflate.h"
#include "nncc/Runtime/Report/Curves.h"
#include "nncc/Runtime/Report/Html.h"
#include "nncc/Runtime/Report/LayerTable.h"
#include "nncc/Runtime/Report/Machine.h"
#include "nncc/Runtime/Report/Samples.h"
#include <cmath>
#include <cstring>
#include <ctime>

namespace nncc::runtime::report {

static double monotonicSeconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// --- what comes in
// -------------------------------------------------------------------------------------------------------

void TrainingReport::atStart(const TrainingSetup &given) {
  setup.emplace(given);
  findings.emplace(*given.program, given.seed);
  stepSeconds.assign(static_cast<size_t>(given.program->entries[NNCC_ENTRY_TRAIN_STEP]->step_count), 0.0);
  given.instance->timed_entry = NNCC_ENTRY_TRAIN_STEP;
  given.instance->step_seconds = stepSeconds.data();
  started = monotonicSeconds();
  startedAt = dateText();
  write(page(State::Running, ""));
}

void TrainingReport::atStep(int64_t step, double loss) {
  if (runs == 0)
    firstStep = step;
  trace.add(loss);
  ++runs;
}

void TrainingReport::atEpochEnd(const EpochRecord &record) {
  epochs.push_back(record);
  // Writing waits for the disk: epochs of milliseconds must not.
  if (const double now = monotonicSeconds(); now - written >= 1) {
    write(page(State::Running, ""));
    written = now;
  }
}

void TrainingReport::atEnd(OutputFiles &files) {
  setup->instance->step_seconds = nullptr;
  files.add(path, page(State::Finished, ""));
}

void TrainingReport::atFailure(const std::string &reason) {
  setup->instance->step_seconds = nullptr;
  attempt([&] { write(page(State::Failed, reason)); }); // what failed first is what is told
}

void TrainingReport::write(const std::string &text) const {
  OutputFiles files;
  files.add(path, text);
  files.commit();
}

// --- the page
// ------------------------------------------------------------------------------------------------------------

void TrainingReport::addHeader(Page &page, State state, const std::string &reason) const {
  const nncc_program &program = *setup->program;
  std::string input;
  for (int64_t i = 0; i < program.input_count; ++i)
    input += (i ? ", " : "") + escape(program.inputs[i].name) + " " +
             shapeText(program.inputs[i].extents, program.inputs[i].rank, -2);
  page.subtitle(escape(setup->data) + " &middot; " + input);
  const std::string done = format("%zu of %lld epochs", epochs.size(), static_cast<long long>(setup->epochs));
  if (state == State::Running)
    page.subtitle("<span class=\"state\">Training: " + done + ", " + durationText(monotonicSeconds() - started) +
                  " so far.</span>");
  else if (state == State::Failed)
    page.subtitle("<span class=\"state bad\">Stopped after " + done + ": " + escape(reason) + "</span>");
  else
    page.subtitle("<span class=\"state\">" + done + " in " + durationText(monotonicSeconds() - started) + ", " +
                  escape(startedAt) + "</span>");
  if (trace.firstNonFinite() >= 0) {
    const int64_t step = firstStep + trace.firstNonFinite();
    page.subtitle("<span class=\"state bad\">The loss became NaN or infinite in step " + groupedText(step + 1) +
                  ", epoch " + groupedText(step / setup->steps + 1) + ".</span>");
  }
  page.lead(tiles(results()));
  if (state == State::Running)
    page.reloadEvery(5);
}

std::vector<Tile> TrainingReport::results() const {
  std::vector<Tile> list;
  for (const std::string &metric : metricNames(epochs)) {
    const bool isValidated = !std::isnan(bestOf(epochs, "val_" + metric).value);
    const std::string name = (isValidated ? "val_" : "") + metric;
    const Best best = bestOf(epochs, name);
    list.push_back({(isValidated ? "validation " : "training ") + metric, numberText(valueOf(epochs.back(), name)),
                    epochs.size() < 2 || std::isnan(best.value)
                        ? ""
                        : "best " + numberText(best.value) + " in epoch " + std::to_string(best.epoch + 1)});
  }
  int64_t parameters = 0;
  for (int64_t i = 0; i < setup->program->variable_count; ++i)
    parameters += setup->program->variables[i].elements;
  list.push_back({"parameters", groupedText(parameters), ""});
  double seconds = 0;
  for (const EpochRecord &epoch : epochs)
    seconds += epoch.seconds;
  if (!epochs.empty())
    list.push_back({"time an epoch", durationText(seconds / static_cast<double>(epochs.size())),
                    shortCount(static_cast<double>(setup->trainCount) * static_cast<double>(epochs.size()) / seconds) +
                        " samples a second"});
  return list;
}

void TrainingReport::addCurves(Page &page) const {
  std::vector<Chart> charts = metricCharts(epochs);
  if (charts.empty())
    return;
  Series steps{"", {}, 0, Series::Faint, ""};
  for (auto [step, loss] : trace.points())
    steps.points.push_back({(static_cast<double>(firstStep) + step) / static_cast<double>(setup->steps), loss});
  charts[0].series.insert(charts[0].series.begin(), steps);
  charts[0].yScale = lossScale(charts[0].series);
  if (std::optional<Chart> gradients = gradientChart(epochs))
    charts.push_back(*gradients);
  std::string html = "<div class=\"charts\">\n";
  for (const Chart &chart : charts)
    html += chartFigure(chart);
  page.section("Curves", html + "</div>\n",
               "A training value is the mean over its epoch, while the model changes; the pale line is the loss of "
               "single steps. "
               "Gradients are root mean squares over a layer's variables, in the last step of an epoch.");
}

void TrainingReport::addFindings(Page &page) const {
  if (!findings || findings->count() == 0)
    return;
  const std::string on = setup->validationCount ? "validation samples" : "training samples";
  const std::string all = groupedText(findings->count()) + " " + on;
  if (findings->kind() == Findings::Kind::Regression) {
    page.section(
        "Predicted and true", "<div class=\"charts\">\n" + chartFigure(regressionChart(*findings)) + "</div>\n",
        all + ": mean absolute error " + numberText(findings->meanAbsoluteError()) + ", root mean square " +
            numberText(findings->rootMeanSquaredError()) + ", R&sup2; " + numberText(findings->determination()));
  } else {
    const Confusion &table = *findings->confusion();
    page.section("Confusion matrix", table.html(setup->classNames),
                 percentText(static_cast<double>(table.correct()) / static_cast<double>(table.total())) + " of " +
                     groupedText(table.total()) + (findings->positions() > 1 ? " positions in " + all : " " + on) +
                     " right. Shades are parts of a row; those of errors are stronger.");
  }
  if (findings->kind() == Findings::Kind::Binary && findings->thresholds().positives() > 0 &&
      findings->thresholds().negatives() > 0)
    page.section("Thresholds", "<div class=\"charts\">\n" + chartFigure(rocChart(findings->thresholds())) +
                                   chartFigure(precisionRecallChart(findings->thresholds())) + "</div>\n");
  page.section("Worst samples", sampleCards(*setup->program, *findings, findings->worst(), setup->classNames),
               "Those of the " + all + " with the highest loss.");
  page.section("Random samples", sampleCards(*setup->program, *findings, findings->random(), setup->classNames));
}

/// The compiler's drawing of the layer graph; "" where the program has none.
static std::string drawingHtml(const nncc_program &program) {
  if (!program.drawing || program.drawing_length <= 0)
    return "";
  constexpr int64_t header = 2; // of zlib's format
  int64_t at = header;
  Inflate inflate(Inflate::Frame::None, [&](uint8_t *to, size_t count) {
    const size_t part = std::min(count, static_cast<size_t>(program.drawing_bytes - at));
    memcpy(to, program.drawing + at, part);
    at += static_cast<int64_t>(part);
    return part;
  });
  std::string svg(static_cast<size_t>(program.drawing_length), '\0');
  if (inflate.read(reinterpret_cast<uint8_t *>(svg.data()), svg.size()) != svg.size())
    return "";
  return "<div class=\"drawing\"><img alt=\"the layers of the model\" src=\"" + dataUri("image/svg+xml", svg) +
         "\"></div>\n";
}

void TrainingReport::addLayers(Page &page) const {
  const nncc_program &program = *setup->program;
  static const std::vector<LayerSizes> none;
  page.section("Layers",
               layerTable(program, *program.entries[NNCC_ENTRY_TRAIN_STEP], stepSeconds, runs,
                          epochs.empty() ? none : epochs.back().layers),
               "FLOPs are those of the forward pass, of one sample; times those of training, with the backward pass. A "
               "dash: nothing of its own, "
               "e.g. computed with another layer. "
               "Gradients, weights and activations are root mean squares in the last step.");
  if (std::string drawing = drawingHtml(program); !drawing.empty())
    page.section("Model", drawing);
}

std::vector<std::pair<std::string, std::string>> TrainingReport::runFacts() const {
  const nncc_program &program = *setup->program;
  const nncc_training &training = program.training;
  auto count = [](int64_t samples) { return groupedText(samples) + (samples == 1 ? " sample" : " samples"); };
  std::vector<std::pair<std::string, std::string>> facts;
  facts.push_back({"command", "<pre>" + escape(shellText(setup->options.commandLine)) + "</pre>"});
  facts.push_back({"seed", std::to_string(setup->seed) + (setup->options.seed ? "" : " (the model's own)")});
  facts.push_back({"data", escape(setup->data) + ", " + count(setup->trainCount)});
  if (setup->validationCount)
    facts.push_back({"validation", (setup->validationData.empty() ? "" : escape(setup->validationData) + ", ") +
                                       count(setup->validationCount)});
  facts.push_back({"optimizer", "<code>" + escape(callText(training.optimizer)) + "</code>"});
  if (setup->options.learningRate)
    facts.push_back({"learning rate", shortest(*setup->options.learningRate) + " (--learning-rate)"});
  else if (training.schedule.name)
    facts.push_back({"schedule", "<code>" + escape(callText(training.schedule)) + "</code>"});
  facts.push_back({"loss", "<code>" + escape(callText(training.loss)) + "</code>"});
  facts.push_back({"batch size", groupedText(setup->batch) + ", " + groupedText(setup->steps) +
                                     (setup->steps == 1 ? " step" : " steps") + " an epoch"});
  facts.push_back(
      {"model", escape(program.name) + format(", hash %016llx", static_cast<unsigned long long>(program.model_hash))});
  facts.push_back({"compiler", escape(program.compiler) + ", code for " + escape(program.cpu)});
  facts.push_back({"machine", escape(machineText()) + ", " + groupedText(nncc_pool_size(setup->instance->pool)) +
                                  " worker threads"});
  facts.push_back({"started", escape(startedAt)});
  return facts;
}

std::string TrainingReport::page(State state, const std::string &reason) const {
  Page page(setup->program->name);
  addHeader(page, state, reason);
  addCurves(page);
  addFindings(page);
  addLayers(page);
  page.section("To do it again", factTable(runFacts()), "Results depend on the seed, not on the number of threads.");
  return page.html();
}

} // namespace nncc::runtime::report
