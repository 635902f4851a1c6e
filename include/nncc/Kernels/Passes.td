// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_PASSES_TD
#define NNCC_KERNELS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertToLoops : Pass<"nn-to-loops", "::mlir::ModuleOp"> {
  let summary = "entry functions to kernels of scf, vector and memref, with their memory planned";
  let description = [{
    Replaces each function with the attribute `nn.entry` by one `func.func` a step, `@train_step.3`, of the signature that
    docs/Architecture.md shows. Steps, units and the layout of the arena stand in the module's attribute `nncc.entries`
    (Kernels/EntryTable.h). `@model` and the variables disappear: what is known of them lies in the parameter layout
    (Analysis/ParameterLayout.h), so the pipeline reads that first.

    An op of the nn dialect without a code generator is an error at its place.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", "256", "width of vectors: 128, 256 or 512">,
    Option<"registers", "registers", "int64_t", "16", "vector registers">,
    Option<"fma", "fma", "bool", "true", "the target has fused multiply-add">,
    Option<"l1", "l1", "int64_t", "32768", "bytes of first-level data cache of a core">,
    Option<"l2", "l2", "int64_t", "1048576", "bytes of second-level cache of a core">,
    Option<"winograd", "winograd", "std::string", "\"accurate\"", "tiles of Winograd's algorithm: off, accurate, all or 1x2x4">,
    Option<"bfloat16", "bfloat16", "bool", "false", "the target has AMX tiles, which convolutions may use with bf16 products">,
    Option<"printPlan", "print-plan", "bool", "false", "print the memory plan of each entry to standard error">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def FuseMultiplyAdd : Pass<"fuse-multiply-add", "::mlir::ModuleOp"> {
  let summary = "a * b + c of floats becomes one operation with one rounding";
  let description = [{
    For targets that have the instruction. Where products and sums are fused is decided here, by what a kernel computes alone: a code
    generator that may fuse as it likes decides by what else is in the function, and then the same kernel gives other bits in a
    program with other entries. So a product is fused if one sum uses it, in the same block.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def ShareKernels : Pass<"share-kernels", "::mlir::ModuleOp"> {
  let summary = "kernels that differ only in where their buffers lie call one function";
  let description = [{
    Layers of the same shape have the same kernels but for the constants marked `nncc.place`. Of such kernels one is kept
    as a private function that takes those constants as arguments; each of them becomes a call. So the time to
    compile a deep network does not grow with its blocks of equal layers.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}

#endif // NNCC_KERNELS_PASSES_TD
