// Each part of each constraint of the losses by itself; what is just allowed comes last.
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

// -----

// (L1) of each loss and each gradient.
func.func @l1_squared_gradient(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.mean_squared_error_grad %p, %t : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l1_absolute_gradient(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.mean_absolute_error_grad %p, %t : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l1_huber(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.huber %p, %t {delta = 0.5} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @l1_huber_gradient(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.huber_grad %p, %t {delta = 0.5} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l1_binary(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.binary_cross_entropy %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @l1_binary_gradient(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.binary_cross_entropy_grad %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l1_categorical(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.categorical_cross_entropy %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @l1_categorical_gradient(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.categorical_cross_entropy_grad %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l1_sigmoid(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0:2 = nn.sigmoid_cross_entropy %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x4xf32>) -> (tensor<?x5xf32>, tensor<f32>)
  return
}

// -----

func.func @l1_sigmoid_gradient(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.sigmoid_cross_entropy_grad %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l1_softmax(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0:2 = nn.softmax_cross_entropy %p, %t {label_smoothing = 0.0, sparse = false} : (tensor<?x5xf32>, tensor<?x4xf32>) -> (tensor<?x5xf32>, tensor<f32>)
  return
}

// -----

func.func @l1_softmax_gradient(%p: tensor<?x5xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.softmax_cross_entropy_grad %p, %t {label_smoothing = 0.0, sparse = false} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

// (L2)
func.func @l2_no_axis(%p: tensor<?xf32>) {
  // expected-error@+1 {{the prediction has no axis but the batch}}
  %0 = nn.sparse_categorical_cross_entropy %p, %p : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return
}

// -----

func.func @l2_sparse_gradient(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x5xf32>', expected 'tensor<?xf32>'}}
  %0 = nn.sparse_categorical_cross_entropy_grad %p, %p : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l2_softmax_gradient(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the target is 'tensor<?x5xf32>', expected 'tensor<?xf32>'}}
  %0 = nn.softmax_cross_entropy_grad %p, %p {label_smoothing = 0.0, sparse = true} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

// (L3) On both sides, and of each loss and each gradient.
func.func @l3_binary(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is -5.000000e-01, expected a number in [0, 1]}}
  %0 = nn.binary_cross_entropy %p, %p {label_smoothing = -0.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @l3_binary_gradient(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is 1.500000e+00, expected a number in [0, 1]}}
  %0 = nn.binary_cross_entropy_grad %p, %p {label_smoothing = 1.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l3_categorical(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is -5.000000e-01, expected a number in [0, 1]}}
  %0 = nn.categorical_cross_entropy %p, %p {label_smoothing = -0.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @l3_categorical_gradient(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is 1.500000e+00, expected a number in [0, 1]}}
  %0 = nn.categorical_cross_entropy_grad %p, %p {label_smoothing = 1.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l3_sigmoid(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is -5.000000e-01, expected a number in [0, 1]}}
  %0:2 = nn.sigmoid_cross_entropy %p, %p {label_smoothing = -0.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> (tensor<?x5xf32>, tensor<f32>)
  return
}

// -----

func.func @l3_sigmoid_gradient(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is 1.500000e+00, expected a number in [0, 1]}}
  %0 = nn.sigmoid_cross_entropy_grad %p, %p {label_smoothing = 1.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l3_softmax(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is -5.000000e-01, expected a number in [0, 1]}}
  %0:2 = nn.softmax_cross_entropy %p, %p {label_smoothing = -0.5, sparse = false} : (tensor<?x5xf32>, tensor<?x5xf32>) -> (tensor<?x5xf32>, tensor<f32>)
  return
}

// -----

func.func @l3_softmax_gradient(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{label_smoothing is 1.500000e+00, expected a number in [0, 1]}}
  %0 = nn.softmax_cross_entropy_grad %p, %p {label_smoothing = 1.5, sparse = false} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

// (L4) of the other losses.
func.func @l4_absolute(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the prediction gradient is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.mean_absolute_error_grad %p, %p : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @l4_huber(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the prediction gradient is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.huber_grad %p, %p {delta = 0.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @l4_binary(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the prediction gradient is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.binary_cross_entropy_grad %p, %p {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @l4_categorical(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the prediction gradient is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.categorical_cross_entropy_grad %p, %p {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @l4_sigmoid(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the prediction gradient is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.sigmoid_cross_entropy_grad %p, %p {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @l4_softmax(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{the prediction gradient is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.softmax_cross_entropy_grad %p, %p {label_smoothing = 0.0, sparse = false} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @l4_sparse(%p: tensor<?x5xf32>, %t: tensor<?xf32>) {
  // expected-error@+1 {{the prediction gradient is 'tensor<?x4xf32>', expected the type of the prediction, 'tensor<?x5xf32>'}}
  %0 = nn.sparse_categorical_cross_entropy_grad %p, %t : (tensor<?x5xf32>, tensor<?xf32>) -> tensor<?x4xf32>
  return
}

// -----

// (L5)
func.func @l5_gradient(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{delta is -5.000000e-01, expected a number above 0}}
  %0 = nn.huber_grad %p, %p {delta = -0.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

// (L6)
func.func @l6_gradient(%p: tensor<?x5xf32>) {
  // expected-error@+1 {{ignore_class is given, but the targets are no class numbers}}
  %0 = nn.softmax_cross_entropy_grad %p, %p {ignore_class = 1, label_smoothing = 0.0, sparse = false} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

// (L7)
func.func @l7_dense(%p: tensor<?x4x5xf32>) {
  // expected-error@+1 {{class_weight takes a prediction of one axis behind the batch}}
  %0 = nn.mean_squared_error %p, %p {class_weight = array<f64: 1.0, 2.0>} : (tensor<?x4x5xf32>, tensor<?x4x5xf32>) -> tensor<f32>
  return
}

// -----

// The leading axis is known, so it is not the batch.
func.func @l7_no_batch(%p: tensor<4x5xf32>) {
  // expected-error@+1 {{class_weight takes a prediction of one axis behind the batch}}
  %0 = nn.mean_squared_error %p, %p {class_weight = array<f64: 1.0, 2.0>} : (tensor<4x5xf32>, tensor<4x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @allowed(%p: tensor<?x5xf32>, %t: tensor<?xf32>, %q: tensor<?x4x5xf32>, %s: tensor<8x5xf32>) {
  %0 = nn.categorical_cross_entropy %p, %p {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
  %1 = nn.categorical_cross_entropy %p, %p {label_smoothing = 1.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
  %2 = nn.huber %q, %q {delta = 0.125} : (tensor<?x4x5xf32>, tensor<?x4x5xf32>) -> tensor<f32>
  %3 = nn.mean_squared_error %s, %s : (tensor<8x5xf32>, tensor<8x5xf32>) -> tensor<f32>
  %4 = nn.mean_squared_error %p, %p {class_weight = array<f64: 1.0, 2.0>} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
  %5:2 = nn.softmax_cross_entropy %p, %t {ignore_class = 1, label_smoothing = 0.0, sparse = true}
    : (tensor<?x5xf32>, tensor<?xf32>) -> (tensor<?x5xf32>, tensor<f32>)
  return
}
