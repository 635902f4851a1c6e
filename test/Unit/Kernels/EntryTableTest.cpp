// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Kernels/EntryTable.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace nncc::kernels;

namespace {

TEST(EntryTable, RoundTrip) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  EntryInfo entry;
  entry.name = "train_step";
  entry.steps = {{"conv2d", "conv forward", "train_step.0", {0, 4}, {10, 20}, {30, 40}, "rows 4x12, columns 1x[16]"},
                 {"", "adam", "train_step.1", {3, 0}, {}, {}, "", Phase::Update}};
  entry.arenaBytes = {128, 4096};
  entry.workerBytes = 64;
  entry.arguments = {{{128, 0}, {0, 25}}, {{128, 128}, {0, 1}}};
  entry.memory.total = entry.arenaBytes;
  entry.memory.buffers = {{"nn.conv conv2d", {0, 4096}, 2, 7, "conv2d"}};
  entry.memory.offsets = {{128, 64}};
  entry.results = {{{128, 192}, {0, 1}}, {{64, 0}, {1, 0}}};
  entry.watches = {{"conv2d", 1, true, {{64, 8}, {0, 6}}, 2, 5}};
  (*module)->setAttr(kEntriesAttrName, encodeEntries(&context, {entry}));

  FailureOr<std::vector<EntryInfo>> decoded = decodeEntries(*module);
  ASSERT_TRUE(succeeded(decoded));
  ASSERT_EQ(decoded->size(), 1u);
  const EntryInfo &copy = decoded->front();
  EXPECT_EQ(copy.name, "train_step");
  ASSERT_EQ(copy.steps.size(), 2u);
  EXPECT_EQ(copy.steps[0].layer, "conv2d");
  EXPECT_EQ(copy.steps[0].what, "conv forward");
  EXPECT_EQ(copy.steps[1].kernel, "train_step.1");
  EXPECT_EQ(copy.steps[0].units.perSample, 4);
  EXPECT_EQ(copy.steps[0].flops.fixed, 10);
  EXPECT_EQ(copy.steps[0].bytes.perSample, 40);
  EXPECT_EQ(copy.steps[0].plan, "rows 4x12, columns 1x[16]");
  EXPECT_EQ(copy.steps[1].plan, "");
  EXPECT_EQ(copy.steps[0].phase, Phase::Forward);
  EXPECT_EQ(copy.steps[1].phase, Phase::Update);
  EXPECT_EQ(copy.arenaBytes.perSample, 4096);
  EXPECT_EQ(copy.memory.total.perSample, 4096);
  ASSERT_EQ(copy.memory.buffers.size(), 1u);
  EXPECT_EQ(copy.memory.buffers[0].name, "nn.conv conv2d");
  EXPECT_EQ(copy.memory.buffers[0].bytes.perSample, 4096);
  EXPECT_EQ(copy.memory.buffers[0].last, 7);
  EXPECT_EQ(copy.memory.buffers[0].layer, "conv2d");
  EXPECT_EQ(copy.memory.offsets[0].perSample, 64);
  EXPECT_EQ(copy.workerBytes, 64);
  EXPECT_EQ(copy.forwardSteps(), 2);
  ASSERT_EQ(copy.watches.size(), 1u);
  EXPECT_EQ(copy.watches[0].layer, "conv2d");
  EXPECT_EQ(copy.watches[0].step, 1);
  EXPECT_TRUE(copy.watches[0].isGradient);
  EXPECT_EQ(copy.watches[0].region.offset.perSample, 8);
  EXPECT_EQ(copy.watches[0].region.elements.perSample, 6);
  EXPECT_EQ(copy.watches[0].width, 2);
  EXPECT_EQ(copy.watches[0].distance, 5);
  EXPECT_EQ(copy.inputs().size(), 1u);
  EXPECT_EQ(copy.target().offset.perSample, 128);
  EXPECT_EQ(copy.output().offset.perSample, 192);
  EXPECT_EQ(copy.loss().elements.fixed, 1);
  EXPECT_EQ(copy.outputGradient().elements.perSample, 0);
  EXPECT_TRUE(copy.inputGradients().empty());
}

TEST(EntryTable, Roles) {
  EntryInfo entry;
  entry.name = "gradients";
  entry.arguments = {{{1, 0}, {0, 1}}, {{2, 0}, {0, 1}}, {{3, 0}, {0, 1}}};
  entry.results = {{{4, 0}, {0, 1}}, {{5, 0}, {0, 1}}, {{6, 0}, {0, 1}}};
  EXPECT_EQ(entry.inputs().size(), 2u);
  EXPECT_EQ(entry.outputGradient().offset.fixed, 3);
  EXPECT_EQ(entry.output().offset.fixed, 4);
  ASSERT_EQ(entry.inputGradients().size(), 2u);
  EXPECT_EQ(entry.inputGradients()[1].offset.fixed, 6);
  EXPECT_EQ(entry.target().elements.perSample, 0);
  EXPECT_EQ(entry.loss().elements.fixed, 0);
}

TEST(EntryTable, ModuleWithoutTable) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  FailureOr<std::vector<EntryInfo>> decoded = decodeEntries(*module);
  ASSERT_TRUE(succeeded(decoded));
  EXPECT_TRUE(decoded->empty());
}

/// An entry as a table has it, with one of everything.
const std::string kEntry =
    "{name = \"predict\", arena_bytes = array<i64: 128, 64>, worker_bytes = 32 : i64, "
    "arguments = [array<i64: 128, 0, 0, 8>], results = [array<i64: 128, 32, 0, 8>], "
    "steps = [{layer = \"a\", what = \"activation\", kernel = \"predict.0\", units = array<i64: 0, 1>, "
    "flops = array<i64: 0, 8>, bytes = array<i64: 0, 64>}], "
    "buffers = [{name = \"x\", layer = \"x\", offset = array<i64: 128, 0>, bytes = array<i64: 0, 32>, steps = array<i64: 0, 0>}], "
    "watches = [{layer = \"a\", region = [array<i64: 128, 32, 0, 8>], place = array<i64: 0, 0, 8, 8>}]}";

/// The error for a module with the table; empty where it is read.
std::string errorOf(const std::string &table) {
  MLIRContext context;
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Attribute attribute = parseAttribute(table, &context);
  EXPECT_TRUE(attribute) << table;
  (*module)->setAttr(kEntriesAttrName, attribute);
  EXPECT_EQ(failed(decodeEntries(*module)), !message.empty()) << table;
  return message;
}

TEST(EntryTable, DamagedTableIsAnError) {
  EXPECT_EQ(errorOf("[" + kEntry + "]"), "");
  const std::string error = "'nncc.entries' is not a table of entries as nn-to-loops makes it";
  EXPECT_EQ(errorOf("1 : i64"), error);
  EXPECT_EQ(errorOf("[1 : i64]"), error);
  EXPECT_EQ(errorOf("[{}]"), error);
  const std::pair<const char *, const char *> damages[] = {
      {"name = \"predict\"", "name = 1 : i64"},
      {"arena_bytes = array<i64: 128, 64>, ", ""},
      {"arena_bytes = array<i64: 128, 64>", "arena_bytes = array<i64: 128>"},
      {"arena_bytes = array<i64: 128, 64>", "arena_bytes = array<i64: 128, 64, 0>"},
      {"worker_bytes = 32 : i64", "worker_bytes = \"32\""},
      {"[array<i64: 128, 0, 0, 8>]", "[1 : i64]"},
      {"[array<i64: 128, 0, 0, 8>]", "[array<i64: 128, 0, 0>]"},
      {"[array<i64: 128, 0, 0, 8>]", "[array<i64: 128, 0, 0, 8, 0>]"},
      {"steps = [{", "steps = [1 : i64, {"},
      {"kernel = \"predict.0\", ", ""},
      {"buffers = [{", "buffers = [1 : i64, {"},
      {"steps = array<i64: 0, 0>", "steps = array<i64: 0>"},
      {"watches = [{", "watches = [1 : i64, {"},
      {"place = array<i64: 0, 0, 8, 8>", "place = 1 : i64"},
      {"place = array<i64: 0, 0, 8, 8>", "place = array<i64: 0, 0, 8>"},
      {"region = [array<i64: 128, 32, 0, 8>]", "region = []"},
      {"region = [array<i64: 128, 32, 0, 8>]", "region = [array<i64: 128, 32, 0, 8>, array<i64: 128, 32, 0, 8>]"},
  };
  for (auto [good, bad] : damages) {
    std::string entry = kEntry;
    const size_t at = entry.find(good);
    ASSERT_NE(at, std::string::npos) << good;
    entry.replace(at, std::string(good).size(), bad);
    EXPECT_EQ(errorOf("[" + entry + "]"), error) << bad;
  }
}

} // namespace
