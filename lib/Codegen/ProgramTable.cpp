// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The program table as a constant of LLVM IR. One function per struct of nncc/ABI/Program.h, fields in its order: with the
// target's data layout LLVM pads them as C does (a unit test compares each offset).
#include "nncc/Codegen/ProgramTable.h"

#include "nncc/Codegen/LibraryModule.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

class TableEmitter {
public:
  explicit TableEmitter(llvm::Module &module)
      : module(module), context(module.getContext()), i32(Type::getInt32Ty(context)), i64(Type::getInt64Ty(context)),
        f64(Type::getDoubleTy(context)), pointer(PointerType::get(context, 0)), null(ConstantPointerNull::get(pointer)) {}

  Constant *program(const Program &program);
  /// nncc_programs, of tables in the module.
  Constant *programs(ArrayRef<Constant *> tables) {
    return record({number(tables.size()), array(tables, "programs")});
  }
  Error takeError() { return std::move(error); }
  bool failed() const { return hasFailed; }

private:
  // Leaves.
  Constant *number(int64_t value) { return ConstantInt::getSigned(i64, value); }
  Constant *number32(int64_t value) { return ConstantInt::getSigned(i32, value); }
  Constant *key(uint64_t value) { return ConstantInt::get(i64, value); }
  Constant *real(double value) { return ConstantFP::get(f64, value); }
  Constant *text(StringRef value);
  Constant *optionalText(const std::optional<std::string> &value) { return value ? text(*value) : null; }

  /// An unnamed struct of just these fields; equal lists of types are the same type.
  Constant *record(ArrayRef<Constant *> fields) { return ConstantStruct::getAnon(context, fields); }
  /// A constant array of equally typed elements that stands on its own; NULL if empty.
  Constant *array(ArrayRef<Constant *> elements, const Twine &name);
  template <typename Range, typename Emit> Constant *arrayOf(const Range &range, const Twine &name, Emit emit) {
    SmallVector<Constant *> elements;
    for (const auto &element : range)
      elements.push_back(emit(element));
    return array(elements, name);
  }
  /// A constant of its own; equal ones, as those that programs for several CPUs agree in, are one.
  GlobalVariable *global(Constant *value, const Twine &name);

  // Structs.
  Constant *affine(const Affine &value) { return record({number(value.fixed), number(value.perSample)}); }
  Constant *region(const Region &value) { return record({affine(value.offset), affine(value.elements)}); }
  Constant *step(const Step &step);
  Constant *watch(const Watch &watch);
  Constant *entry(const Entry &entry);
  Constant *argument(const Argument &argument);
  Constant *call(const Call &call);
  Constant *tensor(const Tensor &tensor);
  Constant *variable(const Variable &variable);
  Constant *layer(const Layer &layer);
  Constant *training(const Training &training);
  Constant *embedded(const Embedded &embedded);
  Constant *extents(StringRef owner, ArrayRef<int64_t> extents);
  Constant *kernel(StringRef symbol);

  llvm::Module &module;
  LLVMContext &context;
  IntegerType *i32, *i64;
  Type *f64;
  PointerType *pointer;
  Constant *null;
  DenseMap<Constant *, GlobalVariable *> globals; ///< by their value
  StringMap<Constant *> texts;
  Error error = Error::success();
  bool hasFailed = false;
};

GlobalVariable *TableEmitter::global(Constant *value, const Twine &name) {
  GlobalVariable *&known = globals[value];
  if (!known) {
    known = new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage, value, "nncc." + name);
    known->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
  }
  return known;
}

Constant *TableEmitter::text(StringRef value) {
  Constant *&known = texts[value];
  if (!known) {
    GlobalVariable *variable = global(ConstantDataArray::getString(context, value), "text");
    variable->setAlignment(Align(1));
    known = variable;
  }
  return known;
}

Constant *TableEmitter::array(ArrayRef<Constant *> elements, const Twine &name) {
  if (elements.empty())
    return null;
  return global(ConstantArray::get(ArrayType::get(elements.front()->getType(), elements.size()), elements), name);
}

Constant *TableEmitter::extents(StringRef owner, ArrayRef<int64_t> extents) {
  if (extents.size() > NNCC_MAX_RANK) {
    if (!hasFailed)
      error = joinErrors(std::move(error), createStringError("'" + owner + "' has " + Twine(extents.size()) +
                                                             " axes; a program's tensors have at most " +
                                                             Twine(NNCC_MAX_RANK)));
    hasFailed = true;
    extents = extents.take_front(NNCC_MAX_RANK);
  }
  SmallVector<uint64_t, NNCC_MAX_RANK> padded(extents.begin(), extents.end());
  padded.resize(NNCC_MAX_RANK, 0);
  return ConstantDataArray::get(context, padded);
}

Constant *TableEmitter::kernel(StringRef symbol) {
  Type *types[] = {pointer, pointer, pointer, pointer, i64, i64, i64, i64};
  return cast<Constant>(
      module.getOrInsertFunction(symbol, FunctionType::get(Type::getVoidTy(context), types, false)).getCallee());
}

Constant *TableEmitter::step(const Step &step) {
  return record({text(step.layer), text(step.what), kernel(step.kernelSymbol), affine(step.units), affine(step.flops),
                 affine(step.bytes), number(step.kept)});
}

Constant *TableEmitter::watch(const Watch &watch) {
  return record({text(watch.layer), number(watch.step), number(watch.isGradient), region(watch.region), number(watch.width),
                 number(watch.distance)});
}

Constant *TableEmitter::entry(const Entry &entry) {
  auto regions = [&](const std::vector<Region> &list, const Twine &name) {
    return arrayOf(list, name, [&](const Region &value) { return region(value); });
  };
  Constant *steps = arrayOf(entry.steps, "steps", [&](const Step &value) { return step(value); });
  return record({number(entry.steps.size()), steps, affine(entry.arenaBytes), number(entry.workerBytes),
                 regions(entry.inputs, "inputs"), region(entry.output), region(entry.target), region(entry.loss),
                 region(entry.outputGradient), regions(entry.inputGradients, "input_gradients"), number(entry.forwardSteps),
                 number(entry.watches.size()), arrayOf(entry.watches, "watches", [&](const Watch &value) { return watch(value); })});
}

Constant *TableEmitter::argument(const Argument &argument) {
  Constant *list = arrayOf(argument.list, "list", [&](double value) { return real(value); });
  return record({text(argument.name), real(argument.number), optionalText(argument.text), number(argument.list.size()), list});
}

Constant *TableEmitter::call(const Call &call) {
  Constant *arguments = arrayOf(call.arguments, "arguments", [&](const Argument &value) { return argument(value); });
  return record({call.name.empty() ? null : text(call.name), number(call.arguments.size()), arguments});
}

Constant *TableEmitter::tensor(const Tensor &tensor) {
  return record({text(tensor.name), number(tensor.extents.size()), extents(tensor.name, tensor.extents),
                 number(tensor.elements())});
}

Constant *TableEmitter::variable(const Variable &variable) {
  return record({text(variable.path), number(variable.extents.size()), extents(variable.path, variable.extents),
                 number(variable.elements()), number(variable.offset), number32(variable.trainable),
                 call(variable.initializer), number(variable.fanIn), number(variable.fanOut), key(variable.stream)});
}

Constant *TableEmitter::layer(const Layer &layer) {
  return record({text(layer.name), text(layer.className), number(layer.extents.size()), extents(layer.name, layer.extents),
                 number(layer.parameters), number(layer.flops)});
}

Constant *TableEmitter::training(const Training &training) {
  auto calls = [&](const std::vector<Call> &list, const Twine &name) {
    return arrayOf(list, name, [&](const Call &value) { return call(value); });
  };
  return record({number32(training.present), call(training.optimizer), call(training.schedule), call(training.loss),
                 number(training.metrics.size()), calls(training.metrics, "metrics"), number(training.callbacks.size()),
                 calls(training.callbacks, "callbacks"), optionalText(training.data), optionalText(training.validationData),
                 real(training.validationSplit), number(training.batchSize), number(training.epochs), key(training.seed),
                 number32(training.shuffle), number(training.augment.size()), calls(training.augment, "augment")});
}

Constant *TableEmitter::embedded(const Embedded &embedded) {
  StringRef bytes(embedded.values.data(), embedded.values.size());
  GlobalVariable *values = global(ConstantDataArray::getRaw(bytes, bytes.size(), Type::getInt8Ty(context)), "weights");
  values->setAlignment(Align(NNCC_ALIGNMENT));
  values->setUnnamedAddr(GlobalValue::UnnamedAddr::None); // else its section would be one of strings
  Constant *classes = arrayOf(embedded.classes, "classes", [&](const std::string &name) { return text(name); });
  return global(record({number(embedded.storage), values, number(embedded.classes.size()), classes}), "embedded");
}

Constant *TableEmitter::program(const Program &program) {
  Constant *inputs = arrayOf(program.inputs, "inputs", [&](const Tensor &value) { return tensor(value); });
  Constant *variables = arrayOf(program.variables, "variables", [&](const Variable &value) { return variable(value); });
  Constant *layers = arrayOf(program.layers, "layers", [&](const Layer &value) { return layer(value); });
  Constant *drawing = program.drawing.empty() ? null : global(ConstantDataArray::get(context, program.drawing), "drawing");
  SmallVector<Constant *> entries;
  for (const std::optional<Entry> &value : program.entries)
    entries.push_back(value ? global(entry(*value), "entry") : null);
  return record({number32(NNCC_ABI_VERSION), number32(0), text(program.name), text(program.compiler), text(program.cpu),
                 text(program.cpuFeatures), text(program.summary), key(program.modelHash), number(program.inputs.size()),
                 inputs, tensor(program.output), tensor(program.target), number(program.variables.size()), variables,
                 number(program.parameterFloats), number(program.trainableFloats), number(program.optimizerSlots),
                 ConstantDataArray::get(context, ArrayRef<double>(program.optimizerSlotInitial)),
                 training(program.training),
                 ConstantArray::get(ArrayType::get(pointer, entries.size()), entries), number(program.layers.size()), layers,
                 drawing, number(program.drawing.size()), number(program.drawingLength),
                 program.embedded ? embedded(*program.embedded) : null,
                 program.isLibrary ? emitLibraryInfo(module, program) : null});
}

GlobalVariable *define(llvm::Module &module, Constant *value, const Twine &name) {
  return new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::ExternalLinkage, value, name);
}

} // namespace

Expected<GlobalVariable *> emitProgramTable(llvm::Module &module, const Program &program, StringRef symbol) {
  TableEmitter emitter(module);
  Constant *value = emitter.program(program);
  if (Error error = emitter.takeError())
    return std::move(error);
  return define(module, value, symbol);
}

Expected<GlobalVariable *> emitProgramTables(llvm::Module &module, ArrayRef<Program> programs) {
  TableEmitter emitter(module);
  SmallVector<Constant *> tables;
  for (const Program &program : programs) {
    std::string symbol = NNCC_PROGRAM_SYMBOL;
    if (programs.size() > 1)
      symbol += "." + program.cpu;
    tables.push_back(define(module, emitter.program(program), symbol));
  }
  Constant *list = emitter.programs(tables);
  if (Error error = emitter.takeError())
    return std::move(error);
  return define(module, list, NNCC_PROGRAMS_SYMBOL);
}

} // namespace nncc::codegen
