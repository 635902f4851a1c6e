// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Several CPUs for one artefact.
#include "nncc/Codegen/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace nncc::codegen {

static size_t countFeatures(const Target &target) {
  StringRef features = target.requiredFeatures();
  return features.empty() ? 0 : features.count(',') + 1;
}

Expected<std::vector<Target>> Target::resolveList(const TargetOptions &options) {
  SmallVector<StringRef> names;
  StringRef(options.cpu).split(names, ',');
  std::vector<Target> targets;
  for (StringRef name : names) {
    TargetOptions one = options;
    one.cpu = name.trim().str();
    if (names.size() > 1 && one.cpu.empty())
      return createStringError("-mcpu=" + options.cpu + ": a name is empty; expected CPUs with a comma between, as in x86-64-v3,x86-64-v2");
    Expected<Target> target = resolve(one);
    if (!target)
      return target.takeError();
    if (names.size() > 1)
      target->cpuText = one.cpu == "native" ? target->tuneCpu : one.cpu;
    targets.push_back(std::move(*target));
  }
  if (targets.size() == 1)
    return targets;
  if (Triple(targets.front().triple()).getArch() != Triple::x86_64)
    return createStringError("-mcpu=" + options.cpu + ": which of several CPUs it runs on a program can find out on x86-64 only; name one for '" +
                             targets.front().triple() + "'");
  // A CPU that has more than another also has a longer list.
  llvm::sort(targets, [](const Target &a, const Target &b) {
    size_t ofA = countFeatures(a), ofB = countFeatures(b);
    return ofA != ofB ? ofA > ofB : a.requiredText != b.requiredText ? a.requiredText < b.requiredText : a.cpuText < b.cpuText;
  });
  for (size_t i = 1; i < targets.size(); ++i) {
    const Target &first = targets[i - 1], &second = targets[i];
    if (first.cpuText == second.cpuText)
      return createStringError("-mcpu=" + options.cpu + ": '" + first.cpuText + "' is there twice");
    if (first.requiredText == second.requiredText)
      return createStringError("-mcpu=" + options.cpu + ": '" + first.cpuText + "' and '" + second.cpuText +
                               "' have the same features, so that one of them would never run; leave it out");
  }
  return targets;
}

Target Target::baseline() const {
  TargetOptions options;
  options.triple = tripleText;
  options.cpu = Triple(tripleText).getArch() == Triple::x86_64 ? "x86-64" : "generic";
  options.optLevel = level;
  return cantFail(resolve(options)); // this target's triple is known, and so are these names
}

} // namespace nncc::codegen
