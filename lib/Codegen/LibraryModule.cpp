// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of NAME.h as LLVM IR: a table of what each passes on, and one way to write them.
#include "nncc/Codegen/LibraryModule.h"

#include "LibraryFunctions.h"

#include "nncc/Codegen/LibraryNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace nncc::codegen {

std::vector<LibraryFunction> libraryFunctions(const Program &program) {
  using enum Parameter;
  const nncc_entry_kind evaluate = NNCC_ENTRY_EVALUATE, train = NNCC_ENTRY_TRAIN_STEP, gradients = NNCC_ENTRY_GRADIENTS;
  std::vector<LibraryFunction> functions = {
      {"create", "nncc_model_create", CType::Status, {Programs, Pointer, Pointer}, {}},
      {"init", "nncc_model_init", CType::Status, {Programs, Pointer, Pointer, Size}, {}},
      {"destroy", "nncc_model_destroy", CType::Void, {Pointer}, {}},
      {"predict", "nncc_model_predict", CType::Status, {Pointer, Inputs, Size, Pointer}, {}},
      {"evaluate", "nncc_model_evaluate", CType::Status, {Pointer, Inputs, Pointer, Size, Pointer, Pointer}, evaluate},
      {"train_step", "nncc_model_train_step", CType::Status, {Pointer, Inputs, Pointer, Size, Pointer}, train},
      {"gradients",
       "nncc_model_gradients",
       CType::Status,
       {Pointer, Inputs, Pointer, Size, Pointer, InputGradients},
       gradients},
      {"load", "nncc_model_load", CType::Status, {Pointer, Pointer}, {}},
      {"load_memory", "nncc_model_load_memory", CType::Status, {Pointer, Pointer, Size}, {}},
      {"save", "nncc_model_save", CType::Status, {Pointer, Pointer}, {}},
      {"save_memory", "nncc_model_save_memory", CType::Status, {Pointer, Pointer, Size, Pointer}, {}},
      {"get_parameter", "nncc_model_get_parameter", CType::Status, {Pointer, Pointer, Pointer, Size}, {}},
      {"set_parameter", "nncc_model_set_parameter", CType::Status, {Pointer, Pointer, Pointer, Size}, {}},
      {"save_state", "nncc_model_save_state", CType::Status, {Pointer, Pointer}, train},
      {"load_state", "nncc_model_load_state", CType::Status, {Pointer, Pointer}, train},
      {"get_learning_rate", "nncc_model_get_learning_rate", CType::Float, {Pointer}, train},
      {"set_learning_rate", "nncc_model_set_learning_rate", CType::Status, {Pointer, Float}, train},
      {"get_info", "nncc_model_get_info", CType::Pointer, {Programs}, {}},
      {"last_error", "nncc_model_last_error", CType::Pointer, {Pointer}, {}},
      {"status_string", "nncc_status_string", CType::Pointer, {Status}, {}},
  };
  erase_if(functions,
           [&](const LibraryFunction &function) { return function.needs && !program.entries[*function.needs]; });
  return functions;
}

std::vector<std::string> libraryExports(const Program &program) {
  const std::string prefix = LibraryNames::of(program.name).prefix;
  std::vector<std::string> names;
  for (const LibraryFunction &function : libraryFunctions(program))
    names.push_back((prefix + "_" + function.name).str());
  return names;
}

namespace {

class WrapperEmitter {
public:
  WrapperEmitter(llvm::Module &module, const Program &program)
      : module(module), prefix(LibraryNames::of(program.name).prefix), inputCount(program.inputs.size()),
        pointer(PointerType::get(module.getContext(), 0)), arrayType(ArrayType::get(pointer, inputCount)) {
    programs = new GlobalVariable(module, pointer, /*isConstant=*/true, GlobalValue::ExternalLinkage, nullptr,
                                  NNCC_PROGRAMS_SYMBOL);
    // In the library itself, so that no table of addresses has to be asked.
    programs->setVisibility(GlobalValue::HiddenVisibility);
  }

  void emit(const LibraryFunction &function);

private:
  Type *typeOf(CType type);
  Type *typeOf(Parameter parameter);
  FunctionCallee declareRuntime(const LibraryFunction &function);
  Function *define(const LibraryFunction &function);
  static bool isList(Parameter parameter) {
    return parameter == Parameter::Inputs || parameter == Parameter::InputGradients;
  }

  llvm::Module &module;
  std::string prefix;
  size_t inputCount;
  PointerType *pointer;
  ArrayType *arrayType;
  GlobalVariable *programs;
};

Type *WrapperEmitter::typeOf(CType type) {
  LLVMContext &context = module.getContext();
  switch (type) {
  case CType::Void:
    return Type::getVoidTy(context);
  case CType::Status:
    return Type::getInt32Ty(context);
  case CType::Pointer:
    return pointer;
  case CType::Size:
    return module.getDataLayout().getIntPtrType(context);
  case CType::Float:
    return Type::getFloatTy(context);
  }
  llvm_unreachable("a type of C");
}

Type *WrapperEmitter::typeOf(Parameter parameter) {
  switch (parameter) {
  case Parameter::Size:
    return typeOf(CType::Size);
  case Parameter::Float:
    return typeOf(CType::Float);
  case Parameter::Status:
    return typeOf(CType::Status);
  default:
    return pointer;
  }
}

FunctionCallee WrapperEmitter::declareRuntime(const LibraryFunction &function) {
  SmallVector<Type *> types;
  for (Parameter parameter : function.parameters)
    types.push_back(typeOf(parameter));
  FunctionCallee callee =
      module.getOrInsertFunction(function.runtimeName, FunctionType::get(typeOf(function.result), types, false));
  cast<Function>(callee.getCallee())->setVisibility(GlobalValue::HiddenVisibility);
  return callee;
}

Function *WrapperEmitter::define(const LibraryFunction &function) {
  SmallVector<Type *> types;
  for (Parameter parameter : function.parameters)
    if (parameter != Parameter::Programs)
      types.append(isList(parameter) ? inputCount : 1, typeOf(parameter));
  return Function::Create(FunctionType::get(typeOf(function.result), types, false), GlobalValue::ExternalLinkage,
                          prefix + "_" + function.name, module);
}

void WrapperEmitter::emit(const LibraryFunction &function) {
  FunctionCallee runtime = declareRuntime(function);
  Function *wrapper = define(function);
  IRBuilder<> builder(BasicBlock::Create(module.getContext(), "entry", wrapper));
  SmallVector<Value *> arguments;
  auto own = wrapper->arg_begin();
  for (Parameter parameter : function.parameters) {
    if (parameter == Parameter::Programs) {
      arguments.push_back(programs);
    } else if (isList(parameter)) {
      Value *list = builder.CreateAlloca(arrayType);
      for (size_t index = 0; index < inputCount; ++index)
        builder.CreateStore(&*own++, builder.CreateConstInBoundsGEP2_64(arrayType, list, 0, index));
      arguments.push_back(list);
    } else {
      arguments.push_back(&*own++);
    }
  }
  CallInst *result = builder.CreateCall(runtime, arguments);
  if (function.result == CType::Void)
    builder.CreateRetVoid();
  else
    builder.CreateRet(result);
}

} // namespace

Expected<std::unique_ptr<llvm::Module>> buildLibraryModule(LLVMContext &context, const Program &program,
                                                           const Target &target) {
  auto machine = target.createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto module = std::make_unique<llvm::Module>(program.name + " library", context);
  module->setTargetTriple((*machine)->getTargetTriple());
  module->setDataLayout((*machine)->createDataLayout());
  WrapperEmitter emitter(*module, program);
  for (const LibraryFunction &function : libraryFunctions(program))
    emitter.emit(function);
  const bool isX86 = (*machine)->getTargetTriple().isX86_64();
  for (Function &function : *module)
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", isX86 ? "x86-64" : "generic");
      function.addFnAttr("target-features", "");
    }
  return module;
}

} // namespace nncc::codegen
