// Each part of each constraint of concatenate, slice, and elementwise merges by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (M1) All extents but those of the axis are equal.
func.func @m1(%x: tensor<?x6x4xf32>, %y: tensor<?x5x4xf32>) {
  // expected-error@+2 {{the shapes (None, 6, 4) and (None, 5, 4) differ in more than axis 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concatenate %x, %y {axis = 2} : (tensor<?x6x4xf32>, tensor<?x5x4xf32>) -> tensor<?x6x8xf32>
  return
}

// -----

// (M1) The batch is not an axis to concatenate.
func.func @m1_axis(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{there is no axis 0 to concatenate in the shape (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concatenate %x, %x {axis = 0} : (tensor<?x6x4xf32>, tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

// (M2) All shapes are equal.
func.func @m2(%x: tensor<?x6x4xf32>, %y: tensor<?x4x6xf32>) {
  // expected-error@+2 {{Add 'sum': the shapes (None, 6, 4) and (None, 4, 6) differ}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.add %x, %y {nn.layer = #nn.layer<"sum", "Add">} : (tensor<?x6x4xf32>, tensor<?x4x6xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

// (M3) All batches are equal.
func.func @m3(%x: tensor<?x6xf32>, %y: tensor<2x6xf32>) {
  // expected-error@+1 {{the batches of 'tensor<?x6xf32>' and 'tensor<2x6xf32>' differ}}
  %0 = nn.concatenate %x, %y {axis = 1} : (tensor<?x6xf32>, tensor<2x6xf32>) -> tensor<?x12xf32>
  return
}

// -----

// (M4) A slice lies inside.
func.func @m4(%x: tensor<?x6xf32>) {
  // expected-error@+1 {{the part [4, 4 + 3) does not lie in the extent 6}}
  %0 = nn.slice %x {axis = 1, offset = 4, size = 3} : (tensor<?x6xf32>) -> tensor<?x3xf32>
  return
}

// -----

// (M5) A slice has the size that it says.
func.func @m5(%x: tensor<?x6xf32>) {
  // expected-error@+1 {{the result is 'tensor<?x3xf32>', expected 'tensor<?x2xf32>'}}
  %0 = nn.slice %x {axis = 1, offset = 4, size = 2} : (tensor<?x6xf32>) -> tensor<?x3xf32>
  return
}

// -----

// (M7) The index is one of the inputs'.
func.func @m7(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{index is 2, expected one of 2 inputs}}
  %0 = nn.maximum_grad %x, %x, %x {index = 2} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

// (M8) Everything has one type.
func.func @m8(%x: tensor<?x4xf32>, %y: tensor<?x3xf32>) {
  // expected-error@+1 {{an input is 'tensor<?x3xf32>', expected the type of the output gradient, 'tensor<?x4xf32>'}}
  %0 = nn.minimum_grad %x, %y, %x {index = 0} : (tensor<?x4xf32>, tensor<?x3xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

// (M9) The parameter's extents are the input's, or 1.
func.func @m9(%x: tensor<?x6x4xf32>, %p: tensor<3x4xf32>) {
  // expected-error@+1 {{the parameter 'tensor<3x4xf32>' does not go with samples of 'tensor<?x6x4xf32>'}}
  %0 = nn.scale_by %x, %p : (tensor<?x6x4xf32>, tensor<3x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @m1_behind(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{there is no axis 3 to concatenate in the shape (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concatenate %x, %x {axis = 3} : (tensor<?x6x4xf32>, tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @m1_rank(%x: tensor<?x6x4xf32>, %y: tensor<?x6xf32>) {
  // expected-error@+2 {{the shapes (None, 6, 4) and (None, 6) differ in more than axis 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concatenate %x, %y {axis = 1} : (tensor<?x6x4xf32>, tensor<?x6xf32>) -> tensor<?x12x4xf32>
  return
}

// -----

func.func @m1_nothing() {
  // expected-error@+2 {{there is nothing to concatenate}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concatenate {axis = 1} : () -> tensor<?x6xf32>
  return
}

// -----

func.func @m1_scalar(%x: tensor<f32>) {
  // expected-error@+2 {{an operand has no batch axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concatenate %x, %x {axis = 1} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @m2_nothing() {
  // expected-error@+2 {{there is nothing to add}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.add : () -> tensor<?x6xf32>
  return
}

// -----

func.func @m2_multiply(%x: tensor<?x6xf32>, %y: tensor<?x1xf32>) {
  // expected-error@+2 {{the shapes (None, 6) and (None, 1) differ}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.multiply %x, %y : (tensor<?x6xf32>, tensor<?x1xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @m2_maximum() {
  // expected-error@+2 {{there is nothing to merge}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.maximum : () -> tensor<?x6xf32>
  return
}

// -----

func.func @m3_add(%x: tensor<?x6xf32>, %y: tensor<2x6xf32>) {
  // expected-error@+1 {{the batches of 'tensor<?x6xf32>' and 'tensor<2x6xf32>' differ}}
  %0 = nn.add %x, %y : (tensor<?x6xf32>, tensor<2x6xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @m3_scalar(%x: tensor<?x6xf32>, %y: tensor<f32>) {
  // expected-error@+1 {{the batches of 'tensor<?x6xf32>' and 'tensor<f32>' differ}}
  %0 = nn.add %x, %x, %y : (tensor<?x6xf32>, tensor<?x6xf32>, tensor<f32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @m3_multiply(%x: tensor<?x6xf32>, %y: tensor<2x6xf32>) {
  // expected-error@+1 {{the batches of 'tensor<?x6xf32>' and 'tensor<2x6xf32>' differ}}
  %0 = nn.multiply %x, %y : (tensor<?x6xf32>, tensor<2x6xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @m3_maximum(%x: tensor<?x6xf32>, %y: tensor<2x6xf32>) {
  // expected-error@+1 {{the batches of 'tensor<?x6xf32>' and 'tensor<2x6xf32>' differ}}
  %0 = nn.maximum %x, %y : (tensor<?x6xf32>, tensor<2x6xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @m3_minimum(%x: tensor<?x6xf32>, %y: tensor<2x6xf32>) {
  // expected-error@+1 {{the batches of 'tensor<?x6xf32>' and 'tensor<2x6xf32>' differ}}
  %0 = nn.minimum %x, %y : (tensor<?x6xf32>, tensor<2x6xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @m4_before(%x: tensor<?x6xf32>) {
  // expected-error@+1 {{the part [-1, -1 + 3) does not lie in the extent 6}}
  %0 = nn.slice %x {axis = 1, offset = -1, size = 3} : (tensor<?x6xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @m4_empty(%x: tensor<?x6xf32>) {
  // expected-error@+1 {{the part [2, 2 + 0) does not lie in the extent 6}}
  %0 = nn.slice %x {axis = 1, offset = 2, size = 0} : (tensor<?x6xf32>) -> tensor<?x0xf32>
  return
}

// -----

// An extent that nobody knows has no parts.
func.func @m4_dynamic(%x: tensor<?x?xf32>) {
  // expected-error@+1 {{the part [0, 0 + 3) does not lie in the extent}}
  %0 = nn.slice %x {axis = 1, offset = 0, size = 3} : (tensor<?x?xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @m4_batch(%x: tensor<8x6xf32>) {
  // expected-error@+1 {{axis is 0, expected one of 1 to 1}}
  %0 = nn.slice %x {axis = 0, offset = 0, size = 3} : (tensor<8x6xf32>) -> tensor<3x6xf32>
  return
}

// -----

func.func @m4_axis(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{axis is 3, expected one of 1 to 2}}
  %0 = nn.slice %x {axis = 3, offset = 0, size = 3} : (tensor<?x6x4xf32>) -> tensor<?x6x3xf32>
  return
}

// -----

func.func @m7_negative(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{expected one of 2 inputs}}
  %0 = nn.minimum_grad %x, %x, %x {index = -1} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @m8_result(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x3xf32>', expected the type of the output gradient, 'tensor<?x4xf32>'}}
  %0 = nn.maximum_grad %x, %x, %x {index = 0} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @m9_last(%x: tensor<?x6x4xf32>, %p: tensor<6x3xf32>) {
  // expected-error@+1 {{the parameter 'tensor<6x3xf32>' does not go with samples of 'tensor<?x6x4xf32>'}}
  %0 = nn.shift_by %x, %p : (tensor<?x6x4xf32>, tensor<6x3xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @m9_axes(%x: tensor<?x6x4xf32>, %p: tensor<1x6x4xf32>) {
  // expected-error@+1 {{the parameter 'tensor<1x6x4xf32>' does not go with samples of 'tensor<?x6x4xf32>'}}
  %0 = nn.scale_by %x, %p : (tensor<?x6x4xf32>, tensor<1x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @allowed(%x: tensor<?x6x4xf32>, %s: tensor<f32>, %p: tensor<6x1xf32>, %q: tensor<1x4xf32>, %r: tensor<4xf32>) {
  %0 = nn.concatenate %x, %x {axis = 1} : (tensor<?x6x4xf32>, tensor<?x6x4xf32>) -> tensor<?x12x4xf32>
  %1 = nn.concatenate %x, %x {axis = 2} : (tensor<?x6x4xf32>, tensor<?x6x4xf32>) -> tensor<?x6x8xf32>
  %2 = nn.add %s, %s : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %3 = nn.slice %x {axis = 1, offset = 0, size = 6} : (tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  %4 = nn.slice %x {axis = 2, offset = 3, size = 1} : (tensor<?x6x4xf32>) -> tensor<?x6x1xf32>
  %5 = nn.maximum_grad %x, %x, %x {index = 1} : (tensor<?x6x4xf32>, tensor<?x6x4xf32>, tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  %6 = nn.scale_by %x, %p : (tensor<?x6x4xf32>, tensor<6x1xf32>) -> tensor<?x6x4xf32>
  %7 = nn.shift_by %x, %q : (tensor<?x6x4xf32>, tensor<1x4xf32>) -> tensor<?x6x4xf32>
  %8 = nn.shift_by %x, %r : (tensor<?x6x4xf32>, tensor<4xf32>) -> tensor<?x6x4xf32>
  %9 = nn.scale_by %x, %s : (tensor<?x6x4xf32>, tensor<f32>) -> tensor<?x6x4xf32>
  return
}
