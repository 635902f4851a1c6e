// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a library has beside its programs: names, the header's text, its functions, its info. test/Library/ uses whole
// libraries.

#include "TestKernels.h"
#include "nncc/Codegen/Jit.h"
#include "nncc/Codegen/LibraryModule.h"
#include "nncc/Codegen/LibraryNames.h"
#include "nncc/Codegen/LibraryText.h"
#include "nncc/Runtime/Core/Model.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/TargetSelect.h"
#include "gmock/gmock.h"

using namespace nncc::codegen;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

Program libraryProgram() {
  Program program = programOf({});
  program.name = "BrainTumor";
  program.cpu = "x86-64-v3";
  program.cpuFeatures = "avx2,fma";
  program.summary = "Model: \"BrainTumor\"\n____\n";
  program.inputs = {{"image", {28, 30, 1}}};
  program.output = {"output", {10}};
  program.target = {"target", {}};
  Variable kernel;
  kernel.path = "conv2d/kernel";
  kernel.extents = {3, 3, 1, 32};
  Variable mean;
  mean.path = "bn/moving_mean";
  mean.extents = {7};
  mean.trainable = false;
  program.variables = {kernel, mean};
  program.parameterFloats = 304;
  program.trainableFloats = 288;
  program.optimizerSlots = 2;
  program.training.present = true;
  program.training.loss.name = "SparseCategoricalCrossentropy";
  program.training.optimizer.name = "Adam";
  for (int kind = 0; kind < NNCC_ENTRY_COUNT; ++kind) {
    Entry entry;
    entry.arenaBytes = {64 * (kind + 1), 128 * (kind + 1)};
    entry.workerBytes = 192 * (kind + 1);
    program.entries[kind] = entry;
  }
  return program;
}

void removeTraining(Program &program) {
  for (int kind = NNCC_ENTRY_EVALUATE; kind < NNCC_ENTRY_COUNT; ++kind)
    program.entries[kind].reset();
}

std::string headerOf(const Program &program) { return libraryHeader({&program}); }

std::string prefixOf(llvm::StringRef name) { return LibraryNames::of(name).prefix; }

TEST(LibraryNames, SnakeCaseThatIsAnIdentifier) {
  EXPECT_EQ(prefixOf("BrainTumor"), "brain_tumor");
  EXPECT_EQ(LibraryNames::of("BrainTumor").macro, "BRAIN_TUMOR");
  EXPECT_EQ(LibraryNames::of("BrainTumor").fileBase, "brain_tumor");
  EXPECT_EQ(LibraryNames::of("BrainTumor").cppClass, "BrainTumor");
  EXPECT_EQ(LibraryNames::of("info").cppClass, "Info");
  EXPECT_EQ(LibraryNames::of("3D").cppClass, "Model_3D");
  EXPECT_EQ(prefixOf("UNet"), "u_net");
  EXPECT_EQ(prefixOf("model-1 x"), "model_1_x");
  EXPECT_EQ(prefixOf("3D"), "model_3d");
  EXPECT_EQ(prefixOf("_Net"), "private__net");
  EXPECT_EQ(prefixOf(""), "model");
}

TEST(LibraryNames, KeywordsAndTheCLibraryAreLeftAlone) {
  for (const char *taken : {"Float", "class", "Log", "index", "Main", "Std", "Concept", "Signal", "Remainder", "Unix"})
    EXPECT_EQ(prefixOf(taken), llvm::StringRef(taken).lower() + "_model");
}

TEST(LibraryNames, InputsAreParameters) {
  EXPECT_THAT(inputParameters({{"image", {1}}}), ElementsAre("input"));
  EXPECT_THAT(inputParameters({{"left", {1}}, {"int", {1}}, {"labels", {1}}, {"Left", {1}}, {"output", {1}}}),
              ElementsAre("left", "int_input", "labels_input", "Left_input", "output_input"));
}

TEST(LibraryHeader, SizesAndShapes) {
  std::string header = headerOf(libraryProgram());
  EXPECT_THAT(header, HasSubstr("#define BRAIN_TUMOR_ABI_VERSION 1\n"));
  EXPECT_THAT(header, HasSubstr("#define BRAIN_TUMOR_INPUT_ELEMENTS 840 /* [28][30][1] */\n"));
  EXPECT_THAT(header, HasSubstr("#define BRAIN_TUMOR_OUTPUT_ELEMENTS 10 /* [10] */\n"));
  EXPECT_THAT(header, HasSubstr("#define BRAIN_TUMOR_LABEL_ELEMENTS 1 /* one number */\n"));
  EXPECT_THAT(header, HasSubstr("#define BRAIN_TUMOR_PARAMETERS 295\n"));
  EXPECT_THAT(header, HasSubstr(" *   labels: [batch], class numbers from 0 to 9\n"));
  EXPECT_THAT(header,
              HasSubstr("brain_tumor_predict(brain_tumor *model, const float *input, size_t batch, float *output);"));
}

TEST(LibraryHeader, ArenaIsThatOfTheLargestProgram) {
  Program program = libraryProgram(), small = program;
  removeTraining(small);
  small.entries[NNCC_ENTRY_PREDICT]->arenaBytes = {8000, 10};
  // 2048, parameters, gradients, two slots, the last entry's arena with one thread's scratch.
  const int64_t parameters = 1216, gradients = 1152, slots = 2304, scratch = 64 * 5 + 192 * 5;
  const int64_t fixed = 2048 + parameters + gradients + slots + scratch;
  auto macro = [](int64_t fixed, int64_t perSample) {
    return "((size_t)" + std::to_string(fixed) + " + (size_t)" + std::to_string(perSample) + " * (size_t)(batch))\n";
  };
  EXPECT_THAT(headerOf(program), HasSubstr(macro(fixed, 640)));
  EXPECT_THAT(headerOf(small), HasSubstr(macro(2048 + parameters + 8192, 10)));
  EXPECT_THAT(libraryHeader({&program, &small}), HasSubstr(macro(2048 + parameters + 8192, 640)));
  small.variables[0].initializer.name = "Orthogonal";
  small.variables[0].extents = {3000};
  EXPECT_THAT(headerOf(small), HasSubstr(macro(2048 + parameters + 24000, 10)));
}

/// The numbers of `((size_t)A + (size_t)B * (size_t)(batch))`.
std::pair<size_t, size_t> arenaMacro(const std::string &header) {
  std::pair<size_t, size_t> numbers;
  size_t at = header.find("_ARENA_BYTES(batch) ");
  EXPECT_EQ(std::sscanf(header.c_str() + at, "_ARENA_BYTES(batch) ((size_t)%zu + (size_t)%zu *", &numbers.first,
                        &numbers.second),
            2);
  return numbers;
}

TEST(LibraryHeader, ArenaIsWhatTheRuntimeAsksFor) {
  Program trains = libraryProgram(), predicts = trains, orthogonal = trains;
  removeTraining(predicts);
  predicts.entries[NNCC_ENTRY_PREDICT]->arenaBytes = {100000, 7};
  orthogonal.variables[0].initializer.name = "Orthogonal";
  orthogonal.variables[0].extents = {5000};
  orthogonal.variables[0].trainable = false;
  orthogonal.parameterFloats = 6000;
  std::vector<std::unique_ptr<JitProgram>> compiled;
  std::vector<const nncc_program *> tables;
  std::vector<const Program *> programs = {&trains, &predicts, &orthogonal};
  auto expectEqual = [](llvm::ArrayRef<const Program *> programs, llvm::ArrayRef<const nncc_program *> tables) {
    nncc_programs list{static_cast<int64_t>(tables.size()), tables.data()};
    auto [fixed, perSample] = arenaMacro(libraryHeader(programs));
    for (size_t batch : {0, 1, 7, 1000})
      EXPECT_EQ(fixed + perSample * batch, nncc_model_arena_bytes(&list, batch));
  };
  for (const Program *program : programs) {
    TestModule module("module {}");
    compiled.push_back(llvm::cantFail(JitProgram::create(*module, *program)));
    tables.push_back(compiled.back()->program());
    expectEqual({program}, {tables.back()});
  }
  expectEqual(programs, tables);
}

TEST(LibraryHeader, SeveralInputs) {
  Program program = libraryProgram();
  program.inputs = {{"image", {4, 4}}, {"double", {5}}};
  std::string header = headerOf(program);
  EXPECT_THAT(header, HasSubstr("#define BRAIN_TUMOR_INPUT_IMAGE_ELEMENTS 16"));
  EXPECT_THAT(header, HasSubstr("#define BRAIN_TUMOR_INPUT_DOUBLE_INPUT_ELEMENTS 5"));
  EXPECT_THAT(header, HasSubstr("const float *image, const float *double_input, size_t batch, float *output);"));
  EXPECT_THAT(header, HasSubstr("float *output, float *image_gradient, float *double_input_gradient);"));
}

TEST(LibraryHeader, WithoutTrainingThereIsNoneOfIt) {
  Program program = libraryProgram();
  removeTraining(program);
  std::string text = headerOf(program) + libraryCppHeader(program) + pythonPackage(program, "libbrain_tumor.so").init;
  for (const char *part : {"brain_tumor_train_step(", "brain_tumor_evaluate(", "brain_tumor_gradients(",
                           "learning_rate(", "save_state(", "LABEL_ELEMENTS", "_labels("})
    EXPECT_THAT(text, Not(HasSubstr(part)));
  EXPECT_THAT(libraryExports(program), Not(testing::Contains("brain_tumor_train_step")));
}

TEST(LibraryHeader, NamesOfTheUserEndNoComment) {
  Program program = libraryProgram();
  program.summary = "a */ b /* c ?\?/ \"\"\" \\ \x1b \u00fc \xff\n\n";
  EXPECT_THAT(headerOf(program), HasSubstr(" * a * / b / * c ? ?/ \" \" \" / ? ? ?\n */"));
  EXPECT_THAT(pythonPackage(program, "").init, HasSubstr("a * / b / * c ? ?/ \" \" \" / ? ? ?\n"));
}

TEST(LibraryModule, DefinesWhatTheHeaderDeclares) {
  Program program = libraryProgram();
  llvm::LLVMContext context;
  auto target = llvm::cantFail(Target::resolve({"x86_64-linux-gnu", "x86-64-v4", "", 3}));
  for (bool trains : {true, false}) {
    if (!trains)
      removeTraining(program);
    std::string header = headerOf(program);
    auto module = llvm::cantFail(buildLibraryModule(context, program, target));
    EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
    std::vector<std::string> defined, exports = libraryExports(program);
    for (llvm::Function &function : *module) {
      if (function.isDeclaration()) {
        EXPECT_TRUE(function.hasHiddenVisibility());
        continue;
      }
      defined.push_back(function.getName().str());
      EXPECT_EQ(function.getFnAttribute("target-cpu").getValueAsString(), "x86-64");
      EXPECT_EQ(function.getFnAttribute("target-features").getValueAsString(), "");
      EXPECT_THAT(header, HasSubstr(defined.back() + "("));
    }
    EXPECT_EQ(defined, exports);
    EXPECT_EQ(exports.size(), trains ? 20u : 13u);
  }
}

TEST(LibraryModule, PassesInputsAsAnArray) {
  Program program = libraryProgram();
  program.inputs = {{"a", {1}}, {"b", {1}}};
  llvm::LLVMContext context;
  auto module = llvm::cantFail(buildLibraryModule(context, program, llvm::cantFail(Target::resolve({}))));
  std::string text;
  llvm::raw_string_ostream(text) << *module->getFunction("brain_tumor_gradients");
  EXPECT_THAT(text,
              HasSubstr("@brain_tumor_gradients(ptr %0, ptr %1, ptr %2, ptr %3, i64 %4, ptr %5, ptr %6, ptr %7)"));
  EXPECT_THAT(text, HasSubstr("store ptr %2, ptr "));
  EXPECT_THAT(text, HasSubstr("call i32 @nncc_model_gradients(ptr %0, ptr %"));
}

TEST(LibraryModule, SizesOfOtherMachines) {
  llvm::LLVMContext context;
  Program program = libraryProgram();
  auto module = llvm::cantFail(
      buildLibraryModule(context, program, llvm::cantFail(Target::resolve({"aarch64-linux-gnu", "", "", 3}))));
  EXPECT_EQ(module->getFunction("brain_tumor_create")->getFnAttribute("target-cpu").getValueAsString(), "generic");
}

/// The info of a program, compiled into this process.
struct CompiledInfo {
  explicit CompiledInfo(const Program &program) {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
    auto context = std::make_unique<llvm::LLVMContext>();
    auto module = std::make_unique<llvm::Module>("info", *context);
    module->setDataLayout(jit->getDataLayout());
    auto *constant = llvm::cast<llvm::GlobalVariable>(emitLibraryInfo(*module, program));
    constant->setLinkage(llvm::GlobalValue::ExternalLinkage);
    constant->setName("info");
    llvm::cantFail(jit->addIRModule({std::move(module), std::move(context)}));
    info = llvm::cantFail(jit->lookup("info")).toPtr<const nncc_info *>();
  }
  std::unique_ptr<llvm::orc::LLJIT> jit;
  const nncc_info *info;
};

TEST(LibraryInfo, ReadBackThroughTheHeader) {
  Program program = libraryProgram();
  Embedded embedded;
  embedded.storage = NNCC_STORAGE_BF16;
  embedded.classes = {"cat", "dog"};
  program.embedded = std::make_shared<const Embedded>(embedded);
  CompiledInfo compiled(program);
  const nncc_info &info = *compiled.info;
  EXPECT_EQ(info.abi_version, uint32_t(NNCC_LIBRARY_VERSION));
  EXPECT_STREQ(info.name, "BrainTumor");
  EXPECT_STREQ(info.compiler, "nncc test");
  EXPECT_STREQ(info.cpu, "x86-64-v3");
  EXPECT_STREQ(info.cpu_features, "avx2,fma");
  ASSERT_EQ(info.input_count, 1u);
  EXPECT_STREQ(info.inputs[0].name, "image");
  ASSERT_EQ(info.inputs[0].rank, 3u);
  EXPECT_EQ(info.inputs[0].extents[1], 30u);
  EXPECT_EQ(info.inputs[0].elements, 840u);
  EXPECT_STREQ(info.output.name, "output");
  EXPECT_EQ(info.output.elements, 10u);
  EXPECT_STREQ(info.labels.name, "labels");
  EXPECT_EQ(info.labels.rank, 0u);
  EXPECT_EQ(info.labels.elements, 1u);
  ASSERT_EQ(info.parameter_count, 2u);
  EXPECT_STREQ(info.parameters[1].path, "bn/moving_mean");
  EXPECT_EQ(info.parameters[0].rank, 4u);
  EXPECT_EQ(info.parameters[0].extents[3], 32u);
  EXPECT_EQ(info.parameters[0].elements, 288u);
  EXPECT_EQ(info.parameters[0].trainable, 1);
  EXPECT_EQ(info.parameters[1].trainable, 0);
  EXPECT_EQ(info.parameter_elements, 295u);
  EXPECT_EQ(info.trainable_elements, 288u);
  EXPECT_EQ(info.parameter_bytes, 304u * 4);
  EXPECT_EQ(info.optimizer_bytes, 3u * 288 * 4);
  EXPECT_EQ(info.predict.fixed, 64u);
  EXPECT_EQ(info.evaluate.per_sample, 256u);
  EXPECT_EQ(info.train_step.per_thread, 3u * 192);
  EXPECT_EQ(info.gradients.fixed, 4u * 64);
  ASSERT_EQ(info.class_count, 2u);
  EXPECT_STREQ(info.classes[1], "dog");
  EXPECT_STREQ(info.embedded_weights, "bf16");
}

TEST(LibraryInfo, OfAModelThatOnlyPredicts) {
  Program program = libraryProgram();
  removeTraining(program);
  CompiledInfo compiled(program);
  const nncc_info &info = *compiled.info;
  EXPECT_EQ(info.labels.name, nullptr);
  EXPECT_EQ(info.optimizer_bytes, 0u);
  EXPECT_EQ(info.train_step.fixed + info.gradients.fixed + info.evaluate.fixed, 0u);
  EXPECT_EQ(info.class_count, 0u);
  EXPECT_EQ(info.classes, nullptr);
  EXPECT_EQ(info.embedded_weights, nullptr);
}

} // namespace
