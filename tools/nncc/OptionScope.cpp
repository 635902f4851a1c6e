// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which options belong to which stages and actions: one that would do nothing is a mistake.
#include "OptionScope.h"

#include "nncc/Pipeline/Stages.h"

using namespace llvm;

namespace nncc::tool {

using pipeline::Level;

static bool isAtLeast(const Arguments &arguments, Level level) {
  return !arguments.emit.empty() && pipeline::findStage(arguments.emit)->level >= level;
}

static bool readsModel(const Arguments &arguments) { return arguments.action || isAtLeast(arguments, Level::Model); }

static bool hasCode(const Arguments &arguments) {
  return arguments.action || isAtLeast(arguments, Level::Code) || arguments.compiler.wideSummary;
}

static bool isArtefact(const Arguments &arguments) { return isAtLeast(arguments, Level::Artefact); }

static bool isEmittedCode(const Arguments &arguments) { return isAtLeast(arguments, Level::Code); }

static bool trains(const Arguments &arguments) {
  using runtime::Action;
  if (!arguments.compiler.training)
    return false;
  return arguments.action ? *arguments.action == Action::Train || *arguments.action == Action::Benchmark || *arguments.action == Action::Gradcheck
                          : hasCode(arguments);
}

static bool isExecutable(const Arguments &arguments) { return arguments.emit == "exe"; }

namespace {

struct Scope {
  StringLiteral option;
  bool (*holds)(const Arguments &);
  StringLiteral what; ///< "it is for ..."
};

constexpr StringLiteral kCode = "code (-jit, -emit=plan, llvm-ir, exe and the like)";
constexpr StringLiteral kArtefacts = "artefacts (-emit=obj, exe, lib, shared, python)";

constexpr Scope kScopes[] = {
    {"D", readsModel, "models that are checked: tokens and ast are the text as it stands"},
    {"O", hasCode, kCode},
    {"mcpu=", hasCode, kCode},
    {"mattr=", hasCode, kCode},
    {"target=", hasCode, kCode},
    {"precision=", hasCode, kCode},
    {"winograd", hasCode, kCode},
    {"winograd=", hasCode, kCode},
    {"memory-limit", trains, "what trains"},
    {"memory-limit=", trains, "what trains"},
    {"pictures", isExecutable, "-emit=exe"},
    {"no-pictures", isExecutable, "-emit=exe"},
    {"no-train", isEmittedCode, "code that is written (-emit=plan, llvm-ir, exe and the like); -jit compiles what the action needs"},
    {"embed-weights", isArtefact, kArtefacts},
};

} // namespace

std::string misplacedOption(StringRef option, const Arguments &arguments) {
  for (const Scope &scope : kScopes) {
    if (scope.option != option || scope.holds(arguments))
      continue;
    std::string place = arguments.action ? std::string("-jit ") + runtime::actionName(*arguments.action) : "-emit=" + arguments.emit;
    if (!arguments.compiler.training && option != "no-train")
      place += " --no-train";
    std::string text = "does nothing for " + place + ": it is for " + scope.what.str();
    if (option == "embed-weights" && arguments.action)
      text += "; -jit takes --weights";
    return text;
  }
  return "";
}

} // namespace nncc::tool
