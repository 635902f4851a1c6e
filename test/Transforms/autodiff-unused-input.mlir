// An input without influence on the output has the gradient 0, as in Keras.
// RUN: nncc-opt %s --nn-autodiff | FileCheck %s

// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %{{[a-z0-9]*}}: tensor<?x2xf32> {nn.name = "a"}, %[[B:[a-z0-9]*]]: tensor<?x3xf32> {nn.name = "b"}
// CHECK:         %[[DA:.*]] = nn.softmax_grad
// CHECK:         %[[DB:.*]] = nn.zeros_like %[[B]]
// CHECK:         return %{{.*}}, %[[DA]], %[[DB]]
func.func @gradients(%a: tensor<?x2xf32> {nn.name = "a"}, %b: tensor<?x3xf32> {nn.name = "b"}, %dy: tensor<?x2xf32> {nn.name = "output_gradient"}) -> tensor<?x2xf32> {
  %0 = nn.softmax %a {axis = 1} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
