// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass nn-to-loops: every entry function to kernels.
#include "EntryBuilder.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Kernels/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace nncc::kernels {

#define GEN_PASS_DEF_CONVERTTOLOOPS
#include "nncc/Kernels/Passes.h.inc"

namespace {

EmitterTable makeEmitters() {
  EmitterTable table;
  addConvolutionKernels(table);
  addDenseKernels(table);
  addPoolingKernels(table);
  addAttentionKernels(table);
  addEmbeddingKernels(table);
  addPooledConvolutionKernels(table);
  addActivationKernels(table);
  addNormalizationKernels(table);
  addRegularizationKernels(table);
  addMergeKernels(table);
  addRearrangeKernels(table);
  addStandardizeKernels(table);
  addShapeKernels(table);
  addLossKernels(table);
  addOptimizerKernels(table);
  addConstraintKernels(table);
  return table;
}

struct ConvertToLoops : impl::ConvertToLoopsBase<ConvertToLoops> {
  using ConvertToLoopsBase::ConvertToLoopsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512) {
      module.emitError() << "nn-to-loops: vector-bits is 128, 256 or 512, not " << int64_t(vectorBits);
      return signalPassFailure();
    }
    std::optional<planning::WinogradTiles> tiles = planning::parseWinogradTiles(winograd);
    if (!tiles) {
      module.emitError() << "nn-to-loops: winograd is off, accurate, all or a tile, not '" << winograd << "'";
      return signalPassFailure();
    }
    planning::TargetFacts target;
    target.winograd = *tiles;
    target.bfloat16 = bfloat16;
    target.vectorBits = vectorBits;
    target.vectorRegisters = registers;
    target.fma = fma;
    target.l1Bytes = l1;
    target.l2Bytes = l2;

    analysis::ParameterLayout layout = analysis::ParameterLayout::of(module);
    EmitterTable emitters = makeEmitters();
    std::vector<EntryInfo> entries;
    bool ok = true;
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!function->hasAttr("nn.entry"))
        continue;
      EntryBuilder builder(function, layout, target, emitters);
      FailureOr<EntryInfo> entry = builder.build();
      ok &= succeeded(entry);
      if (failed(entry))
        continue;
      if (printPlan) {
        llvm::errs() << entry->name << ", ";
        builder.memoryPlan().print(llvm::errs());
      }
      entries.push_back(*entry);
      function.erase();
    }
    if (!ok)
      return signalPassFailure();
    if (auto model = module.lookupSymbol<func::FuncOp>("model"))
      model.erase();
    for (auto variable : llvm::make_early_inc_range(module.getOps<nn::VariableOp>()))
      variable.erase();
    module->setAttr(kEntriesAttrName, encodeEntries(&getContext(), entries));
  }
};

} // namespace

std::unique_ptr<Pass> createConvertToLoopsPass(const planning::TargetFacts &target) {
  ConvertToLoopsOptions options;
  options.vectorBits = target.vectorBits;
  options.registers = target.vectorRegisters;
  options.fma = target.fma;
  options.l1 = target.l1Bytes;
  options.l2 = target.l2Bytes;
  options.winograd = planning::toString(target.winograd);
  options.bfloat16 = target.bfloat16;
  return createConvertToLoops(options);
}

void registerKernelsPasses() {
  registerPass([] { return createConvertToLoops(); });
  registerPass([] { return createFuseMultiplyAdd(); });
  registerPass([] { return createShareKernels(); });
}

} // namespace nncc::kernels
