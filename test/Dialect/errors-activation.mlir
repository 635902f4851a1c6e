// One case per constraint of activations, dropout and batch normalisation.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (A1) A gradient has the type of what it is a gradient of.
func.func @a1(%y: tensor<?x5xf32>, %dy: tensor<?x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected the type of the output, 'tensor<?x5xf32>'}}
  %0 = nn.activation_grad %y, %dy {function = #nn.activation<relu>} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @a1_relu(%x: tensor<?x5xf32>, %dy: tensor<?x5xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x4xf32>', expected the type of the input, 'tensor<?x5xf32>'}}
  %0 = nn.relu_grad %x, %dy {negative_slope = 0.1, threshold = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

// (A2) A softmax runs along an axis of a sample.
func.func @a2(%x: tensor<?x5xf32>) {
  // expected-error@+1 {{axis is 0, expected one of 1 to 1}}
  %0 = nn.softmax %x {axis = 0} : (tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @a2_gradient(%y: tensor<?x5xf32>) {
  // expected-error@+1 {{axis is 2, expected one of 1 to 1}}
  %0 = nn.softmax_grad %y, %y {axis = 2} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

// (R1) A rate is in [0, 1).
func.func @r1(%x: tensor<?x5xf32>) {
  // expected-error@+1 {{rate is 1.000000e+00, expected a number in [0, 1)}}
  %0 = nn.dropout %x {rate = 1.0, stream = 0 : i32} : (tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

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
