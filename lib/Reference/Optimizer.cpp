// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of what changes variables: stored gradients, moving averages, optimizers.

#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Reference/Evaluation.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace nncc::reference {
namespace {

void storeGradient(nn::StoreGradientOp op, Evaluation &e) {
  Tensor gradient = e[op.getGradient()];
  if (auto found = e.state.variables.find(op.getVariable().str()); found != e.state.variables.end())
    gradient.shape = found->second.shape; // the variable may have been read in another shape
  e.state.gradients[op.getVariable().str()] = std::move(gradient);
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

/// The trainable variables that the state has.
llvm::SmallVector<std::string> trainablePaths(mlir::Operation *op, Evaluation &e) {
  llvm::SmallVector<std::string> paths;
  for (auto variable : op->getParentOfType<mlir::ModuleOp>().getOps<nn::VariableOp>())
    if (variable.getTrainable() && e.state.variables.count(variable.getSymName().str()))
      paths.push_back(variable.getSymName().str());
  return paths;
}

double squaredNorm(const Tensor &tensor) {
  double sum = 0;
  for (double x : tensor.data)
    sum += x * x;
  return sum;
}

void clipGradients(nn::ClipGradientsOp op, Evaluation &e) {
  double limit = op.getNormAttr().getValueAsDouble(), all = 0;
  for (const std::string &path : trainablePaths(op, e))
    all += squaredNorm(e.state.gradients[path]);
  for (const std::string &path : trainablePaths(op, e)) {
    Tensor &gradient = e.state.gradients[path];
    double norm = std::sqrt(op.getGlobal() ? all : squaredNorm(gradient));
    double scale = std::isfinite(norm) ? limit / std::max(norm, limit) : std::nan("");
    for (double &x : gradient.data)
      x *= scale;
  }
}

/// Calls update(parameter, gradient, slots, number of the variable), or without the last, for every element of every trainable variable, after clipping by value and
/// weight decay. A variable without a gradient has 0.
template <typename Op, typename Update> void updateAll(Op op, Evaluation &e, Update update) {
  State &state = e.state;
  size_t slotCount = nn::countStateSlots(op);
  double initial = nn::initialState(op);
  auto optional = [](mlir::FloatAttr attr) { return attr ? attr.getValueAsDouble() : 0.0; };
  double decay = optional(op.getWeightDecayAttr()), limit = optional(op.getClipValueAttr());
  state.slots.resize(std::max(state.slots.size(), slotCount));
  for (auto [number, path] : llvm::enumerate(trainablePaths(op, e))) {
    Tensor &parameters = state.variables.find(path)->second;
    Tensor &gradients = state.gradients[path];
    if (gradients.data.empty())
      gradients = Tensor(parameters.shape);
    llvm::SmallVector<Tensor *> slots;
    for (size_t s = 0; s < slotCount; ++s) {
      Tensor &slot = state.slots[s][path];
      if (slot.data.empty()) {
        slot = Tensor(parameters.shape);
        std::fill(slot.data.begin(), slot.data.end(), initial);
      }
      slots.push_back(&slot);
    }
    for (int64_t i = 0; i < parameters.size(); ++i) {
      double *at[4] = {};
      for (size_t s = 0; s < slotCount; ++s)
        at[s] = &slots[s]->data[i];
      double g = limit > 0 ? std::clamp(gradients[i], -limit, limit) : gradients[i];
      parameters[i] -= parameters[i] * decay * state.learningRate;
      if constexpr (std::is_invocable_v<Update, double &, double, double **, size_t>)
        update(parameters[i], g, at, number);
      else
        update(parameters[i], g, at);
    }
  }
}

void sgd(nn::SgdOp op, Evaluation &e) {
  double rate = e.state.learningRate, momentum = op.getMomentumAttr().getValueAsDouble();
  updateAll(op, e, [&](double &w, double g, double **slot) {
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
  updateAll(op, e, [&](double &w, double g, double **slot) {
    double &m = *slot[0], &v = *slot[1];
    m += (g - m) * (1 - beta1);
    v += (g * g - v) * (1 - beta2);
    double second = v;
    if (op.getAmsgrad())
      second = *slot[2] = std::max(*slot[2], v);
    w -= m * alpha / (std::sqrt(second) + epsilon);
  });
}

void nadam(nn::NadamOp op, Evaluation &e) {
  double beta1 = op.getBeta_1Attr().getValueAsDouble(), beta2 = op.getBeta_2Attr().getValueAsDouble();
  double epsilon = op.getEpsilonAttr().getValueAsDouble(), rate = e.state.learningRate;
  auto share = [&](int64_t at) { return beta1 * (1 - 0.5 * std::pow(0.96, double(at))); };
  // One after the other, variable by variable and step by step, the factors enter the product.
  int64_t t = e.state.step + 1, count = trainablePaths(op, e).size();
  std::vector<double> products(count);
  double product = 1;
  for (int64_t i = 1; i <= t; ++i)
    for (int64_t k = 0; k < count; ++k) {
      if (count == 1 || k != i - count)
        product *= share(i);
      products[k] = product;
    }
  double now = share(t), next = share(t + 1);
  updateAll(op, e, [&](double &w, double g, double **slot, size_t variable) {
    double &m = *slot[0], &v = *slot[1];
    m += (g - m) * (1 - beta1);
    v += (g * g - v) * (1 - beta2);
    double first = next * m / (1 - products[variable] * next) + (1 - now) * g / (1 - products[variable]);
    w -= first * rate / (std::sqrt(v / (1 - std::pow(beta2, double(t)))) + epsilon);
  });
}

void rmsProp(nn::RmsPropOp op, Evaluation &e) {
  double rho = op.getRhoAttr().getValueAsDouble(), momentum = op.getMomentumAttr().getValueAsDouble();
  double epsilon = op.getEpsilonAttr().getValueAsDouble(), rate = e.state.learningRate;
  updateAll(op, e, [&](double &w, double g, double **slot) {
    double &v = **slot++;
    double *m = momentum != 0 ? *slot++ : nullptr;
    double *average = op.getCentered() ? *slot : nullptr;
    v = rho * v + (1 - rho) * g * g;
    double centre = average ? *average = rho * *average + (1 - rho) * g : 0;
    double step = rate * g / std::sqrt(v - centre * centre + epsilon);
    w -= m ? *m = momentum * *m + step : step;
  });
}

void adagrad(nn::AdagradOp op, Evaluation &e) {
  double epsilon = op.getEpsilonAttr().getValueAsDouble(), rate = e.state.learningRate;
  updateAll(op, e, [&](double &w, double g, double **slot) {
    *slot[0] += g * g;
    w -= rate * g / std::sqrt(*slot[0] + epsilon);
  });
}

void adadelta(nn::AdadeltaOp op, Evaluation &e) {
  double rho = op.getRhoAttr().getValueAsDouble(), epsilon = op.getEpsilonAttr().getValueAsDouble();
  double rate = e.state.learningRate;
  updateAll(op, e, [&](double &w, double g, double **slot) {
    double &gradients = *slot[0], &steps = *slot[1];
    gradients = rho * gradients + (1 - rho) * g * g;
    double step = -std::sqrt(steps + epsilon) * g / std::sqrt(gradients + epsilon);
    steps = rho * steps + (1 - rho) * step * step;
    w += rate * step;
  });
}

} // namespace

void addOptimizerEvaluators(EvaluatorTable &table) {
  table.add<nn::StoreGradientOp, storeGradient>();
  table.add<nn::MovingAverageOp, movingAverage>();
  table.add<nn::ClipGradientsOp, clipGradients>();
  table.add<nn::SgdOp, sgd>();
  table.add<nn::AdamOp, adam>();
  table.add<nn::NadamOp, nadam>();
  table.add<nn::RmsPropOp, rmsProp>();
  table.add<nn::AdagradOp, adagrad>();
  table.add<nn::AdadeltaOp, adadelta>();
}

} // namespace nncc::reference
