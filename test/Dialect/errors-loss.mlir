// One case per constraint of the losses.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (L1) The target has the prediction's shape.
func.func @l1(%p: tensor<?x5xf32>, %t: tensor<?xf32>) {
  // expected-error@+1 {{the target is 'tensor<?xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.mean_squared_error %p, %t : (tensor<?x5xf32>, tensor<?xf32>) -> tensor<f32>
  return
}

// -----

func.func @l1_no_axis(%p: tensor<?xf32>) {
  // expected-error@+1 {{the prediction has no axis but the batch}}
  %0 = nn.binary_cross_entropy %p, %p {label_smoothing = 0.0} : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return
}

// -----

// (L2) A target of class numbers lacks the last axis.
func.func @l2(%p: tensor<?x7x5xf32>, %t: tensor<?x7x5xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x7x5xf32>', expected 'tensor<?x7xf32>'}}
  %0 = nn.sparse_categorical_cross_entropy %p, %t : (tensor<?x7x5xf32>, tensor<?x7x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @l2_logits(%p: tensor<?x5xf32>, %t: tensor<?x5xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x5xf32>', expected 'tensor<?xf32>'}}
  %0:2 = nn.softmax_cross_entropy %p, %t {label_smoothing = 0.0, sparse = true}
    : (tensor<?x5xf32>, tensor<?x5xf32>) -> (tensor<?x5xf32>, tensor<f32>)
  return
}

// -----

// (L3) Label smoothing is in [0, 1].
func.func @l3(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is 1.500000e+00, expected a number in [0, 1]}}
  %0 = nn.categorical_cross_entropy %p, %p {label_smoothing = 1.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
  return
}

// -----

// (L4) The gradient has the prediction's type.
func.func @l4(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the prediction gradient is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.mean_squared_error_grad %p, %p : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----
// (L5)
func.func @delta(%p: tensor<?x5xf32>, %t: tensor<?x5xf32>) {
  // expected-error @+1 {{'nn.huber' op delta is 0.000000e+00, expected a number above 0}}
  %0 = nn.huber %p, %t {delta = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
  return
}

// -----
// (L1)
func.func @absolute(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error @+1 {{'nn.mean_absolute_error' op the target is}}
  %0 = nn.mean_absolute_error %p, %t : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<f32>
  return
}

// -----

// (L6) Only class numbers may be ignored.
func.func @l6(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{ignore_class is given, but the targets are no class numbers}}
  %0:2 = nn.softmax_cross_entropy %p, %p {ignore_class = 1, label_smoothing = 0.0, sparse = false}
    : (tensor<?x5xf32>, tensor<?x5xf32>) -> (tensor<?x5xf32>, tensor<f32>)
  return
}

// -----

// (L7) A class for each sample.
func.func @l7(%p: tensor<?x4x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{class_weight takes a prediction of one axis behind the batch}}
  %0 = nn.sparse_categorical_cross_entropy %p, %t {class_weight = array<f64: 1.0, 2.0>} : (tensor<?x4x5xf32>, tensor<?x4xf32>) -> tensor<f32>
  return
}
