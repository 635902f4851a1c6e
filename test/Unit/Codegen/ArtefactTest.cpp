// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What goes into an artefact besides kernels: object files of several CPUs, the note, weights.

#include "TestKernels.h"

#include "nncc/Codegen/CompileObjects.h"
#include "nncc/Codegen/Note.h"
#include "nncc/Codegen/StoreWeights.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/JSON.h"

using namespace nncc::codegen;

namespace {

std::vector<std::string> namesOf(llvm::Expected<std::vector<Target>> targets) {
  if (!targets)
    return {textOf(targets.takeError())};
  std::vector<std::string> names;
  for (const Target &target : *targets)
    names.push_back(target.cpu());
  return names;
}

std::vector<Target> targetsOf(const std::string &cpus) { return llvm::cantFail(Target::resolveList({"x86_64-linux-gnu", cpus})); }

TEST(TargetList, MostDemandingFirstWhateverTheOrder) {
  const std::vector<std::string> sorted{"x86-64-v4", "x86-64-v3", "x86-64-v2", "x86-64"};
  EXPECT_EQ(namesOf(targetsOf("x86-64-v2,x86-64,x86-64-v4,x86-64-v3")), sorted);
  EXPECT_EQ(namesOf(targetsOf("x86-64,x86-64-v2,x86-64-v3,x86-64-v4")), sorted);
  // Names are those of the list, where both are of the level x86-64-v4.
  EXPECT_EQ(namesOf(targetsOf("x86-64-v4,znver4")), (std::vector<std::string>{"znver4", "x86-64-v4"}));
}

TEST(TargetList, Refused) {
  auto error = [](const std::string &cpus, const std::string &triple = "x86_64-linux-gnu") {
    return namesOf(Target::resolveList({triple, cpus})).front();
  };
  EXPECT_EQ(error("x86-64-v3,x86-64-v2,x86-64-v3"), "-mcpu=x86-64-v3,x86-64-v2,x86-64-v3: 'x86-64-v3' is there twice");
  EXPECT_TRUE(contains(error("x86-64-v3,haswell"), "'haswell' and 'x86-64-v3' have the same features"));
  EXPECT_TRUE(contains(error("x86-64-v3,,x86-64"), "a name is empty"));
  EXPECT_TRUE(contains(error("x86-64-v3,zenver4"), "no CPU 'zenver4'"));
  EXPECT_TRUE(contains(error("cortex-a72,cortex-a53", "aarch64-linux-gnu"), "on x86-64 only"));
}

/// The objects of a model of one kernel.
std::vector<std::unique_ptr<llvm::MemoryBuffer>> objectsOf(const std::string &cpus, Program program = programOf({"k"})) {
  ObjectCompiler compiler("test");
  for (const Target &target : targetsOf(cpus)) {
    TestModule module("module {" + addKernel("k") + "}");
    Program one = program;
    one.cpu = target.cpu();
    llvm::cantFail(compiler.add(*module, one, target));
  }
  return llvm::cantFail(compiler.finish(Front::None, {"obj", "x86_64-linux-gnu", {"-O3"}}));
}

/// Names of what the objects define, hidden ones with "hidden " before.
std::vector<std::string> symbolsOf(const std::vector<std::unique_ptr<llvm::MemoryBuffer>> &objects) {
  std::vector<std::string> names;
  for (const auto &object : objects) {
    auto file = llvm::cantFail(llvm::object::ObjectFile::createObjectFile(*object));
    for (const llvm::object::SymbolRef &symbol : file->symbols()) {
      uint32_t flags = llvm::cantFail(symbol.getFlags());
      if ((flags & llvm::object::SymbolRef::SF_Global) && !(flags & llvm::object::SymbolRef::SF_Undefined))
        names.push_back((flags & llvm::object::SymbolRef::SF_Hidden ? "hidden " : "") + llvm::cantFail(symbol.getName()).str());
    }
  }
  llvm::sort(names);
  return names;
}

TEST(ObjectCompiler, OneCpu) {
  EXPECT_EQ(symbolsOf(objectsOf("x86-64-v3")),
            (std::vector<std::string>{"hidden test.x86-64-v3.k", "nncc_program_table", "nncc_programs_table"}));
}

TEST(ObjectCompiler, SeveralCpus) {
  EXPECT_EQ(symbolsOf(objectsOf("x86-64-v2,x86-64-v3")),
            (std::vector<std::string>{"hidden test.x86-64-v2.k", "hidden test.x86-64-v3.k", "nncc_program_table.x86-64-v2",
                                      "nncc_program_table.x86-64-v3", "nncc_programs_table"}));
}

TEST(ObjectCompiler, WeightsAreThereOnce) {
  Program program = programOf({"k"});
  Embedded embedded;
  embedded.values.assign(100000, 3);
  program.parameterFloats = 25000;
  program.embedded = std::make_shared<Embedded>(embedded);
  size_t bytes = 0;
  for (const auto &object : objectsOf("x86-64-v2,x86-64-v3,x86-64-v4", program))
    bytes += object->getBufferSize();
  EXPECT_GT(bytes, 100000u);
  EXPECT_LT(bytes, 150000u);
}

TEST(ObjectCompiler, AMissingKernelIsABug) {
  ObjectCompiler compiler("test");
  TestModule module("module {" + addKernel("other") + "}");
  EXPECT_TRUE(contains(textOf(compiler.add(*module, programOf({"k"}), targetsOf("x86-64").front())), "names the kernel 'k'"));
}

std::string sectionOf(const llvm::MemoryBuffer &object) {
  auto file = llvm::cantFail(llvm::object::ObjectFile::createObjectFile(object));
  for (const llvm::object::SectionRef &section : file->sections())
    if (llvm::cantFail(section.getName()) == kNoteSection)
      return llvm::cantFail(section.getContents()).str();
  return "";
}

TEST(Note, IsInTheObjectWithTheTables) {
  std::string section = sectionOf(*objectsOf("x86-64-v2,x86-64-v3").back());
  auto notes = llvm::cantFail(readNotes(section));
  ASSERT_EQ(notes.size(), 1u);
  llvm::json::Value note = llvm::cantFail(llvm::json::parse(notes.front()));
  const llvm::json::Object &object = *note.getAsObject();
  EXPECT_EQ(object.getString("model"), "Test");
  EXPECT_EQ(object.getString("kind"), "obj");
  EXPECT_EQ(object.getInteger("format"), kNoteFormat);
  const llvm::json::Object &first = *object.getArray("cpus")->front().getAsObject();
  EXPECT_EQ(first.getString("cpu"), "x86-64-v3");
  EXPECT_EQ(first.getObject("entries")->getObject("predict")->getInteger("fixed"), 3136);
}

TEST(Note, SeveralModelsAndDamage) {
  std::string section = sectionOf(*objectsOf("x86-64").back());
  const std::string two = section + std::string(16, '\0') + section; // as linkers put sections together
  EXPECT_EQ(llvm::cantFail(readNotes(two)).size(), 2u);
  EXPECT_TRUE(llvm::cantFail(readNotes("")).empty());
  for (size_t size = 1; size < section.size(); ++size) { // cut anywhere
    auto notes = readNotes(llvm::StringRef(section).take_front(size));
    if (!notes)
      EXPECT_TRUE(contains(textOf(notes.takeError()), "section .nncc is damaged"));
  }
  section[9] = '\x7f';
  EXPECT_TRUE(contains(textOf(readNotes(section).takeError()), "in the "));
}

uint16_t reference(float value, const llvm::fltSemantics &semantics) {
  llvm::APFloat number(value);
  bool lost;
  number.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lost);
  return static_cast<uint16_t>(number.bitcastToAPInt().getZExtValue());
}

TEST(StoreWeights, RoundsToNearestEven) {
  // Around each exponent: all places where a bit or a tie decides, with both signs.
  for (uint32_t exponent = 0; exponent < 255; ++exponent)
    for (uint32_t high : {0u, 1u, 2u, 0x3ffu, 0x3feu})
      for (uint32_t low : {0u, 1u, 0xfffu, 0x1000u, 0x1001u, 0x1fffu})
        for (uint32_t sign : {0u, 1u}) {
          const float value = llvm::bit_cast<float>(sign << 31 | exponent << 23 | high << 13 | low);
          EXPECT_EQ(toFloat16(value), reference(value, llvm::APFloat::IEEEhalf())) << value;
          EXPECT_EQ(toBfloat16(value), reference(value, llvm::APFloat::BFloat())) << value;
          const float shifted = llvm::bit_cast<float>(sign << 31 | exponent << 23 | (high << 13 | low) << 3 >> 0);
          EXPECT_EQ(toBfloat16(shifted), reference(shifted, llvm::APFloat::BFloat())) << shifted;
        }
  for (uint32_t bits : {0x7f800000u, 0xff800000u}) { // infinities
    EXPECT_EQ(toFloat16(llvm::bit_cast<float>(bits)), (bits >> 16 & 0x8000) | 0x7c00);
    EXPECT_EQ(toBfloat16(llvm::bit_cast<float>(bits)), bits >> 16);
  }
  for (uint32_t bits : {0x7fc00000u, 0x7f800001u, 0xffffffffu}) { // NaNs
    EXPECT_GT(toFloat16(llvm::bit_cast<float>(bits)) & 0x7fff, 0x7c00);
    EXPECT_GT(toBfloat16(llvm::bit_cast<float>(bits)) & 0x7fff, 0x7f80);
  }
}

TEST(StoreWeights, WhatDoesNotFitIsNamed) {
  Program program;
  program.variables = {{"dense/kernel", {2}, 0}, {"dense/bias", {1}, 16}};
  std::vector<float> values(32, 0);
  values[0] = INFINITY; // of the file: stays
  values[16] = 65519;   // the largest that rounds down
  auto bytes = [&](nncc_storage storage) { return storeWeights(values, program, storage); };
  EXPECT_EQ(llvm::cantFail(bytes(NNCC_STORAGE_F32)).size(), 128u);
  EXPECT_EQ(llvm::cantFail(bytes(NNCC_STORAGE_F16)).size(), 64u);
  values[16] = -65520;
  EXPECT_EQ(textOf(bytes(NNCC_STORAGE_F16).takeError()),
            "'dense/bias' holds -65520, which f16 cannot: its largest number is 65504; try --precision=bf16");
  llvm::cantFail(bytes(NNCC_STORAGE_BF16));
  values[1] = 3.4e38f;
  EXPECT_TRUE(contains(textOf(bytes(NNCC_STORAGE_BF16).takeError()), "'dense/kernel' holds 3.4e+38, which bf16 cannot"));
  values[1] = 0, values[20] = 1e30f; // padding
  values[16] = 1;
  EXPECT_EQ(llvm::cantFail(bytes(NNCC_STORAGE_F16))[40], 0);
}

} // namespace
