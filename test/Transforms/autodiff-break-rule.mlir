// For tests of the gradient check, break-rule makes the rule of one op wrong: its operand gradients are doubled.
// RUN: nncc-opt %s --nn-autodiff=break-rule=nn.softmax | FileCheck %s

// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[DX:.*]] = nn.softmax_grad
// CHECK-NEXT:    %[[TWICE:.*]] = nn.add %[[DX]], %[[DX]]
// CHECK-NEXT:    return %{{.*}}, %[[TWICE]]
func.func @gradients(%x: tensor<?x2xf32> {nn.name = "x"}, %dy: tensor<?x2xf32> {nn.name = "output_gradient"}) -> tensor<?x2xf32> {
  %0 = nn.softmax %x {axis = 1} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
