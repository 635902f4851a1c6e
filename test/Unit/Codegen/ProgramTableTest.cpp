// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table with all fields set, compiled and read back through the C header: any field at a wrong place shows.

#include "TestKernels.h"
#include "nncc/Codegen/Jit.h"
#include "nncc/Codegen/ProgramTable.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <cmath>
#include <cstddef>

using namespace nncc::codegen;

namespace {

Call callOf(const std::string &name) {
  Argument number{"rate", 0.25, std::nullopt, {}};
  Argument text{"mode", NAN, "auto", {}};
  Argument list{"boundaries", NAN, std::nullopt, {1, 2.5, -3}};
  return Call{name, {number, text, list}};
}

Program fullProgram() {
  Program program = programOf({"k0", "k1"});
  program.cpu = "some-cpu";
  program.cpuFeatures = "a,b";
  program.summary = "line 1\nline 2\n";
  program.modelHash = 0xfedcba9876543210u;
  program.inputs = {{"image", {28, 28, 1}}, {"extra", {5}}};
  program.output = {"", {10}};
  program.target = {"target", {}};
  Variable kernel;
  kernel.path = "conv2d/kernel";
  kernel.extents = {3, 3, 1, 32};
  kernel.offset = 64;
  kernel.trainable = true;
  kernel.initializer = callOf("GlorotUniform");
  kernel.fanIn = 9;
  kernel.fanOut = 288;
  kernel.stream = 0x8000000000000001u;
  Variable mean;
  mean.path = "bn/moving_mean";
  mean.extents = {1, 2, 3, 4, 5, 6, 7, 8};
  mean.trainable = false;
  mean.initializer = Call{"Zeros", {}};
  program.variables = {kernel, mean};
  program.parameterFloats = 4096;
  program.trainableFloats = 1024;
  program.optimizerSlots = 2;
  program.optimizerSlotInitial = {0.5, 1.5, 2.5, 3.5};
  Training &training = program.training;
  training.present = true;
  training.optimizer = callOf("Adam");
  training.loss = callOf("MeanSquaredError");
  training.metrics = {callOf("Accuracy"), callOf("AUC")};
  training.callbacks = {callOf("TerminateOnNaN")};
  training.augment = {callOf("RandomFlip"), callOf("RandomZoom")};
  training.data = "synthetic:shapes";
  training.validationSplit = 0.2;
  training.batchSize = 32;
  training.epochs = 7;
  training.seed = 0xffffffffffffffffu;
  training.shuffle = true;
  Entry entry;
  entry.steps.resize(1);
  entry.steps[0] = {"conv2d", "conv forward", "k1", {1, 2}, {3, 4}, {5, 6}};
  entry.arenaBytes = {7, 8};
  entry.workerBytes = 9;
  entry.inputs = {{{10, 11}, {12, 13}}, {{14, 15}, {16, 17}}};
  entry.output = {{18, 19}, {20, 21}};
  entry.target = {{22, 23}, {24, 25}};
  entry.loss = {{26, 27}, {28, 29}};
  entry.outputGradient = {{30, 31}, {32, 33}};
  entry.inputGradients = {{{34, 35}, {36, 37}}};
  entry.forwardSteps = 38;
  entry.watches = {{"conv2d", 39, true, {{40, 41}, {42, 43}}, 44, 45}};
  program.entries[NNCC_ENTRY_GRADIENTS] = entry;
  program.layers = {{"conv2d", "Conv2D", {26, 26, 32}, 320, 400000}, {"flatten", "Flatten", {21632}, 0, 0}};
  program.drawing = {1, 2, 255};
  program.drawingLength = 77;
  Embedded embedded;
  embedded.storage = NNCC_STORAGE_BF16;
  embedded.values.assign(8192, 5);
  embedded.classes = {"cat", "dog"};
  program.embedded = std::make_shared<Embedded>(embedded);
  return program;
}

void expectCall(const nncc_call &call, const char *name) {
  EXPECT_STREQ(call.name, name);
  ASSERT_EQ(call.argument_count, 3);
  EXPECT_STREQ(call.arguments[0].name, "rate");
  EXPECT_EQ(call.arguments[0].number, 0.25);
  EXPECT_EQ(call.arguments[0].text, nullptr);
  EXPECT_EQ(call.arguments[0].count, 0);
  EXPECT_EQ(call.arguments[0].list, nullptr);
  EXPECT_TRUE(std::isnan(call.arguments[1].number));
  EXPECT_STREQ(call.arguments[1].text, "auto");
  ASSERT_EQ(call.arguments[2].count, 3);
  EXPECT_EQ(call.arguments[2].list[1], 2.5);
  EXPECT_EQ(call.arguments[2].list[2], -3);
}

void expectAffine(const nncc_affine &value, int64_t fixed, int64_t perSample) {
  EXPECT_EQ(value.fixed, fixed);
  EXPECT_EQ(value.per_sample, perSample);
}

void expectRegion(const nncc_region &value, int64_t first) {
  expectAffine(value.offset, first, first + 1);
  expectAffine(value.elements, first + 2, first + 3);
}

TEST(ProgramTable, ReadBackThroughTheHeader) {
  TestModule module("module {" + addKernel("k0") + addKernel("k1") + "}");
  auto jit = JitProgram::create(*module, fullProgram());
  ASSERT_TRUE(!!jit) << textOf(jit.takeError());
  const nncc_program &program = *(*jit)->program();

  EXPECT_EQ(program.abi_version, uint32_t(NNCC_ABI_VERSION));
  EXPECT_STREQ(program.name, "Test");
  EXPECT_STREQ(program.compiler, "nncc test");
  EXPECT_STREQ(program.cpu, "some-cpu");
  EXPECT_STREQ(program.cpu_features, "a,b");
  EXPECT_STREQ(program.summary, "line 1\nline 2\n");
  EXPECT_EQ(program.model_hash, 0xfedcba9876543210u);
  ASSERT_EQ(program.input_count, 2);
  EXPECT_STREQ(program.inputs[0].name, "image");
  EXPECT_EQ(program.inputs[0].rank, 3);
  EXPECT_EQ(program.inputs[0].extents[1], 28);
  EXPECT_EQ(program.inputs[0].extents[3], 0);
  EXPECT_EQ(program.inputs[0].elements, 784);
  EXPECT_STREQ(program.inputs[1].name, "extra");
  EXPECT_EQ(program.output.elements, 10);
  EXPECT_EQ(program.target.rank, 0);
  EXPECT_EQ(program.target.elements, 1);

  ASSERT_EQ(program.variable_count, 2);
  const nncc_variable &kernel = program.variables[0];
  EXPECT_STREQ(kernel.path, "conv2d/kernel");
  EXPECT_EQ(kernel.rank, 4);
  EXPECT_EQ(kernel.extents[3], 32);
  EXPECT_EQ(kernel.elements, 288);
  EXPECT_EQ(kernel.offset, 64);
  EXPECT_EQ(kernel.trainable, 1);
  expectCall(kernel.initializer, "GlorotUniform");
  EXPECT_EQ(kernel.fan_in, 9);
  EXPECT_EQ(kernel.fan_out, 288);
  EXPECT_EQ(kernel.stream, 0x8000000000000001u);
  EXPECT_EQ(program.variables[1].extents[7], 8);
  EXPECT_EQ(program.variables[1].trainable, 0);
  EXPECT_EQ(program.variables[1].initializer.arguments, nullptr);

  EXPECT_EQ(program.parameter_floats, 4096);
  EXPECT_EQ(program.trainable_floats, 1024);
  EXPECT_EQ(program.optimizer_slots, 2);
  EXPECT_EQ(program.optimizer_slot_initial[0], 0.5);
  EXPECT_EQ(program.optimizer_slot_initial[3], 3.5);

  const nncc_training &training = program.training;
  EXPECT_EQ(training.present, 1);
  expectCall(training.optimizer, "Adam");
  EXPECT_EQ(training.schedule.name, nullptr);
  expectCall(training.loss, "MeanSquaredError");
  ASSERT_EQ(training.metric_count, 2);
  expectCall(training.metrics[1], "AUC");
  ASSERT_EQ(training.callback_count, 1);
  expectCall(training.callbacks[0], "TerminateOnNaN");
  ASSERT_EQ(training.augment_count, 2);
  expectCall(training.augment[1], "RandomZoom");
  EXPECT_STREQ(training.data, "synthetic:shapes");
  EXPECT_EQ(training.validation_data, nullptr);
  EXPECT_EQ(training.validation_split, 0.2);
  EXPECT_EQ(training.batch_size, 32);
  EXPECT_EQ(training.epochs, 7);
  EXPECT_EQ(training.seed, 0xffffffffffffffffu);
  EXPECT_EQ(training.shuffle, 1);

  ASSERT_NE(program.entries[NNCC_ENTRY_PREDICT], nullptr);
  EXPECT_EQ(program.entries[NNCC_ENTRY_EVALUATE], nullptr);
  EXPECT_EQ(program.entries[NNCC_ENTRY_TRAIN_STEP], nullptr);
  EXPECT_EQ(program.entries[NNCC_ENTRY_GRADIENTS_TRAINING], nullptr);
  EXPECT_EQ(program.entries[NNCC_ENTRY_PREDICT]->step_count, 2);
  EXPECT_EQ(program.entries[NNCC_ENTRY_PREDICT]->input_gradients, nullptr);
  const nncc_entry &entry = *program.entries[NNCC_ENTRY_GRADIENTS];
  ASSERT_EQ(entry.step_count, 1);
  EXPECT_STREQ(entry.steps[0].layer, "conv2d");
  EXPECT_STREQ(entry.steps[0].what, "conv forward");
  EXPECT_EQ(reinterpret_cast<void *>(entry.steps[0].kernel), llvm::cantFail((*jit)->lookup("k1")));
  expectAffine(entry.steps[0].units, 1, 2);
  expectAffine(entry.steps[0].flops, 3, 4);
  expectAffine(entry.steps[0].bytes, 5, 6);
  expectAffine(entry.arena_bytes, 7, 8);
  EXPECT_EQ(entry.worker_bytes, 9);
  expectRegion(entry.inputs[0], 10);
  expectRegion(entry.inputs[1], 14);
  expectRegion(entry.output, 18);
  expectRegion(entry.target, 22);
  expectRegion(entry.loss, 26);
  expectRegion(entry.output_gradient, 30);
  expectRegion(entry.input_gradients[0], 34);
  EXPECT_EQ(entry.forward_steps, 38);
  ASSERT_EQ(entry.watch_count, 1);
  EXPECT_STREQ(entry.watches[0].layer, "conv2d");
  EXPECT_EQ(entry.watches[0].step, 39);
  EXPECT_EQ(entry.watches[0].is_gradient, 1);
  expectRegion(entry.watches[0].region, 40);
  EXPECT_EQ(entry.watches[0].width, 44);
  EXPECT_EQ(entry.watches[0].distance, 45);

  ASSERT_EQ(program.layer_count, 2);
  EXPECT_STREQ(program.layers[0].name, "conv2d");
  EXPECT_STREQ(program.layers[1].class_name, "Flatten");
  EXPECT_EQ(program.layers[0].rank, 3);
  EXPECT_EQ(program.layers[0].extents[2], 32);
  EXPECT_EQ(program.layers[0].parameters, 320);
  EXPECT_EQ(program.layers[0].flops, 400000);
  ASSERT_EQ(program.drawing_bytes, 3);
  EXPECT_EQ(program.drawing[2], 255);
  EXPECT_EQ(program.drawing_length, 77);
  ASSERT_NE(program.embedded, nullptr);
  EXPECT_EQ(program.embedded->storage, NNCC_STORAGE_BF16);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(program.embedded->values) % NNCC_ALIGNMENT, 0u);
  EXPECT_EQ(static_cast<const char *>(program.embedded->values)[8191], 5);
  ASSERT_EQ(program.embedded->class_count, 2);
  EXPECT_STREQ(program.embedded->classes[1], "dog");
  EXPECT_EQ(program.info, nullptr);
}

TEST(ProgramTable, LayoutIsThatOfTheHeader) {
  llvm::LLVMContext context;
  llvm::Module module("layout", context);
  // x86-64 and AArch64 agree on everything that the table has.
  module.setDataLayout("e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128");
  auto table = emitProgramTable(module, fullProgram(), "other_table");
  ASSERT_TRUE(!!table) << textOf(table.takeError());
  EXPECT_EQ((*table)->getName(), "other_table");
  auto *type = llvm::cast<llvm::StructType>((*table)->getValueType());
  const llvm::StructLayout *layout = module.getDataLayout().getStructLayout(type);
  EXPECT_EQ(layout->getSizeInBytes(), sizeof(nncc_program));
  size_t offsets[] = {offsetof(nncc_program, abi_version), offsetof(nncc_program, reserved),
                      offsetof(nncc_program, name), offsetof(nncc_program, compiler),
                      offsetof(nncc_program, cpu), offsetof(nncc_program, cpu_features),
                      offsetof(nncc_program, summary), offsetof(nncc_program, model_hash),
                      offsetof(nncc_program, input_count), offsetof(nncc_program, inputs),
                      offsetof(nncc_program, output), offsetof(nncc_program, target),
                      offsetof(nncc_program, variable_count), offsetof(nncc_program, variables),
                      offsetof(nncc_program, parameter_floats), offsetof(nncc_program, trainable_floats),
                      offsetof(nncc_program, optimizer_slots), offsetof(nncc_program, optimizer_slot_initial),
                      offsetof(nncc_program, training), offsetof(nncc_program, entries),
                      offsetof(nncc_program, layer_count), offsetof(nncc_program, layers),
                      offsetof(nncc_program, drawing), offsetof(nncc_program, drawing_bytes),
                      offsetof(nncc_program, drawing_length), offsetof(nncc_program, embedded),
                      offsetof(nncc_program, info)};
  ASSERT_EQ(type->getNumElements(), std::size(offsets));
  for (unsigned i = 0; i < std::size(offsets); ++i)
    EXPECT_EQ(layout->getElementOffset(i).getFixedValue(), offsets[i]) << "field " << i;
  auto sizeOf = [&](unsigned field) { return module.getDataLayout().getTypeAllocSize(type->getElementType(field)).getFixedValue(); };
  EXPECT_EQ(sizeOf(10), sizeof(nncc_tensor));
  EXPECT_EQ(sizeOf(18), sizeof(nncc_training));
}

TEST(ProgramTable, TooManyAxes) {
  Program program = programOf({});
  program.output = {"long", std::vector<int64_t>(9, 1)};
  llvm::LLVMContext context;
  llvm::Module module("axes", context);
  auto table = emitProgramTable(module, program);
  ASSERT_FALSE(!!table);
  EXPECT_EQ(textOf(table.takeError()), "'long' has 9 axes; a program's tensors have at most 8");
}

} // namespace
