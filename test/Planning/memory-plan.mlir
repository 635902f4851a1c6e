// The memory plan of an entry: inputs and results live throughout, others share what is free.
// RUN: nncc-opt %s -nn-to-loops=print-plan=true 2>&1 >/dev/null | FileCheck %s

// CHECK: predict, arena: 64 + 512 * batch bytes
// CHECK-NEXT: x: at 64, bytes 0 + 128 * batch, steps 0 to 3
// CHECK-DAG: nn.activation first: {{.*}} steps 0 to 1
// CHECK-DAG: nn.activation second: {{.*}} steps 1 to 2
// CHECK-DAG: nn.activation third: {{.*}} steps 2 to 3
// CHECK-DAG: nn.activation fourth: {{.*}} steps 0 to 3
func.func @predict(%x: tensor<?x32xf32> {nn.name = "x"}) -> tensor<?x32xf32> attributes {nn.entry} {
  %0 = nn.activation %x {function = #nn.activation<relu>, nn.layer = #nn.layer<"first", "ReLU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %1 = nn.activation %0 {function = #nn.activation<tanh>, nn.layer = #nn.layer<"second", "Activation">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %2 = nn.activation %1 {function = #nn.activation<tanh>, nn.layer = #nn.layer<"third", "Activation">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %3 = nn.activation %2 {function = #nn.activation<tanh>, nn.layer = #nn.layer<"fourth", "Activation">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  return %3 : tensor<?x32xf32>
}
