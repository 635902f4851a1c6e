// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `nncc_info` (nncc/ABI/Library.h) as a constant of LLVM IR. One function per struct, fields in its order: with the
// target's data layout LLVM pads them as C does (a unit test reads them back).
#include "nncc/Codegen/LibraryModule.h"
#include "nncc/Codegen/StoreWeights.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

class InfoEmitter {
public:
  explicit InfoEmitter(llvm::Module &module)
      : module(module), context(module.getContext()), sizeType(module.getDataLayout().getIntPtrType(context)),
        null(ConstantPointerNull::get(PointerType::get(context, 0))) {}

  Constant *info(const Program &program);

private:
  Constant *size(int64_t value) { return ConstantInt::get(sizeType, static_cast<uint64_t>(value)); }
  Constant *number(uint32_t value) { return ConstantInt::get(Type::getInt32Ty(context), value); }
  Constant *text(StringRef value) { return global(ConstantDataArray::getString(context, value), Align(1)); }
  Constant *record(ArrayRef<Constant *> fields) { return ConstantStruct::getAnon(context, fields); }
  Constant *global(Constant *value, MaybeAlign alignment = {}) {
    auto *variable = new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                        value, "nncc.info");
    variable->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    variable->setAlignment(alignment);
    return variable;
  }
  /// NULL where the range is empty.
  template <typename Range, typename Emit> Constant *array(const Range &range, Emit emit) {
    SmallVector<Constant *> elements;
    for (const auto &element : range)
      elements.push_back(emit(element));
    if (elements.empty())
      return null;
    return global(ConstantArray::get(ArrayType::get(elements.front()->getType(), elements.size()), elements));
  }

  Constant *extents(ArrayRef<int64_t> extents) {
    return array(extents, [&](int64_t extent) { return size(extent); });
  }
  Constant *tensor(const Tensor &tensor) {
    return record({text(tensor.name), size(tensor.extents.size()), extents(tensor.extents), size(tensor.elements())});
  }
  Constant *noTensor() { return record({null, size(0), null, size(0)}); }
  Constant *parameter(const Variable &variable) {
    return record({text(variable.path), size(variable.extents.size()), extents(variable.extents),
                   size(variable.elements()), number(variable.trainable)});
  }
  Constant *memory(const std::optional<Entry> &entry, int64_t besides = 0) {
    if (!entry)
      return record({size(0), size(0), size(0)});
    return record(
        {size(entry->arenaBytes.fixed + besides), size(entry->arenaBytes.perSample), size(entry->workerBytes)});
  }

  llvm::Module &module;
  LLVMContext &context;
  IntegerType *sizeType;
  Constant *null;
};

int64_t bytesOf(int64_t floats) { return floats * static_cast<int64_t>(sizeof(float)); }

Constant *InfoEmitter::info(const Program &program) {
  int64_t elements = 0, trainable = 0;
  for (const Variable &variable : program.variables) {
    elements += variable.elements();
    trainable += variable.trainable ? variable.elements() : 0;
  }
  const bool trains = program.entries[NNCC_ENTRY_TRAIN_STEP].has_value();
  const bool takesLabels = trains || program.entries[NNCC_ENTRY_EVALUATE];
  // Without training only gradients need the buffer of the parameters' gradients.
  const int64_t gradientBytes = bytesOf(program.trainableFloats);
  Tensor labels = program.target;
  labels.name = "labels";
  const Embedded *embedded = program.embedded.get();
  Constant *classes = embedded ? array(embedded->classes, [&](const std::string &name) { return text(name); }) : null;
  return record({
      number(NNCC_LIBRARY_VERSION),
      text(program.name),
      text(program.compiler),
      text(program.cpu),
      text(program.cpuFeatures),
      size(program.inputs.size()),
      array(program.inputs, [&](const Tensor &input) { return tensor(input); }),
      tensor(program.output),
      takesLabels ? tensor(labels) : noTensor(),
      size(program.variables.size()),
      array(program.variables, [&](const Variable &variable) { return parameter(variable); }),
      size(elements),
      size(trainable),
      size(bytesOf(program.parameterFloats)),
      size(trains ? gradientBytes * (1 + program.optimizerSlots) : 0),
      memory(program.entries[NNCC_ENTRY_PREDICT]),
      memory(program.entries[NNCC_ENTRY_EVALUATE]),
      memory(program.entries[NNCC_ENTRY_TRAIN_STEP]),
      memory(program.entries[NNCC_ENTRY_GRADIENTS], trains ? 0 : gradientBytes),
      size(embedded ? embedded->classes.size() : 0),
      classes,
      embedded ? text(storageName(embedded->storage)) : null,
  });
}

} // namespace

Constant *emitLibraryInfo(llvm::Module &module, const Program &program) {
  Constant *value = InfoEmitter(module).info(program);
  return new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage, value,
                            "nncc.info");
}

} // namespace nncc::codegen
