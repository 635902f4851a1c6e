// Each part of each constraint of normalisations by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (N1) The statistics and parameters are vectors of the axis' extent.
func.func @n1(%x: tensor<?x7x5xf32>, %c: tensor<7xf32>) {
  // expected-error@+1 {{mean is 'tensor<7xf32>', expected a vector of 5}}
  %0 = nn.batch_norm %x mean(%c) variance(%c) {axis = 2, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x7x5xf32>, tensor<7xf32>, tensor<7xf32>) -> tensor<?x7x5xf32>
  return
}

// -----

// (N1) The axis is one of a sample's.
func.func @n1_axis(%x: tensor<?x7x5xf32>) {
  // expected-error@+1 {{axis is 3, expected one of 1 to 2}}
  %0:3 = nn.batch_norm_train %x {axis = 3, epsilon = 0.001} : (tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

// (N2) Gradients have the types of input, gamma and beta.
func.func @n2(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>) {
  // expected-error@+1 {{the gamma gradient is 'tensor<7xf32>', expected a vector of 5}}
  %0:3 = nn.batch_norm_train_grad %x gamma(%c) mean(%c) variance(%c), %x {axis = 2, epsilon = 0.001}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<7xf32>, tensor<5xf32>)
  return
}

// -----

// (N3) What is folded is a vector of the kernel's filters.
func.func @n3(%k: tensor<3x4x5xf32>, %c: tensor<5xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{bias is 'tensor<4xf32>', expected a vector of 5}}
  %0:2 = nn.fold_batch_norm %k bias(%b) mean(%c) variance(%c) {epsilon = 0.001}
    : (tensor<3x4x5xf32>, tensor<4xf32>, tensor<5xf32>, tensor<5xf32>) -> (tensor<3x4x5xf32>, tensor<5xf32>)
  return
}

// -----

// (N4) 1 <= axes < rank.
func.func @n4(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{axes is 3, expected one of 1 to 2}}
  %0 = nn.standardize %x {axes = 3, epsilon = 0.001} : (tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

// (N5) Everything has one type.
func.func @n5(%x: tensor<?x4xf32>, %g: tensor<?x3xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x3xf32>', expected the type of the input, 'tensor<?x4xf32>'}}
  %0 = nn.standardize_grad %x, %g {axes = 1, epsilon = 0.001} : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @n1_gamma(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{gamma is 'tensor<4xf32>', expected a vector of 5}}
  %0 = nn.batch_norm %x gamma(%d) beta(%c) mean(%c) variance(%c) {axis = 2, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x7x5xf32>, tensor<4xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x7x5xf32>
  return
}

// -----

func.func @n1_beta(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{beta is 'tensor<4xf32>', expected a vector of 5}}
  %0 = nn.batch_norm %x gamma(%c) beta(%d) mean(%c) variance(%c) {axis = 2, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<4xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x7x5xf32>
  return
}

// -----

func.func @n1_variance(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{variance is 'tensor<4xf32>', expected a vector of 5}}
  %0 = nn.batch_norm %x mean(%c) variance(%d) {axis = 2, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<4xf32>) -> tensor<?x7x5xf32>
  return
}

// -----

// As many elements, but no vector.
func.func @n1_matrix(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>, %d: tensor<5x1xf32>) {
  // expected-error@+1 {{mean is 'tensor<5x1xf32>', expected a vector of 5}}
  %0 = nn.batch_norm %x mean(%d) variance(%c) {axis = 2, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x7x5xf32>, tensor<5x1xf32>, tensor<5xf32>) -> tensor<?x7x5xf32>
  return
}

// -----

func.func @n1_batch_axis(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>) {
  // expected-error@+1 {{axis is 0, expected one of 1 to 2}}
  %0 = nn.batch_norm %x mean(%c) variance(%c) {axis = 0, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x7x5xf32>
  return
}

// -----

func.func @n1_train_gamma(%x: tensor<?x7x5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{gamma is 'tensor<4xf32>', expected a vector of 5}}
  %0:3 = nn.batch_norm_train %x gamma(%d) {axis = 2, epsilon = 0.001} : (tensor<?x7x5xf32>, tensor<4xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n1_train_beta(%x: tensor<?x7x5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{beta is 'tensor<4xf32>', expected a vector of 5}}
  %0:3 = nn.batch_norm_train %x beta(%d) {axis = 2, epsilon = 0.001} : (tensor<?x7x5xf32>, tensor<4xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

// The statistics are those of the axis.
func.func @n1_train_statistics(%x: tensor<?x7x5xf32>) {
  // expected-error@+2 {{inferred type(s) 'tensor<?x7x5xf32>', 'tensor<7xf32>', 'tensor<7xf32>' are incompatible}}
  // expected-error@+1 {{failed to infer returned types}}
  %0:3 = nn.batch_norm_train %x {axis = 1, epsilon = 0.001} : (tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<7xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n1_gradient_mean(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{mean is 'tensor<4xf32>', expected a vector of 5}}
  %0:3 = nn.batch_norm_grad %x mean(%d) variance(%c), %x {axis = 2, epsilon = 0.001}
    : (tensor<?x7x5xf32>, tensor<4xf32>, tensor<5xf32>, tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n1_gradient_variance(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{variance is 'tensor<4xf32>', expected a vector of 5}}
  %0:3 = nn.batch_norm_grad %x mean(%c) variance(%d), %x {axis = 2, epsilon = 0.001}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<4xf32>, tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n1_gradient_gamma(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{gamma is 'tensor<4xf32>', expected a vector of 5}}
  %0:3 = nn.batch_norm_grad %x gamma(%d) mean(%c) variance(%c), %x {axis = 2, epsilon = 0.001}
    : (tensor<?x7x5xf32>, tensor<4xf32>, tensor<5xf32>, tensor<5xf32>, tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n1_gradient_axis(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>) {
  // expected-error@+1 {{axis is 3, expected one of 1 to 2}}
  %0:3 = nn.batch_norm_grad %x mean(%c) variance(%c), %x {axis = 3, epsilon = 0.001}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n2_beta(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>) {
  // expected-error@+1 {{the beta gradient is 'tensor<7xf32>', expected a vector of 5}}
  %0:3 = nn.batch_norm_grad %x mean(%c) variance(%c), %x {axis = 2, epsilon = 0.001}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<7xf32>)
  return
}

// -----

func.func @n2_output(%x: tensor<?x7x5xf32>, %dy: tensor<?x6x5xf32>, %c: tensor<5xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x6x5xf32>', expected the type of the input, 'tensor<?x7x5xf32>'}}
  %0:3 = nn.batch_norm_grad %x mean(%c) variance(%c), %dy {axis = 2, epsilon = 0.001}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<?x6x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n2_input(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x6x5xf32>', expected the type of the input, 'tensor<?x7x5xf32>'}}
  %0:3 = nn.batch_norm_train_grad %x mean(%c) variance(%c), %x {axis = 2, epsilon = 0.001}
    : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<?x7x5xf32>) -> (tensor<?x6x5xf32>, tensor<5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n3_gamma(%k: tensor<3x4x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{gamma is 'tensor<4xf32>', expected a vector of 5}}
  %0:2 = nn.fold_batch_norm %k gamma(%d) mean(%c) variance(%c) {epsilon = 0.001}
    : (tensor<3x4x5xf32>, tensor<4xf32>, tensor<5xf32>, tensor<5xf32>) -> (tensor<3x4x5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n3_beta(%k: tensor<3x4x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{beta is 'tensor<4xf32>', expected a vector of 5}}
  %0:2 = nn.fold_batch_norm %k beta(%d) mean(%c) variance(%c) {epsilon = 0.001}
    : (tensor<3x4x5xf32>, tensor<4xf32>, tensor<5xf32>, tensor<5xf32>) -> (tensor<3x4x5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n3_mean(%k: tensor<3x4x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{mean is 'tensor<4xf32>', expected a vector of 5}}
  %0:2 = nn.fold_batch_norm %k mean(%d) variance(%c) {epsilon = 0.001}
    : (tensor<3x4x5xf32>, tensor<4xf32>, tensor<5xf32>) -> (tensor<3x4x5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n3_variance(%k: tensor<3x4x5xf32>, %c: tensor<5xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{variance is 'tensor<4xf32>', expected a vector of 5}}
  %0:2 = nn.fold_batch_norm %k mean(%c) variance(%d) {epsilon = 0.001}
    : (tensor<3x4x5xf32>, tensor<5xf32>, tensor<4xf32>) -> (tensor<3x4x5xf32>, tensor<5xf32>)
  return
}

// -----

func.func @n3_scalar(%k: tensor<f32>, %c: tensor<5xf32>) {
  // expected-error@+1 {{the kernel has no axis of filters}}
  %0:2 = nn.fold_batch_norm %k mean(%c) variance(%c) {epsilon = 0.001}
    : (tensor<f32>, tensor<5xf32>, tensor<5xf32>) -> (tensor<f32>, tensor<5xf32>)
  return
}

// -----

func.func @n4_none(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{axes is 0, expected one of 1 to 2}}
  %0 = nn.standardize %x {axes = 0, epsilon = 0.001} : (tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @n4_gradient(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{axes is 3, expected one of 1 to 2}}
  %0 = nn.standardize_grad %x, %x {axes = 3, epsilon = 0.001} : (tensor<?x6x4xf32>, tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @n5_result(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x3xf32>', expected the type of the input, 'tensor<?x4xf32>'}}
  %0 = nn.standardize_grad %x, %x {axes = 1, epsilon = 0.001} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @allowed(%x: tensor<?x7x5xf32>, %c: tensor<7xf32>, %d: tensor<5xf32>, %k: tensor<5xf32>) {
  %0 = nn.batch_norm %x mean(%c) variance(%c) {axis = 1, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x7x5xf32>, tensor<7xf32>, tensor<7xf32>) -> tensor<?x7x5xf32>
  %1:3 = nn.batch_norm_train %x {axis = 1, epsilon = 0.001} : (tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<7xf32>, tensor<7xf32>)
  %2:3 = nn.batch_norm_train %x {axis = 2, epsilon = 0.001} : (tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
  %3:2 = nn.fold_batch_norm %k mean(%d) variance(%d) {epsilon = 0.001}
    : (tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>)
  %4 = nn.standardize %x {axes = 1, epsilon = 0.001} : (tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
  %5 = nn.standardize %x {axes = 2, epsilon = 0.001} : (tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
  return
}
