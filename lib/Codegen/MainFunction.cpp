// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// main() of an executable: the runtime's, with the programs and the commands that run them. The linker keeps what the commands need:
// who lists no `train` has no training loop, no report, no data sources.
#include "CompileModule.h"

#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

struct Command {
  nncc_entry_kind entry; ///< without it there is no command
  StringLiteral symbol;  ///< an nncc_command of the runtime
};

/// In the order of the help. `evaluate` needs all data sources and metrics, 50 KB: who trains elsewhere evaluates there, too.
constexpr Command kCommands[] = {
    {NNCC_ENTRY_TRAIN_STEP, "nncc_command_train"},    {NNCC_ENTRY_TRAIN_STEP, "nncc_command_evaluate"},
    {NNCC_ENTRY_PREDICT, "nncc_command_predict"},     {NNCC_ENTRY_GRADIENTS, "nncc_command_gradients"},
    {NNCC_ENTRY_PREDICT, "nncc_command_benchmark"},
};

} // namespace

void emitMain(llvm::Module &module, GlobalVariable *programs, const Program &program) {
  LLVMContext &context = module.getContext();
  Type *i8 = Type::getInt8Ty(context), *i32 = Type::getInt32Ty(context);
  PointerType *pointer = PointerType::get(context, 0);

  SmallVector<Constant *> commands;
  for (const Command &command : kCommands)
    if (program.entries[command.entry])
      commands.push_back(module.getOrInsertGlobal(command.symbol, i8)); // opaque
  commands.push_back(ConstantPointerNull::get(pointer));
  auto *type = ArrayType::get(pointer, commands.size());
  auto *list = new GlobalVariable(module, type, /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                  ConstantArray::get(type, commands), "nncc.commands");

  FunctionCallee runtimeMain = module.getOrInsertFunction(
      "nncc_runtime_main", FunctionType::get(i32, {i32, pointer, pointer, pointer}, false));
  auto *main = Function::Create(FunctionType::get(i32, {i32, pointer}, false), GlobalValue::ExternalLinkage, "main", module);
  IRBuilder<> builder(BasicBlock::Create(context, "entry", main));
  builder.CreateRet(builder.CreateCall(runtimeMain, {main->getArg(0), main->getArg(1), programs, list}));
}

} // namespace nncc::codegen
