// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PlanOutput.h"

namespace nncc::pipeline {

using planning::Affine;

static std::string text(Affine value) {
  if (!value.perSample)
    return std::to_string(value.fixed);
  std::string perSample = std::to_string(value.perSample) + " * batch";
  return value.fixed ? std::to_string(value.fixed) + " + " + perSample : perSample;
}

void printPlan(llvm::ArrayRef<kernels::EntryInfo> entries, llvm::raw_ostream &out) {
  for (const kernels::EntryInfo &entry : entries) {
    out << entry.name << ": " << entry.steps.size() << " steps, " << entry.workerBytes << " bytes of scratch a worker\n";
    for (auto [number, step] : llvm::enumerate(entry.steps)) {
      out << "  " << number << ' ' << (step.layer.empty() ? "-" : step.layer) << ": " << step.what << "; units "
          << text(step.units) << ", flops " << text(step.flops) << ", bytes " << text(step.bytes)
          << (step.kept ? ", kept while the parameters stay" : "") << '\n';
      if (!step.plan.empty())
        out << "      " << step.plan << '\n';
    }
    entry.memory.print(out);
    out << '\n';
  }
}

void printMemoryJson(llvm::ArrayRef<kernels::EntryInfo> entries, llvm::json::OStream &json) {
  auto affine = [&](llvm::StringRef name, Affine value) {
    json.attributeArray(name, [&] {
      json.value(value.fixed);
      json.value(value.perSample);
    });
  };
  json.attributeObject("memory", [&] {
    for (const kernels::EntryInfo &entry : entries)
      json.attributeObject(entry.name, [&] {
        affine("arena_bytes", entry.arenaBytes);
        json.attribute("worker_bytes", entry.workerBytes);
        json.attributeArray("buffers", [&] {
          for (auto [buffer, offset] : llvm::zip_equal(entry.memory.buffers, entry.memory.offsets))
            json.object([&, &buffer = buffer, &offset = offset] {
              json.attribute("name", llvm::json::fixUTF8(buffer.name));
              affine("offset", offset);
              affine("bytes", buffer.bytes);
              affine("steps", {buffer.first, buffer.last});
            });
        });
      });
  });
}

} // namespace nncc::pipeline
