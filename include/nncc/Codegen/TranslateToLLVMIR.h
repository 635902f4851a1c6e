// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_TRANSLATETOLLVMIR_H
#define NNCC_CODEGEN_TRANSLATETOLLVMIR_H

#include "nncc/Codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

namespace nncc::codegen {

/// Makes a context able to translate. Done by `translateToLLVMIR`, but before several threads translate parts of one
/// context's modules it must have been done once.
void registerTranslations(mlir::MLIRContext &context);

/// The LLVM dialect to LLVM IR, not yet optimised, with the target's triple, data layout and attributes. Functions of the
/// kernel signature get what the runtime promises of the four bases: noalias, nonnull, 64-byte aligned.
llvm::Expected<std::unique_ptr<llvm::Module>> translateToLLVMIR(mlir::ModuleOp module, llvm::LLVMContext &context,
                                                                const Target &target, llvm::TargetMachine &machine);

/// LLVM's middle end at the target's -O level. Multiplications and additions may be contracted, nothing is reassociated:
/// results are the same bits at each level that contracts (-O1 and up) and for each way to split the module.
void optimize(llvm::Module &module, const Target &target, llvm::TargetMachine &machine);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_TRANSLATETOLLVMIR_H
