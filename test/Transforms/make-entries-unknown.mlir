// RUN: not nncc-opt %s --nn-make-entries=entries=forecast 2>&1 | FileCheck %s
// CHECK: error: unknown entry point 'forecast'; expected predict, evaluate, train_step, gradients or gradients_training

module {
  func.func @model(%x: tensor<?x1xf32>) -> tensor<?x1xf32> { return %x : tensor<?x1xf32> }
}
