// Each part of each constraint of activations by itself; what is just allowed comes last.
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

func.func @a1_input_gradient(%y: tensor<?x5xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x4xf32>', expected the type of the output, 'tensor<?x5xf32>'}}
  %0 = nn.activation_grad %y, %y {function = #nn.activation<relu>} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @a1_from_input(%x: tensor<?x5xf32>, %dy: tensor<?x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected the type of the input, 'tensor<?x5xf32>'}}
  %0 = nn.activation_input_grad %x, %dy {function = #nn.activation<swish>} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @a1_from_input_result(%x: tensor<?x5xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x4xf32>', expected the type of the input, 'tensor<?x5xf32>'}}
  %0 = nn.activation_input_grad %x, %x {function = #nn.activation<gelu>} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @a1_elu(%x: tensor<?x5xf32>, %dy: tensor<?x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected the type of the input, 'tensor<?x5xf32>'}}
  %0 = nn.elu_grad %x, %dy {alpha = 1.0} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @a1_elu_result(%x: tensor<?x5xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x4xf32>', expected the type of the input, 'tensor<?x5xf32>'}}
  %0 = nn.elu_grad %x, %x {alpha = 1.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @a1_relu_output(%x: tensor<?x5xf32>, %dy: tensor<?x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected the type of the input, 'tensor<?x5xf32>'}}
  %0 = nn.relu_grad %x, %dy {negative_slope = 0.1, threshold = 0.0} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @a1_softmax(%y: tensor<?x5xf32>, %dy: tensor<?x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected the type of the output, 'tensor<?x5xf32>'}}
  %0 = nn.softmax_grad %y, %dy {axis = 1} : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @a1_softmax_result(%y: tensor<?x5xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x4xf32>', expected the type of the output, 'tensor<?x5xf32>'}}
  %0 = nn.softmax_grad %y, %y {axis = 1} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @a2_behind(%x: tensor<?x5x3xf32>) {
  // expected-error@+1 {{axis is 3, expected one of 1 to 2}}
  %0 = nn.softmax %x {axis = 3} : (tensor<?x5x3xf32>) -> tensor<?x5x3xf32>
  return
}

// -----

// (A3) Two inputs of swish have one output.
func.func @a3(%y: tensor<?x5xf32>) {
  // expected-error@+1 {{the gradient of swish cannot be read from its output}}
  %0 = nn.activation_grad %y, %y {function = #nn.activation<swish>} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @a3_from_input(%x: tensor<?x5xf32>) {
  // expected-error@+1 {{the gradient of relu is read from its output}}
  %0 = nn.activation_input_grad %x, %x {function = #nn.activation<relu>} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @allowed(%x: tensor<?x5x3xf32>) {
  %0 = nn.softmax %x {axis = 1} : (tensor<?x5x3xf32>) -> tensor<?x5x3xf32>
  %1 = nn.softmax %x {axis = 2} : (tensor<?x5x3xf32>) -> tensor<?x5x3xf32>
  %2 = nn.activation_input_grad %x, %x {function = #nn.activation<gelu>} : (tensor<?x5x3xf32>, tensor<?x5x3xf32>) -> tensor<?x5x3xf32>
  return
}
