// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Codegen/Note.h"

#include "nncc/Codegen/StoreWeights.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace nncc::codegen {

static constexpr StringLiteral kMagic = "nnccnote";
static constexpr size_t kHeaderBytes = 16;

static void printTensor(const Tensor &tensor, json::OStream &json) {
  json.object([&] {
    json.attribute("name", tensor.name);
    json.attributeArray("shape", [&] {
      for (int64_t extent : tensor.extents)
        json.value(extent);
    });
  });
}

/// Bytes beside the parameters: fixed + per_sample * batch + per_thread * threads.
static void printMemory(const Program &program, json::OStream &json) {
  static constexpr StringLiteral names[NNCC_ENTRY_COUNT] = {"predict", "evaluate", "train_step", "gradients", "gradients_training"};
  json.attributeObject("entries", [&] {
    for (int kind = 0; kind < NNCC_ENTRY_COUNT; ++kind)
      if (const std::optional<Entry> &entry = program.entries[kind])
        json.attributeObject(names[kind], [&] {
          json.attribute("fixed", entry->arenaBytes.fixed);
          json.attribute("per_sample", entry->arenaBytes.perSample);
          json.attribute("per_thread", entry->workerBytes);
        });
  });
}

static void printParameters(const Program &program, json::OStream &json) {
  int64_t elements = 0, trainable = 0;
  for (const Variable &variable : program.variables) {
    elements += variable.elements();
    trainable += variable.trainable ? variable.elements() : 0;
  }
  bool trains = program.entries[NNCC_ENTRY_TRAIN_STEP].has_value();
  json.attributeObject("parameters", [&] {
    json.attribute("variables", static_cast<int64_t>(program.variables.size()));
    json.attribute("elements", elements);
    json.attribute("trainable", trainable);
    json.attribute("bytes", program.parameterFloats * 4);
    json.attribute("training_bytes", trains ? program.trainableFloats * 4 * (1 + program.optimizerSlots) : 0);
  });
}

static void printEmbedded(const Program &program, json::OStream &json) {
  if (!program.embedded)
    return json.attribute("embedded", nullptr);
  json.attributeObject("embedded", [&] {
    json.attribute("storage", storageName(program.embedded->storage));
    json.attribute("bytes", static_cast<int64_t>(program.embedded->values.size()));
    json.attribute("classes", static_cast<int64_t>(program.embedded->classes.size()));
  });
}

std::string describeArtefact(const ArtefactFacts &facts, ArrayRef<Program> programs) {
  const Program &program = programs.front();
  std::string text;
  raw_string_ostream stream(text);
  json::OStream json(stream);
  json.object([&] {
    json.attribute("format", kNoteFormat);
    json.attribute("kind", facts.kind);
    json.attribute("model", program.name);
    json.attribute("model_hash", utohexstr(program.modelHash, /*LowerCase=*/true, 16));
    json.attribute("compiler", program.compiler);
    json.attributeArray("options", [&] {
      for (const std::string &option : facts.options)
        json.value(json::fixUTF8(option));
    });
    json.attribute("abi_version", NNCC_ABI_VERSION);
    json.attribute("library_version", NNCC_LIBRARY_VERSION);
    json.attribute("target", facts.triple);
    json.attributeArray("inputs", [&] {
      for (const Tensor &input : program.inputs)
        printTensor(input, json);
    });
    json.attributeBegin("output");
    printTensor(program.output, json);
    json.attributeEnd();
    printParameters(program, json);
    json.attribute("optimizer", program.training.present ? json::Value(program.training.optimizer.name) : json::Value(nullptr));
    json.attribute("trains", program.entries[NNCC_ENTRY_TRAIN_STEP].has_value());
    printEmbedded(program, json);
    json.attributeArray("cpus", [&] {
      for (const Program &variant : programs)
        json.object([&] {
          json.attribute("cpu", variant.cpu);
          json.attribute("features", variant.cpuFeatures);
          printMemory(variant, json);
        });
    });
  });
  return text;
}

void emitNote(llvm::Module &module, StringRef text) {
  std::string record(kMagic);
  char numbers[8] = {};
  support::endian::write32le(numbers, text.size());
  record.append(numbers, sizeof numbers);
  record += text;
  record.resize(alignTo(record.size(), 8));
  Constant *value = ConstantDataArray::getString(module.getContext(), record, /*AddNull=*/false);
  auto *note = new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::InternalLinkage, value, "nncc.note");
  note->setSection(kNoteSection);
  note->setAlignment(Align(8));
  appendToUsed(module, note); // kept by linkers that leave out what nobody refers to
}

Expected<std::vector<StringRef>> readNotes(StringRef section) {
  std::vector<StringRef> texts;
  while (true) {
    section = section.drop_while([](char c) { return c == 0; }); // what linkers put between records
    if (section.empty())
      return texts;
    if (section.size() < kHeaderBytes || !section.starts_with(kMagic))
      return createStringError("its section " + kNoteSection + " is damaged: expected a record that begins with '" + kMagic + "'");
    const uint32_t length = support::endian::read32le(section.data() + kMagic.size());
    section = section.drop_front(kHeaderBytes);
    if (length > section.size())
      return createStringError("its section " + kNoteSection + " is damaged: a record of " + Twine(length) + " bytes in the " +
                               Twine(section.size()) + " that are left");
    texts.push_back(section.take_front(length));
    section = section.drop_front(length);
  }
}

} // namespace nncc::codegen
