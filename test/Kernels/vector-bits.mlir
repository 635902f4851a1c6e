// RUN: not nncc-opt %s -nn-to-loops=vector-bits=64 2>&1 | FileCheck %s
// RUN: nncc-opt %s -nn-to-loops=vector-bits=128 | FileCheck %s --check-prefix=V4
// RUN: nncc-opt %s -nn-to-loops=vector-bits=512 | FileCheck %s --check-prefix=V16

// CHECK: error: nn-to-loops: vector-bits is 128, 256 or 512, not 64
// V4: vector<4xf32>
// V4-NOT: vector<8xf32>
// V16: vector<16xf32>
func.func @predict(%x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {nn.entry} {
  %0 = nn.activation %x {function = #nn.activation<relu>} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
