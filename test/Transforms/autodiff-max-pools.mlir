// nn-autodiff: a max pool that reads another one takes its training form too, and reads that of the first.
// RUN: nncc-opt %s --nn-make-entries=entries=gradients --nn-autodiff | FileCheck %s

// CHECK-LABEL: func.func @gradients(
// CHECK:         %[[A:.*]], %[[WHERE_A:.*]] = nn.max_pool_train
// CHECK:         %[[B:.*]], %[[WHERE_B:.*]] = nn.max_pool_train %[[A]]
// CHECK:         %[[DA:.*]] = nn.max_pool_grad %{{.*}}, %[[WHERE_B]]
// CHECK:         %[[DX:.*]] = nn.max_pool_grad %[[DA]], %[[WHERE_A]]
// CHECK:         return %[[B]], %[[DX]]

module @PoolOfPool {
  func.func @model(%x: tensor<?x8x3xf32> {nn.name = "x"}) -> tensor<?x2x3xf32> {
    %0 = nn.max_pool %x {nn.layer = #nn.layer<"a", "MaxPooling1D">, padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x8x3xf32>) -> tensor<?x4x3xf32>
    %1 = nn.max_pool %0 {nn.layer = #nn.layer<"b", "MaxPooling1D">, padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x4x3xf32>) -> tensor<?x2x3xf32>
    return %1 : tensor<?x2x3xf32>
  }
}
