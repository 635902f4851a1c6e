// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Source.h"

#include "nncc/Runtime/Data/Error.h"
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace nncc::runtime {

namespace {
struct Kind {
  const char *name;
  RawData (*read)(const nncc_program &, const SourceSpec &, nncc_pool *);
};
constexpr Kind kinds[] = {
    {"synthetic", readSynthetic},   {"npz", readNpzSource},       {"idx", readIdxSource},
    {"cifar10", readCifar10Source}, {"images", readImagesSource}, {"csv", readCsvSource},
};
constexpr const char *kindNames[] = {"synthetic", "npz", "idx", "cifar10", "images", "csv", nullptr};
} // namespace

SourceSpec parseSource(const std::string &text, bool fromCommandLine) {
  SourceSpec spec;
  spec.text = text;
  spec.usageStatus = fromCommandLine ? exitUsage : exitBadInput;
  size_t colon = text.find(':');
  if (colon == std::string::npos)
    fail(spec.usageStatus, "'%s' is not a data source: expected KIND:LOCATION, e.g. npz:FILE or synthetic:shapes", text.c_str());
  spec.kind = text.substr(0, colon);
  const Kind *kind = nullptr;
  for (const Kind &k : kinds)
    if (spec.kind == k.name)
      kind = &k;
  if (!kind) {
    const char *near = nearest(spec.kind, kindNames);
    fail(spec.usageStatus, "unknown data source '%s:'; %s%s%s", spec.kind.c_str(), near ? "did you mean '" : "there are synthetic:, npz:, idx:, cifar10:, images: and csv:",
         near ? near : "", near ? ":'?" : "");
  }
  // A '?' starts parameters only where something like key=value follows: file names may hold one too.
  spec.location = text.substr(colon + 1);
  size_t question = spec.location.rfind('?');
  if (question != std::string::npos && spec.location.find('=', question) != std::string::npos) {
    std::string list = spec.location.substr(question + 1);
    spec.location.resize(question);
    for (size_t at = 0; at <= list.size();) {
      size_t end = list.find('&', at);
      if (end == std::string::npos)
        end = list.size();
      std::string item = list.substr(at, end - at);
      size_t equals = item.find('=');
      if (equals == std::string::npos || equals == 0)
        fail(spec.usageStatus, "'%s': expected NAME=VALUE, found '%s'", text.c_str(), item.c_str());
      spec.parameters.emplace_back(item.substr(0, equals), item.substr(equals + 1));
      at = end + 1;
    }
  }
  if (spec.location.empty())
    fail(spec.usageStatus, "'%s': nothing follows '%s:'", text.c_str(), kind->name);
  return spec;
}

int64_t SourceSpec::integer(const char *name, int64_t otherwise, int64_t low, int64_t high) const {
  for (const auto &[key, value] : parameters)
    if (key == name) {
      char *end;
      errno = 0;
      long long number = strtoll(value.c_str(), &end, 10);
      if (value.empty() || *end || errno || number < low || number > high)
        fail(usageStatus, "'%s': %s must be an integer from %lld to %lld, found '%s'", text.c_str(), name,
             static_cast<long long>(low), static_cast<long long>(high), value.c_str());
      otherwise = number;
    }
  return otherwise;
}

double SourceSpec::number(const char *name, double otherwise, double low, double high) const {
  for (const auto &[key, value] : parameters)
    if (key == name) {
      char *end;
      double number = strtod(value.c_str(), &end);
      if (value.empty() || *end || !(number >= low && number <= high))
        fail(usageStatus, "'%s': %s must be a number from %g to %g, found '%s'", text.c_str(), name, low, high, value.c_str());
      otherwise = number;
    }
  return otherwise;
}

std::string SourceSpec::string(const char *name, const std::string &otherwise) const {
  for (const auto &[key, value] : parameters)
    if (key == name)
      return value;
  return otherwise;
}

bool SourceSpec::boolean(const char *name, bool otherwise) const {
  std::string value = string(name, otherwise ? "true" : "false");
  bool isTrue = value == "true" || value == "1";
  if (!isTrue && value != "false" && value != "0")
    fail(usageStatus, "'%s': %s must be true or false, found '%s'", text.c_str(), name, value.c_str());
  return isTrue;
}

std::string SourceSpec::split() const {
  std::string value = string("split", "");
  if (!value.empty() && value != "train" && value != "test")
    fail(usageStatus, "'%s': split must be train or test, found '%s'", text.c_str(), value.c_str());
  return value;
}

void SourceSpec::needOneInput(const nncc_program &program) const {
  if (program.input_count != 1)
    fail(exitBadInput, "'%s' has one input per sample, the model '%s' has %lld", text.c_str(), program.name,
         static_cast<long long>(program.input_count));
}

void SourceSpec::onlyParameters(const char *const *known) const {
  for (const auto &[key, value] : parameters) {
    bool found = false;
    std::string list;
    for (const char *const *k = known; *k; ++k) {
      found |= key == *k;
      list += (list.empty() ? "" : ", ") + std::string(*k);
    }
    if (!found)
      fail(usageStatus, "'%s': unknown parameter '%s'; %s: takes %s", text.c_str(), key.c_str(), kind.c_str(), list.c_str());
  }
}

/// Samples of no numbers are a slip in a file's shape, and nothing can be learnt of them.
static void refuseEmptySamples(const RawPart &part) {
  for (const RawInput &input : part.inputs)
    if (input.rows->count() && !input.rows->elements())
      fail(exitBadInput, "%s has %lld samples without a single number; its shape is %s", part.inputName.c_str(),
           static_cast<long long>(input.rows->count()),
           shapeText(input.shape.data(), static_cast<int64_t>(input.shape.size()), -2).c_str());
}

RawData readSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool) {
  for (const Kind &kind : kinds)
    if (spec.kind == kind.name) {
      RawData data = kind.read(program, spec, pool);
      refuseEmptySamples(data.train);
      refuseEmptySamples(data.test);
      return data;
    }
  fail(exitInternal, "unknown data source '%s'", spec.text.c_str());
}

Dataset loadDataset(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool) {
  RawData raw = readSource(program, spec, pool);
  std::string split = spec.split();
  if (split == "test" && !raw.hasTest)
    fail(exitBadInput, "'%s' has no test part", spec.text.c_str());
  Dataset dataset;
  dataset.classNames = std::move(raw.classNames);
  if (split == "test") {
    dataset.train = fitPart(program, std::move(raw.test), raw.pictures);
    return dataset;
  }
  if (spec.testPreferred && raw.hasTest && split.empty()) {
    dataset.test = fitPart(program, std::move(raw.test), raw.pictures);
    dataset.hasTest = true;
    return dataset;
  }
  dataset.train = fitPart(program, std::move(raw.train), raw.pictures);
  if (raw.hasTest && split.empty()) {
    dataset.test = fitPart(program, std::move(raw.test), raw.pictures);
    dataset.hasTest = true;
  }
  return dataset;
}

// --- npz: ----------------------------------------------------------------------------------------------------------------

static RawPart readNpzPart(const nncc_program &program, NpzFile &file, const std::string &path, const char *suffix) {
  RawPart part;
  std::string single = std::string("x") + suffix, labels = std::string("y") + suffix;
  std::vector<std::string> names;
  if (program.input_count == 1 && file.contains(single)) {
    names.push_back(single);
  } else {
    for (int64_t i = 0; i < program.input_count; ++i)
      names.push_back(std::string(program.inputs[i].name) + suffix);
  }
  std::vector<std::string> wanted = names;
  wanted.push_back(labels);
  std::string missing, found;
  for (const std::string &name : wanted)
    if (!file.contains(name))
      missing += (missing.empty() ? "'" : ", '") + name + "'";
  for (const std::string &name : file.names())
    found += (found.empty() ? "'" : ", '") + name + "'";
  if (!missing.empty())
    fail(exitBadInput, "'%s' lacks the array %s%s; it holds %s", path.c_str(), missing.c_str(),
         program.input_count == 1 && names[0] != single ? (" (or '" + single + "')").c_str() : "",
         found.empty() ? "none" : found.c_str());
  for (const std::string &name : names) {
    part.inputs.push_back(file.read(name));
    part.titles.push_back("'" + path + "', array '" + name + "'");
  }
  part.labels = file.read(labels);
  part.inputName = part.titles[0];
  part.labelName = "'" + path + "', array '" + labels + "'";
  return part;
}

RawData readNpzSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *) {
  constexpr const char *known[] = {"split", nullptr};
  spec.onlyParameters(known);
  NpzFile file(spec.location);
  RawData data;
  std::string split = spec.split();
  data.hasTest = file.contains("y_test");
  if (data.hasTest && split != "train")
    data.test = readNpzPart(program, file, spec.location, "_test");
  if (split == "train" || !data.hasTest || (split.empty() && !spec.testPreferred))
    data.train = readNpzPart(program, file, spec.location, "");
  return data;
}

} // namespace nncc::runtime
