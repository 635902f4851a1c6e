// Bodies and signatures to the LLVM dialect: memrefs are bare pointers, so that a kernel has its C signature.
// RUN: nncc-opt %s --nncc-llvm | FileCheck %s --check-prefixes=CHECK,FMA
// RUN: nncc-opt %s --nncc-llvm=fma=false | FileCheck %s --check-prefixes=CHECK,PLAIN

// CHECK-LABEL: llvm.func @kernel(
// CHECK-SAME: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64)
// CHECK: llvm.cond_br
// A target without fused multiply-add gets two operations, never a call of libm's fmaf.
// FMA: llvm.intr.fmuladd
// PLAIN-NOT: llvm.intr.fma
// PLAIN: llvm.fmul
// PLAIN: llvm.fadd
// CHECK: llvm.return
// CHECK-NOT: unrealized_conversion_cast
func.func @kernel(%arena: memref<1xi8>, %parameters: memref<1xf32>, %gradients: memref<1xf32>, %state: memref<1xf32>,
                  %batch: index, %begin: index, %end: index, %worker: index) {
  %c1 = arith.constant 1 : index
  %p = memref.reinterpret_cast %parameters to offset: [0], sizes: [64], strides: [1] : memref<1xf32> to memref<64xf32>
  scf.for %i = %begin to %end step %c1 {
    %x = vector.load %p[%i] : memref<64xf32>, vector<4xf32>
    %y = vector.fma %x, %x, %x : vector<4xf32>
    vector.store %y, %p[%i] : memref<64xf32>, vector<4xf32>
  }
  return
}

// What LLVM has no intrinsic for is a call of libm, an element at a time.
// CHECK-LABEL: llvm.func @erf_of
// CHECK-COUNT-2: llvm.call @erff
func.func @erf_of(%x: vector<2xf32>) -> vector<2xf32> {
  %0 = math.erf %x : vector<2xf32>
  return %0 : vector<2xf32>
}

// A sum of a vector keeps its order: no reassociation.
// CHECK-LABEL: llvm.func @sum
// CHECK: "llvm.intr.vector.reduce.fadd"
// CHECK-NOT: reassoc
// CHECK: llvm.return
func.func @sum(%x: vector<8xf32>) -> f32 {
  %0 = vector.reduction <add>, %x : vector<8xf32> into f32
  return %0 : f32
}

// A constant of the module, e.g. a table of permutations.
// CHECK-LABEL: llvm.func @lookup
// CHECK: llvm.mlir.addressof @table : !llvm.ptr
// CHECK: llvm.load
memref.global "private" constant @table : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>
func.func @lookup(%i: index) -> f32 {
  %table = memref.get_global @table : memref<4xf32>
  %0 = memref.load %table[%i] : memref<4xf32>
  return %0 : f32
}
