// Products that one sum uses, in its block, are fused with it; all others stay.

// RUN: nncc-opt %s -fuse-multiply-add | FileCheck %s

// CHECK-LABEL: func.func @sums
// CHECK-SAME: (%[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32, %[[D:.*]]: f32)
func.func @sums(%a: f32, %b: f32, %c: f32, %d: f32) -> (f32, f32, f32, f32) {
  // CHECK: %[[ADD:.*]] = math.fma %[[A]], %[[B]], %[[C]]
  %0 = arith.mulf %a, %b : f32
  %1 = arith.addf %c, %0 : f32
  // CHECK: %[[NC:.*]] = arith.negf %[[C]]
  // CHECK: %[[SUB:.*]] = math.fma %[[A]], %[[B]], %[[NC]]
  %2 = arith.mulf %a, %b : f32
  %3 = arith.subf %2, %c : f32
  // CHECK: %[[NA:.*]] = arith.negf %[[A]]
  // CHECK: %[[REST:.*]] = math.fma %[[NA]], %[[B]], %[[C]]
  %4 = arith.mulf %a, %b : f32
  %5 = arith.subf %c, %4 : f32
  // Of two products the first is fused.
  // CHECK: %[[SECOND:.*]] = arith.mulf %[[C]], %[[D]]
  // CHECK: %[[BOTH:.*]] = math.fma %[[A]], %[[B]], %[[SECOND]]
  %6 = arith.mulf %a, %b : f32
  %7 = arith.mulf %c, %d : f32
  %8 = arith.addf %6, %7 : f32
  // CHECK: return %[[ADD]], %[[SUB]], %[[REST]], %[[BOTH]]
  return %1, %3, %5, %8 : f32, f32, f32, f32
}

// CHECK-LABEL: func.func @not_fused
func.func @not_fused(%a: vector<8xf32>, %b: vector<8xf32>, %n: index) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>) {
  // CHECK-NOT: math.fma
  %two = arith.mulf %a, %b : vector<8xf32>
  %0 = arith.addf %two, %a : vector<8xf32>
  %1 = arith.addf %two, %b : vector<8xf32>
  // A product before a loop is not computed again in each turn.
  %before = arith.mulf %a, %a : vector<8xf32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %2 = scf.for %i = %zero to %n step %one iter_args(%sum = %b) -> vector<8xf32> {
    %next = arith.addf %sum, %before : vector<8xf32>
    scf.yield %next : vector<8xf32>
  }
  return %0, %1, %2 : vector<8xf32>, vector<8xf32>, vector<8xf32>
}
