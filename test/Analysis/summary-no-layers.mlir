// RUN: nncc %s -emit=summary | FileCheck %s --match-full-lines --strict-whitespace

// A function of which no op is marked as a layer still has a table: each op is a layer by itself.
//CHECK:Model: "Bare"
//CHECK: add_1 (add)                 (None, 3)                    0         ['x[0][0]',{{ *}}
//CHECK-NEXT:{{ *}}'x[0][0]']{{ *}}
module @Bare {
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x3xf32> {
    %0 = nn.add %x, %x : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
    return %0 : tensor<?x3xf32>
  }
}
