// What steps of composed biases count: with 9 maps between and 5 filters, twice 9 * 5 operations; a row of the gradient takes 5
// products for the kernel and a sum of 5 products for the bias. Moved are 4 bytes an element of what is read and written.
// RUN: nncc-opt %s -nn-to-loops=vector-bits=256 | FileCheck %s

// CHECK: bytes = array<i64: 256, 0>, flops = array<i64: 90, 0>, {{.*}}units = array<i64: 1, 0>, what = "compose bias"}
// CHECK-SAME: bytes = array<i64: 452, 0>, flops = array<i64: 135, 0>, {{.*}}units = array<i64: 1, 0>, what = "compose bias gradient"}
func.func @compose(%b: tensor<9xf32>, %w: tensor<1x9x5xf32>, %n: tensor<5xf32>) -> (tensor<5xf32>, tensor<9xf32>, tensor<1x9x5xf32>) attributes {nn.entry} {
  %0 = nn.compose_bias %b, %w, %n : (tensor<9xf32>, tensor<1x9x5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %1:2 = nn.compose_bias_grad %n, %b, %w : (tensor<5xf32>, tensor<9xf32>, tensor<1x9x5xf32>) -> (tensor<9xf32>, tensor<1x9x5xf32>)
  return %0, %1#0, %1#1 : tensor<5xf32>, tensor<9xf32>, tensor<1x9x5xf32>
}
