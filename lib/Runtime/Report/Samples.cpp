// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Samples.h"

#include "nncc/Runtime/Data/Describe.h"
#include "nncc/Runtime/Report/Html.h"
#include "nncc/Runtime/Report/Thumbnail.h"

namespace nncc::runtime::report {

namespace {

class Cards {
public:
  Cards(const nncc_program &program, const Findings &findings, const std::vector<std::string> &classNames)
      : program(program), findings(findings), classNames(classNames) {}
  std::string card(const KeptSample &sample) const;

private:
  std::string looks(const KeptSample &sample) const;
  std::string classCaption(const KeptSample &sample) const;
  std::string mapCaption(const KeptSample &sample) const;
  std::string valueCaption(const KeptSample &sample) const;
  bool isMap() const { return findings.kind() != Findings::Kind::Regression && findings.positions() > 1; }
  bool isRight(const KeptSample &sample) const;
  /// The classes of all positions, as levels from 0 to 1.
  std::string map(const KeptSample &sample, bool ofTruth) const;
  double probabilityOf(const KeptSample &sample, int64_t index) const;

  const nncc_program &program;
  const Findings &findings;
  const std::vector<std::string> &classNames;
};

bool Cards::isRight(const KeptSample &sample) const {
  return findings.truthOf(sample.target.data(), 0) == findings.predictedOf(sample.prediction.data(), 0);
}

double Cards::probabilityOf(const KeptSample &sample, int64_t index) const {
  if (findings.kind() == Findings::Kind::Classes)
    return index < static_cast<int64_t>(sample.prediction.size()) ? sample.prediction[static_cast<size_t>(index)] : 0;
  return index ? sample.prediction[0] : 1 - sample.prediction[0];
}

std::string Cards::map(const KeptSample &sample, bool ofTruth) const {
  nncc_tensor shape = program.output;
  if (findings.kind() == Findings::Kind::Classes) {
    shape.extents[shape.rank - 1] = 1;
    shape.elements = findings.positions();
  }
  std::vector<float> levels;
  for (int64_t position = 0; position < findings.positions(); ++position) {
    const int64_t index = ofTruth ? findings.truthOf(sample.target.data(), position)
                                  : findings.predictedOf(sample.prediction.data(), position);
    levels.push_back(static_cast<float>(index) / static_cast<float>(findings.classes() - 1));
  }
  return thumbnail(levels.data(), shape);
}

std::string Cards::looks(const KeptSample &sample) const {
  std::string text;
  for (size_t i = 0; i < sample.inputs.size() && i < 3; ++i)
    text += thumbnail(sample.inputs[i].data(), program.inputs[i]);
  if (!sample.prediction.empty() && isMap())
    text += map(sample, true) + map(sample, false);
  else if (!sample.prediction.empty() && program.output.elements > 3 && findings.kind() == Findings::Kind::Regression)
    text += thumbnail(sample.target.data(), program.output) + thumbnail(sample.prediction.data(), program.output);
  return text;
}

std::string Cards::classCaption(const KeptSample &sample) const {
  const int64_t truth = findings.truthOf(sample.target.data(), 0),
                predicted = findings.predictedOf(sample.prediction.data(), 0);
  std::string text = "<b>" + escapeShort(className(classNames, predicted), 18) + "</b> " +
                     percentText(probabilityOf(sample, predicted));
  if (truth != predicted)
    text += "<br><span>true: " + escapeShort(className(classNames, truth), 18) + " " +
            percentText(probabilityOf(sample, truth)) + "</span>";
  return text;
}

std::string Cards::mapCaption(const KeptSample &sample) const {
  int64_t right = 0;
  for (int64_t position = 0; position < findings.positions(); ++position)
    right +=
        findings.truthOf(sample.target.data(), position) == findings.predictedOf(sample.prediction.data(), position);
  return "<b>" + percentText(static_cast<double>(right) / static_cast<double>(findings.positions())) +
         "</b> right<br><span>input, truth, prediction</span>";
}

std::string Cards::valueCaption(const KeptSample &sample) const {
  auto list = [](const std::vector<float> &values) {
    std::string text;
    for (float value : values)
      text += (text.empty() ? "" : ", ") + numberText(value);
    return text;
  };
  if (program.output.elements > 3)
    return "error <b>" + numberText(sample.loss) + "</b><br><span>input, truth, prediction</span>";
  return "<b>" + list(sample.prediction) + "</b><br><span>true: " + list(sample.target) + "</span>";
}

std::string Cards::card(const KeptSample &sample) const {
  std::string caption;
  bool wrong = false;
  if (sample.prediction.empty()) {
    caption = "loss <b>" + numberText(sample.loss) + "</b>";
  } else if (findings.kind() == Findings::Kind::Regression) {
    caption = valueCaption(sample);
  } else if (isMap()) {
    caption = mapCaption(sample);
  } else {
    caption = classCaption(sample);
    wrong = !isRight(sample);
  }
  return std::string("<figure class=\"card") + (wrong ? " wrong" : "") + "\" title=\"sample " +
         groupedText(sample.index) + ", loss " + numberText(sample.loss) + "\"><div class=\"look\">" + looks(sample) +
         "</div><figcaption>" + caption + "</figcaption></figure>\n";
}

} // namespace

std::string sampleCards(const nncc_program &program, const Findings &findings,
                        const std::vector<const KeptSample *> &samples, const std::vector<std::string> &classNames) {
  const Cards cards(program, findings, classNames);
  std::string text = "<div class=\"cards\">\n";
  for (const KeptSample *sample : samples)
    text += cards.card(*sample);
  return text + "</div>\n";
}

} // namespace nncc::runtime::report
