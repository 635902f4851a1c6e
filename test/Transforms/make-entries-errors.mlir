// RUN: nncc-opt %s --split-input-file -verify-diagnostics --nn-make-entries=entries=train_step

// expected-error @+1 {{@train_step needs a loss, and the model has no train section}}
module @NoTrainSection {
  func.func @model(%x: tensor<?x1xf32>) -> tensor<?x1xf32> { return %x : tensor<?x1xf32> }
}

// -----
// expected-error @+1 {{expected a function @model with one result, to make the entry points from}}
module @NoModel {
}

// -----
// expected-error @+1 {{the loss 'Poisson' is not supported; expected BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy, MeanSquaredError, MeanAbsoluteError or Huber}}
module @UnknownLoss attributes {nn.train = {loss = #nn.call<"Poisson", {}>}} {
  func.func @model(%x: tensor<?x1xf32>) -> tensor<?x1xf32> { return %x : tensor<?x1xf32> }
}

// -----
// expected-error @+1 {{there is a function @train_step already}}
module @Twice attributes {nn.train = {loss = #nn.call<"MeanSquaredError", {}>}} {
  func.func @model(%x: tensor<?x1xf32>) -> tensor<?x1xf32> { return %x : tensor<?x1xf32> }
  func.func @train_step(%x: tensor<?x1xf32>) -> tensor<?x1xf32> { return %x : tensor<?x1xf32> }
}
