// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of what changes variables: stored gradients, moving averages, optimizers.

#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Reference/Evaluation.h"

#include <algorithm>
#include <cmath>

namespace nncc::reference {
namespace {

void storeGradient(nn::StoreGradientOp op, Evaluation &e) {
  e.state.gradients[op.getVariable().str()] = e[op.getGradient()];
}

void movingAverage(nn::MovingAverageOp op, Evaluation &e) {
  auto found = e.state.variables.find(op.getVariable().str());
  if (found == e.state.variables.end())
    return e.fail("updates the variable '" + op.getVariable() + "', which the state lacks");
  const Tensor &value = e[op.getValue()];
  double momentum = op.getMomentumAttr().getValueAsDouble(), correction = 1;
  if (auto extent = op.getBesselExtent()) {
    double count = double(e.batch) * double(*extent);
    correction = count / std::max(count - 1, 1.0);
  }
  for (int64_t i = 0; i < value.size(); ++i)
    found->second[i] = found->second[i] * momentum + value[i] * correction * (1 - momentum);
}

/// Calls update(parameter, gradient, slots) for every element of every trainable variable. One without a gradient has
/// 0.
template <typename Update> void updateAll(mlir::Operation *op, Evaluation &e, size_t slotCount, Update update) {
  State &state = e.state;
  state.slots.resize(std::max(state.slots.size(), slotCount));
  for (auto variable : op->getParentOfType<mlir::ModuleOp>().getOps<nn::VariableOp>()) {
    std::string path = variable.getSymName().str();
    auto found = state.variables.find(path);
    if (!variable.getTrainable() || found == state.variables.end())
      continue;
    Tensor &parameters = found->second;
    Tensor &gradients = state.gradients[path];
    if (gradients.data.empty())
      gradients = Tensor(parameters.shape);
    llvm::SmallVector<Tensor *> slots;
    for (size_t s = 0; s < slotCount; ++s) {
      Tensor &slot = state.slots[s][path];
      if (slot.data.empty())
        slot = Tensor(parameters.shape);
      slots.push_back(&slot);
    }
    for (int64_t i = 0; i < parameters.size(); ++i) {
      double *at[3] = {};
      for (size_t s = 0; s < slotCount; ++s)
        at[s] = &slots[s]->data[i];
      update(parameters[i], gradients[i], at);
    }
  }
}

void sgd(nn::SgdOp op, Evaluation &e) {
  double rate = e.state.learningRate, momentum = op.getMomentumAttr().getValueAsDouble();
  updateAll(op, e, momentum == 0 ? 0 : 1, [&](double &w, double g, double **slot) {
    if (momentum == 0) {
      w -= rate * g;
      return;
    }
    double &m = *slot[0];
    m = momentum * m - rate * g;
    w += op.getNesterov() ? momentum * m - rate * g : m;
  });
}

void adam(nn::AdamOp op, Evaluation &e) {
  double beta1 = op.getBeta_1Attr().getValueAsDouble(), beta2 = op.getBeta_2Attr().getValueAsDouble();
  double epsilon = op.getEpsilonAttr().getValueAsDouble();
  double t = double(e.state.step + 1);
  double alpha = e.state.learningRate * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t));
  updateAll(op, e, op.getAmsgrad() ? 3 : 2, [&](double &w, double g, double **slot) {
    double &m = *slot[0], &v = *slot[1];
    m += (g - m) * (1 - beta1);
    v += (g * g - v) * (1 - beta2);
    double second = v;
    if (op.getAmsgrad())
      second = *slot[2] = std::max(*slot[2], v);
    w -= m * alpha / (std::sqrt(second) + epsilon);
  });
}

} // namespace

void addOptimizerEvaluators(EvaluatorTable &table) {
  table.add<nn::StoreGradientOp, storeGradient>();
  table.add<nn::MovingAverageOp, movingAverage>();
  table.add<nn::SgdOp, sgd>();
  table.add<nn::AdamOp, adam>();
}

} // namespace nncc::reference
