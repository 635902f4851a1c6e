// linalg on memrefs and copies of strided views become scf loops; what is no linalg stays.
// RUN: nncc-opt %s --nncc-loops | FileCheck %s

#row = affine_map<(i, j) -> (i)>
#id = affine_map<(i, j) -> (i, j)>

// CHECK-LABEL: func.func @row_sums
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step
// CHECK:   scf.for %[[J:.*]] = %{{.*}} to %{{.*}} step
// CHECK:     %[[X:.*]] = memref.load %{{.*}}[%[[I]], %[[J]]]
// CHECK:     %[[SUM:.*]] = memref.load %{{.*}}[%[[I]]]
// CHECK:     arith.addf %[[X]], %[[SUM]]
// CHECK:     memref.store %{{.*}}, %{{.*}}[%[[I]]]
// CHECK-NOT: linalg
func.func @row_sums(%x: memref<?x8xf32>, %sums: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x8xf32>) outs(%sums : memref<?xf32>) {
  ^bb0(%a: f32, %sum: f32):
    %0 = arith.addf %a, %sum : f32
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func.func @copy
// CHECK: scf.for
// CHECK: memref.load
// CHECK: memref.store
func.func @copy(%x: memref<4xf32, strided<[2]>>, %y: memref<4xf32>) {
  memref.copy %x, %y : memref<4xf32, strided<[2]>> to memref<4xf32>
  return
}

// CHECK-LABEL: func.func @unchanged
// CHECK-NEXT: vector.load
// CHECK-NEXT: return
func.func @unchanged(%x: memref<8xf32>, %i: index) -> vector<4xf32> {
  %0 = vector.load %x[%i] : memref<8xf32>, vector<4xf32>
  return %0 : vector<4xf32>
}
