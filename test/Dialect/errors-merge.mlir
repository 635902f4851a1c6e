// One case per constraint of reshape, concatenate, add and slice.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (S1) The element counts are equal.
func.func @s1(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the shape of 25 elements does not fit the input's 24 elements}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.reshape %x {shape = array<i64: 25>} : (tensor<?x6x4xf32>) -> tensor<?x25xf32>
  return
}

// -----

// (S2) The shape is resolved.
func.func @s2(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{the shape still holds a -1}}
  %0 = nn.reshape %x {shape = array<i64: -1>} : (tensor<?x6x4xf32>) -> tensor<?x24xf32>
  return
}

// -----

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
