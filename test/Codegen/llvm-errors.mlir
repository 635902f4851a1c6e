// A kernel that allocates is a mistake of the compiler: kernels get all of their memory from the runtime.
// RUN: not nncc-opt %s --nncc-llvm 2>&1 | FileCheck %s

// CHECK: error: failed to legalize operation 'memref.alloc'
func.func @allocates(%n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %x = memref.alloc(%n) : memref<?xf32>
  %0 = memref.load %x[%c0] : memref<?xf32>
  return %0 : f32
}
