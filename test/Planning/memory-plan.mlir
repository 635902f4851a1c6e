// The memory plan of an entry: inputs and results live throughout, others share what is free, and an elementwise op computes
// in the place of an operand that dies in it.
// RUN: nncc-opt %s -nn-to-loops=print-plan=true 2>&1 >/dev/null | FileCheck %s

// CHECK: predict, arena: 64 + 384 * batch bytes
// CHECK-NEXT: x: at 64, bytes 0 + 128 * batch, steps 0 to 3
// CHECK-DAG: nn.activation first, nn.activation second, nn.activation third: {{.*}} steps 0 to 3
// CHECK-DAG: nn.activation fourth: {{.*}} steps 0 to 3
func.func @predict(%x: tensor<?x32xf32> {nn.name = "x"}) -> tensor<?x32xf32> attributes {nn.entry} {
  %0 = nn.activation %x {function = #nn.activation<relu>, nn.layer = #nn.layer<"first", "ReLU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %1 = nn.activation %0 {function = #nn.activation<tanh>, nn.layer = #nn.layer<"second", "Activation">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %2 = nn.activation %1 {function = #nn.activation<tanh>, nn.layer = #nn.layer<"third", "Activation">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %3 = nn.activation %2 {function = #nn.activation<tanh>, nn.layer = #nn.layer<"fourth", "Activation">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  return %3 : tensor<?x32xf32>
}

// Not in place: an input, and what is read later, be it through a reshape. In place is the last sum, over its second operand.
// CHECK: evaluate, arena:
// CHECK-DAG: {{^}}  nn.activation kept: {{.*}} steps 0 to 2
// CHECK-DAG: {{^}}  nn.activation other, nn.add sum: {{.*}} steps 1 to 3
// CHECK-DAG: {{^}}  nn.add result: {{.*}} steps 0 to 3
func.func @evaluate(%x: tensor<?x32xf32> {nn.name = "x"}) -> tensor<?x32xf32> attributes {nn.entry} {
  %0 = nn.activation %x {function = #nn.activation<relu>, nn.layer = #nn.layer<"kept", "ReLU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %1 = nn.reshape %0 {shape = array<i64: 4, 8>} : (tensor<?x32xf32>) -> tensor<?x4x8xf32>
  %2 = nn.reshape %1 {shape = array<i64: 32>} : (tensor<?x4x8xf32>) -> tensor<?x32xf32>
  %3 = nn.activation %0 {function = #nn.activation<tanh>, nn.layer = #nn.layer<"other", "Activation">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %4 = nn.add %x, %3, %2 {nn.layer = #nn.layer<"sum", "Add">} : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %5 = nn.add %4, %4 {nn.layer = #nn.layer<"result", "Add">} : (tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  return %5 : tensor<?x32xf32>
}
