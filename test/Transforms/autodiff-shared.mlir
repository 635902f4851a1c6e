// A variable that two ops read has one gradient: the sum over its reads, stored when the last of them has been passed.
// RUN: nncc-opt %s --nn-make-entries=entries=gradients --nn-autodiff | FileCheck %s

// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[FIRST:.*]] = nn.dense %{{.*}}, %{{.*}} {nn.layer = #nn.layer<"a", "Dense">}
// CHECK:         nn.dense %[[FIRST]], %{{.*}} {nn.layer = #nn.layer<"b", "Dense">}
// CHECK:         %[[DWB:.*]] = nn.dense_grad_kernel %[[FIRST]], %{{.*}} {nn.layer = #nn.layer<"b", "Dense">}
// CHECK-NOT:     nn.store_gradient
// CHECK:         %[[DWA:.*]] = nn.dense_grad_kernel %{{.*}} {nn.layer = #nn.layer<"a", "Dense">}
// CHECK-NEXT:    %[[SUM:.*]] = nn.add %[[DWB]], %[[DWA]]
// CHECK-NEXT:    nn.store_gradient @w, %[[SUM]]
// CHECK-NEXT:    return

module {
  nn.variable @w : tensor<4x4xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  func.func @model(%x: tensor<?x4xf32> {nn.name = "x"}) -> tensor<?x4xf32> {
    %0 = nn.read @w : tensor<4x4xf32>
    %1 = nn.dense %x, %0 {nn.layer = #nn.layer<"a", "Dense">} : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    %2 = nn.read @w : tensor<4x4xf32>
    %3 = nn.dense %1, %2 {nn.layer = #nn.layer<"b", "Dense">} : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    return %3 : tensor<?x4xf32>
  }
}
