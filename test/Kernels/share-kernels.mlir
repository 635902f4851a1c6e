// Kernels that differ in their places only become calls of one function; constants that are the same for all stay in it, and
// what is known of the others' alignment is kept.
// RUN: nncc-opt %s -share-kernels -split-input-file | FileCheck %s

// CHECK: func.func private @shared.0(%arg0: memref<1xi8>, %arg1: index, %[[A:.*]]: index) attributes {no_inline}
// CHECK: %[[SIX:.*]] = arith.constant 6 : index
// CHECK: %[[PLACE:.*]] = arith.shli %[[A]], %[[SIX]] : index
// CHECK: %[[SAME:.*]] = arith.constant {nncc.place} 7 : index
// CHECK: arith.addi %[[PLACE]], %[[SAME]]
// CHECK: func.func @a(%arg0: memref<1xi8>, %arg1: index) {
// CHECK-NEXT: %[[C:.*]] = arith.constant 1 : index
// CHECK-NEXT: call @shared.0(%arg0, %arg1, %[[C]])
// CHECK-NEXT: return
// CHECK: func.func @b
// CHECK-NEXT: %[[C:.*]] = arith.constant 3 : index
// CHECK-NEXT: call @shared.0(%arg0, %arg1, %[[C]])

// Another constant that is no place: a kernel of its own.
// CHECK: func.func @c
// CHECK-NOT: call
// CHECK: return
func.func @a(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 64 : index
  %q = arith.constant {nncc.place} 7 : index
  %c = arith.constant 2 : index
  %r = arith.addi %p, %q : index
  %t0 = arith.muli %r, %c : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %t20 = arith.addi %t19, %b : index
  %t21 = arith.addi %t20, %b : index
  %t22 = arith.addi %t21, %b : index
  %t23 = arith.addi %t22, %b : index
  %t24 = arith.addi %t23, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t24] : memref<1xi8>
  return
}
func.func @b(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 192 : index
  %q = arith.constant {nncc.place} 7 : index
  %c = arith.constant 2 : index
  %r = arith.addi %p, %q : index
  %t0 = arith.muli %r, %c : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %t20 = arith.addi %t19, %b : index
  %t21 = arith.addi %t20, %b : index
  %t22 = arith.addi %t21, %b : index
  %t23 = arith.addi %t22, %b : index
  %t24 = arith.addi %t23, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t24] : memref<1xi8>
  return
}
func.func @c(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 64 : index
  %q = arith.constant {nncc.place} 7 : index
  %c = arith.constant 3 : index
  %r = arith.addi %p, %q : index
  %t0 = arith.muli %r, %c : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %t20 = arith.addi %t19, %b : index
  %t21 = arith.addi %t20, %b : index
  %t22 = arith.addi %t21, %b : index
  %t23 = arith.addi %t22, %b : index
  %t24 = arith.addi %t23, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t24] : memref<1xi8>
  return
}

// -----

// Kernels of 24 ops are worth a call, those of 23 are not.
// CHECK: func.func private @shared.0
// CHECK-LABEL: func.func @a24(
// CHECK: call @shared.0
// CHECK-LABEL: func.func @b24(
// CHECK: call @shared.0
// CHECK-NOT: call
// CHECK-NOT: @shared
func.func @a24(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 64 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t19] : memref<1xi8>
  return
}
func.func @b24(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 128 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t19] : memref<1xi8>
  return
}
func.func @a23(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 64 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t18] : memref<1xi8>
  return
}
func.func @b23(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 128 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t18] : memref<1xi8>
  return
}

// -----

// Places that are equal in every kernel, like %p and %q, are one argument; %r is another one. What all values of an argument
// are multiples of, up to 64, stays known.
// CHECK: func.func private @shared.0(%arg0: memref<1xi8>, %arg1: index, %[[PQ:.*]]: index, %[[R:.*]]: index) attributes {no_inline}
// CHECK-DAG: %[[SIX:.*]] = arith.constant 6 : index
// CHECK-DAG: %[[PLACE_PQ:.*]] = arith.shli %[[PQ]], %[[SIX]] : index
// CHECK-DAG: %[[THREE:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[PLACE_R:.*]] = arith.shli %[[R]], %[[THREE]] : index
// CHECK: arith.muli %[[PLACE_PQ]], %[[PLACE_PQ]]
// CHECK: arith.muli %{{.*}}, %[[PLACE_R]]
// CHECK-LABEL: func.func @a(
// CHECK-NEXT: %[[PQ:.*]] = arith.constant 2 : index
// CHECK-NEXT: %[[R:.*]] = arith.constant 5 : index
// CHECK-NEXT: call @shared.0(%arg0, %arg1, %[[PQ]], %[[R]])
// CHECK-LABEL: func.func @b(
// CHECK-NEXT: %[[PQ:.*]] = arith.constant 4 : index
// CHECK-NEXT: %[[R:.*]] = arith.constant 1 : index
// CHECK-NEXT: call @shared.0(%arg0, %arg1, %[[PQ]], %[[R]])
func.func @a(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 128 : index
  %q = arith.constant {nncc.place} 128 : index
  %r = arith.constant {nncc.place} 40 : index
  %pq = arith.muli %p, %q : index
  %pqr = arith.muli %pq, %r : index
  %t0 = arith.addi %pqr, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t17] : memref<1xi8>
  return
}
func.func @b(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 256 : index
  %q = arith.constant {nncc.place} 256 : index
  %r = arith.constant {nncc.place} 8 : index
  %pq = arith.muli %p, %q : index
  %pqr = arith.muli %pq, %r : index
  %t0 = arith.addi %pqr, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t17] : memref<1xi8>
  return
}

// -----

// The same ops with other operands: kernels of their own.
// CHECK-LABEL: func.func @a(
// CHECK-NOT: call
func.func @a(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 64 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t19] : memref<1xi8>
  return
}
func.func @b(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 128 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %t0 : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t19] : memref<1xi8>
  return
}

// -----

// Only kernels are shared: what is private or returns something is none.
// CHECK-LABEL: func.func private @a(
// CHECK-NOT: call
func.func private @a(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 64 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t19] : memref<1xi8>
  return
}
func.func private @b(%arena: memref<1xi8>, %b: index) {
  %p = arith.constant {nncc.place} 128 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t19] : memref<1xi8>
  return
}
func.func @c(%arena: memref<1xi8>, %b: index) -> index {
  %p = arith.constant {nncc.place} 64 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t19] : memref<1xi8>
  return %t19 : index
}
func.func @d(%arena: memref<1xi8>, %b: index) -> index {
  %p = arith.constant {nncc.place} 128 : index
  %t0 = arith.addi %p, %b : index
  %t1 = arith.addi %t0, %b : index
  %t2 = arith.addi %t1, %b : index
  %t3 = arith.addi %t2, %b : index
  %t4 = arith.addi %t3, %b : index
  %t5 = arith.addi %t4, %b : index
  %t6 = arith.addi %t5, %b : index
  %t7 = arith.addi %t6, %b : index
  %t8 = arith.addi %t7, %b : index
  %t9 = arith.addi %t8, %b : index
  %t10 = arith.addi %t9, %b : index
  %t11 = arith.addi %t10, %b : index
  %t12 = arith.addi %t11, %b : index
  %t13 = arith.addi %t12, %b : index
  %t14 = arith.addi %t13, %b : index
  %t15 = arith.addi %t14, %b : index
  %t16 = arith.addi %t15, %b : index
  %t17 = arith.addi %t16, %b : index
  %t18 = arith.addi %t17, %b : index
  %t19 = arith.addi %t18, %b : index
  %z = arith.constant 0 : i8
  memref.store %z, %arena[%t19] : memref<1xi8>
  return %t19 : index
}
