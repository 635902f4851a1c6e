// The memory plan of an entry: inputs and results live throughout, others share what is free, and an elementwise op computes
// in the place of an operand that dies in it.
// RUN: nncc-opt %s -nn-to-loops=print-plan=true 2>&1 >/dev/null | FileCheck %s

// CHECK: predict, arena: 64 + 384 * batch bytes
// CHECK-NEXT: x: at 64, bytes 0 + 128 * batch, steps 0 to 3
// CHECK-DAG: nn.elu first, nn.elu second, nn.elu third: {{.*}} steps 0 to 3
// CHECK-DAG: nn.elu fourth: {{.*}} steps 0 to 3
func.func @predict(%x: tensor<?x32xf32> {nn.name = "x"}) -> tensor<?x32xf32> attributes {nn.entry} {
  %0 = nn.elu %x {alpha = 1.0 : f64, nn.layer = #nn.layer<"first", "ELU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %1 = nn.elu %0 {alpha = 1.0 : f64, nn.layer = #nn.layer<"second", "ELU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %2 = nn.elu %1 {alpha = 1.0 : f64, nn.layer = #nn.layer<"third", "ELU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %3 = nn.elu %2 {alpha = 1.0 : f64, nn.layer = #nn.layer<"fourth", "ELU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  return %3 : tensor<?x32xf32>
}

// Not in place: an input, and what is read later, be it through a reshape. In place is the sum, over an operand that dies in it.
// CHECK: evaluate, arena:
// CHECK-DAG: {{^}}  nn.elu other: {{.*}} steps 1 to 2
// CHECK-DAG: {{^}}  nn.elu kept, nn.add sum: {{.*}} steps 0 to 3
// CHECK-DAG: {{^}}  nn.add result: {{.*}} steps 0 to 3
func.func @evaluate(%x: tensor<?x32xf32> {nn.name = "x"}) -> tensor<?x32xf32> attributes {nn.entry} {
  %0 = nn.elu %x {alpha = 1.0 : f64, nn.layer = #nn.layer<"kept", "ELU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %1 = nn.reshape %0 {shape = array<i64: 4, 8>} : (tensor<?x32xf32>) -> tensor<?x4x8xf32>
  %2 = nn.reshape %1 {shape = array<i64: 32>} : (tensor<?x4x8xf32>) -> tensor<?x32xf32>
  %3 = nn.elu %0 {alpha = 1.0 : f64, nn.layer = #nn.layer<"other", "ELU">} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %4 = nn.add %x, %3, %2 {nn.layer = #nn.layer<"sum", "Add">} : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %5 = nn.add %4, %4 {nn.layer = #nn.layer<"result", "Add">} : (tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  return %5 : tensor<?x32xf32>
}
