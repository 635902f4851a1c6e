// nn-autodiff on @gradients: from the argument output_gradient to the parameters' and the inputs' gradients.
// RUN: nncc-opt %s --nn-make-entries=entries=gradients --nn-autodiff | FileCheck %s

// A residual block: `a` is used by the layer `b` and by the sum; its gradients are added when its own op is reached.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[X:.*]]: tensor<?x4xf32> {nn.name = "x"}, %[[DY:.*]]: tensor<?x4xf32> {nn.name = "output_gradient"}) -> (tensor<?x4xf32>, tensor<?x4xf32>)
// CHECK:         %[[WA:.*]] = nn.read @"a/kernel"
// CHECK:         %[[A:.*]] = nn.dense %[[X]], %[[WA]]
// CHECK:         %[[WB:.*]] = nn.read @"b/kernel"
// CHECK:         %[[B:.*]] = nn.dense %[[A]], %[[WB]]
// CHECK:         %[[Y:.*]] = nn.add %[[A]], %[[B]]
// CHECK-NEXT:    %[[DZ:.*]] = nn.activation_grad %[[B]], %[[DY]]
// CHECK-NEXT:    %[[DA:.*]] = nn.dense_grad_input %[[DZ]], %[[WB]]
// CHECK-NEXT:    %[[DWB:.*]] = nn.dense_grad_kernel %[[A]], %[[DZ]]
// CHECK-NEXT:    nn.store_gradient @"b/kernel", %[[DWB]]
// CHECK-NEXT:    %[[SUM:.*]] = nn.add %[[DY]], %[[DA]] {nn.layer = #nn.layer<"a", "Dense">}
// CHECK-NEXT:    %[[DX:.*]] = nn.dense_grad_input %[[SUM]], %[[WA]]
// CHECK-NEXT:    %[[DWA:.*]] = nn.dense_grad_kernel %[[X]], %[[SUM]]
// CHECK-NEXT:    nn.store_gradient @"a/kernel", %[[DWA]]
// CHECK-NEXT:    return %[[Y]], %[[DX]]

module {
  nn.variable @"a/kernel" : tensor<4x4xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  nn.variable @"b/kernel" : tensor<4x4xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  // Has no influence on the output: no gradient is stored, its place in the buffer stays 0.
  nn.variable @unused : tensor<4x4xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  func.func @model(%x: tensor<?x4xf32> {nn.name = "x"}) -> tensor<?x4xf32> {
    %0 = nn.read @"a/kernel" : tensor<4x4xf32>
    %1 = nn.dense %x, %0 {nn.layer = #nn.layer<"a", "Dense">} : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    %2 = nn.read @"b/kernel" : tensor<4x4xf32>
    %3 = nn.dense %1, %2 {activation = #nn.activation<tanh>, nn.layer = #nn.layer<"b", "Dense">} : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    %4 = nn.read @unused : tensor<4x4xf32>
    %5 = nn.dense %x, %4 {nn.layer = #nn.layer<"c", "Dense">} : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    %6 = nn.add %1, %3 {nn.layer = #nn.layer<"add", "Add">} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
    return %6 : tensor<?x4xf32>
  }
}
