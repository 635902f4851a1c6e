// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The facts of a program as values for the templates, and the templates filled in.
#include "nncc/Codegen/LibraryText.h"

#include "LibraryArena.h"
#include "nncc/Codegen/LibraryNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Mustache.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

constexpr StringLiteral kHeader =
#include "library.h.inc"
    ;
constexpr StringLiteral kCppHeader =
#include "library.hpp.inc"
    ;
constexpr StringLiteral kPythonInit =
#include "init.py.inc"
    ;
constexpr StringLiteral kPythonMain =
#include "main.py.inc"
    ;

std::string expand(StringRef text, const json::Value &facts) {
  BumpPtrAllocator allocator;
  StringSaver saver(allocator);
  mustache::MustacheContext context(allocator, saver);
  mustache::Template filled(text, context);
  filled.overrideEscapeCharacters(mustache::EscapeMap()); // it is no HTML
  std::string result;
  raw_string_ostream stream(result);
  filled.render(facts, stream);
  return result;
}

/// A text of the user's in plain ASCII that ends no comment of C and no docstring of Python, and that no compiler warns of.
std::string harmless(StringRef text) {
  std::string result;
  for (char c : text) {
    if ((c & 0xc0) == 0x80) // a later byte of a character
      continue;
    // "*/", "/*", "??/" and '"""'.
    if (!result.empty() && ((result.back() == '*' && c == '/') || (result.back() == '/' && c == '*') ||
                            (result.back() == '?' && c == '?') || (result.back() == '"' && c == '"')))
      result += ' ';
    result += c == '\\' ? '/' : isPrint(c) ? c : '?';
  }
  return result;
}

/// "[64][2]"; "one number" without axes.
std::string shape(ArrayRef<int64_t> extents) {
  std::string result;
  for (int64_t extent : extents)
    result += "[" + std::to_string(extent) + "]";
  return result.empty() ? "one number" : result;
}

/// "[batch][64][2]".
std::string batchShape(ArrayRef<int64_t> extents) {
  return "[batch]" + (extents.empty() ? std::string() : shape(extents));
}

json::Array summaryLines(StringRef summary) {
  json::Array lines;
  SmallVector<StringRef> all;
  summary.rtrim('\n').split(all, '\n');
  for (StringRef line : all)
    lines.push_back(json::Object{{"line", harmless(line.rtrim())}, {"blank", line.trim().empty()}});
  return lines;
}

json::Array statuses() {
  struct Status {
    StringLiteral name, text;
  };
  static constexpr Status list[] = {
#define NNCC_STATUS(name, text) {#name, text},
      NNCC_STATUSES(NNCC_STATUS)
#undef NNCC_STATUS
  };
  const size_t widest = StringRef("ERROR_UNSUPPORTED = 11,").size();
  json::Array result;
  for (auto [value, status] : enumerate(list)) {
    const std::string written = (status.name + " = " + Twine(value) + ",").str();
    result.push_back(json::Object{{"status", status.name},
                                  {"text", status.text},
                                  {"value", static_cast<int64_t>(value)},
                                  {"last", value + 1 == std::size(list)},
                                  {"padding", std::string(widest - std::min(widest, written.size()), ' ')}});
  }
  return result;
}

/// What the templates call the inputs, and the lists of parameters and arguments of them.
void addInputs(const Program &program, json::Object &facts) {
  json::Array inputs;
  const std::vector<std::string> names = inputParameters(program.inputs);
  /// The names, each between two texts.
  auto list = [&](StringRef before, StringRef behind) {
    return join(map_range(names, [&](const std::string &name) { return (before + name + behind).str(); }), ", ");
  };
  for (auto [name, input] : zip_equal(names, program.inputs)) {
    std::string size = (names.size() == 1 ? "INPUT" : "INPUT_" + StringRef(name).upper()) + "_ELEMENTS";
    inputs.push_back(json::Object{{"parameter", name},
                                  {"size", size},
                                  {"size_name", StringRef(size).lower()},
                                  {"elements", std::to_string(input.elements())},
                                  {"shape", shape(input.extents)},
                                  {"batch_shape", batchShape(input.extents)},
                                  {"last", inputs.size() + 1 == names.size()}});
  }
  facts["first_input"] = names.front();
  facts["first_size_name"] = inputs.front().getAsObject()->getString("size_name")->str();
  facts["inputs"] = std::move(inputs);
  facts["input_count"] = static_cast<int64_t>(names.size());
  facts["input_arguments"] = list("", "");
  facts["input_parameters"] = list("const float *", "");
  facts["gradient_parameters"] = list("float *", "_gradient");
  facts["data_arguments"] = list("", ".data()");
  facts["span_parameters"] = list("std::span<const float> ", "");
  facts["gradient_span_parameters"] = list("std::span<float> ", "_gradient");
  facts["gradient_arguments"] = list("pointer(", "_gradient)");
}

void addTraining(const Program &program, json::Object &facts) {
  const bool trains = program.entries[NNCC_ENTRY_TRAIN_STEP].has_value(),
             evaluates = program.entries[NNCC_ENTRY_EVALUATE].has_value();
  facts["train"] = trains;
  facts["evaluate"] = evaluates;
  facts["labels"] = trains || evaluates;
  facts["gradients"] = program.entries[NNCC_ENTRY_GRADIENTS].has_value();
  facts["loss"] = program.training.loss.name;
  facts["optimizer"] = program.training.optimizer.name;
  facts["label_elements"] = std::to_string(program.target.elements());
  facts["label_shape"] = shape(program.target.extents);
  facts["label_batch_shape"] = batchShape(program.target.extents);
  const bool classes = program.target.extents.size() < program.output.extents.size();
  facts["label_meaning"] = classes ? ", class numbers from 0 to " + std::to_string(program.output.extents.back() - 1)
                                   : std::string(", what the output should be");
}

json::Object factsOf(const Program &program) {
  const LibraryNames names = LibraryNames::of(program.name);
  json::Object facts{{"name", harmless(program.name)},
                     {"prefix", names.prefix},
                     {"macro", names.macro},
                     {"class", names.cppClass},
                     {"file", names.fileBase},
                     {"compiler", harmless(program.compiler)},
                     {"version", NNCC_LIBRARY_VERSION},
                     {"embedded", program.embedded != nullptr},
                     {"summary", summaryLines(program.summary)},
                     {"statuses", statuses()},
                     {"output_elements", std::to_string(program.output.elements())},
                     {"output_shape", shape(program.output.extents)},
                     {"output_batch_shape", batchShape(program.output.extents)}};
  int64_t parameters = 0;
  for (const Variable &variable : program.variables)
    parameters += variable.elements();
  facts["parameters"] = std::to_string(parameters); // a template writes large numbers as 3.7e+06
  facts["example_path"] = program.variables.empty() ? "dense/kernel" : harmless(program.variables.front().path);
  addInputs(program, facts);
  addTraining(program, facts);
  return facts;
}

} // namespace

std::string libraryHeader(ArrayRef<const Program *> programs) {
  json::Object facts = factsOf(*programs.front());
  const Affine arena = arenaBytes(programs);
  json::Array cpus;
  for (const Program *program : programs)
    cpus.push_back(
        json::Object{{"cpu", program->cpu}, {"features", program->cpuFeatures}, {"last", program == programs.back()}});
  facts["cpus"] = std::move(cpus);
  facts["arena_fixed"] = std::to_string(arena.fixed);
  facts["arena_per_sample"] = std::to_string(arena.perSample);
  return expand(kHeader, std::move(facts));
}

std::string libraryCppHeader(const Program &program) { return expand(kCppHeader, factsOf(program)); }

PythonPackage pythonPackage(const Program &program, StringRef libraryFile) {
  json::Object facts = factsOf(program);
  facts["library"] = libraryFile;
  const json::Value value = std::move(facts);
  return {expand(kPythonInit, value), expand(kPythonMain, value)};
}

} // namespace nncc::codegen
