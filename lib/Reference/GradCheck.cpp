// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Reference/GradCheck.h"

#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Attention.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Interfaces/LayerOpInterface.h"
#include "nncc/Reference/Evaluation.h"
#include "nncc/Reference/RandomValues.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>
#include <memory>
#include <thread>

using namespace mlir;

namespace nncc::reference {
namespace {

/// What one tensor's gradient is compared with, and how that ended.
struct Comparison {
  std::string name;
  SmallVector<Value> values; ///< reads of the variable, or the argument
  const Tensor *at;          ///< its value
  const Tensor *gradient;    ///< from the gradient pass
  double maxError = 0;
  int64_t compared = 0, kinks = 0;
  bool passed = true;
};

/// A function with a backward pass, one of whose results is to be differentiated.
class Checker {
public:
  Checker(ModuleOp module, func::FuncOp function, unsigned rootResult, const GradCheckOptions &options)
      : module(module), function(function), root(function.front().getTerminator()->getOperand(rootResult)),
        options(options), random(options.seed + 1) {}

  LogicalResult run() {
    state = makeRandomState(module, options.seed);
    makeInputs();
    State after = state;
    // The optimizer may clip the gradients; the rules' own are wanted.
    FailureOr<SmallVector<Tensor>> results =
        interpret(function, inputs, after, [](Operation *op) { return isa<nn::ClipGradientsOp>(op); });
    if (failed(results) || failed(evaluateForward()))
      return failure();
    SmallVector<Comparison> comparisons = collect(after, *results);
    double largest = 0;
    for (const Comparison &comparison : comparisons)
      largest = std::max(largest, largestOf(*comparison.gradient));
    const Comparison *firstFailed = nullptr, *lastFailed = nullptr;
    for (Comparison &comparison : comparisons) {
      compare(comparison, largest);
      report(comparison, comparisons);
      if (comparison.passed)
        continue;
      if (!firstFailed)
        firstFailed = &comparison;
      // Inputs come after the variables in the list, but first in the model.
      if (!lastFailed || !isa<BlockArgument>(comparison.values.front()))
        lastFailed = &comparison;
    }
    return firstFailed ? fail(*firstFailed, *lastFailed) : success();
  }

private:
  /// Random values for every argument; weights of the root's elements.
  void makeInputs() {
    auto train = module->getAttrOfType<DictionaryAttr>("nn.train");
    auto loss = train ? train.getAs<nn::CallAttr>("loss") : nn::CallAttr();
    int64_t classes = cast<RankedTensorType>(function.getResultTypes().front()).getShape().back();
    for (BlockArgument argument : function.getArguments()) {
      SmallVector<int64_t> shape(cast<RankedTensorType>(argument.getType()).getShape());
      shape.front() = options.batch;
      if (nameOf(argument) == "target")
        inputs.push_back(makeRandomTarget(loss ? loss.getName() : "", shape, classes, random));
      else if (int64_t rows = tableRows(argument))
        inputs.push_back(makeRandomRows(shape, rows));
      else
        inputs.push_back(random.tensor(shape, -1, 1));
      if (nameOf(argument) == "output_gradient")
        weights = inputs.back();
    }
    if (weights.data.empty())
      weights = Tensor({}, {1.0});
  }

  /// Rows of the table that an argument has the numbers of; 0 where it has none.
  static int64_t tableRows(BlockArgument argument) {
    for (Operation *user : argument.getUsers())
      if (auto embedding = dyn_cast<nn::EmbeddingOp>(user))
        return embedding.getTable().getType().getDimSize(0);
    return 0;
  }

  /// Numbers of rows and a half, so that no small step leads to another row.
  Tensor makeRandomRows(ArrayRef<int64_t> shape, int64_t rows) {
    Tensor tensor(shape);
    for (double &x : tensor.data)
      x = double(random.below(rows)) + 0.5;
    return tensor;
  }

  StringRef nameOf(BlockArgument argument) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "nn.name");
    return name ? name.getValue() : StringRef();
  }

  /// Finds the ops that the root depends on, and all values on the way.
  LogicalResult evaluateForward() {
    llvm::DenseSet<Value> wanted{root};
    for (Operation &op : llvm::reverse(function.front()))
      if (llvm::any_of(op.getResults(), [&](Value result) { return wanted.contains(result); })) {
        forward.push_back(&op);
        wanted.insert(op.operand_begin(), op.operand_end());
      }
    std::reverse(forward.begin(), forward.end());
    FailureOr<int64_t> bound = bindArguments(function, inputs, base);
    if (failed(bound))
      return failure();
    for (Operation *op : forward)
      if (failed(evaluate(op, base, state, *bound)))
        return failure();
    return success();
  }

  /// The trainable variables in the model's order, then the inputs that the function returns a gradient for.
  SmallVector<Comparison> collect(const State &after, ArrayRef<Tensor> results) {
    SmallVector<Comparison> comparisons;
    for (auto variable : module.getOps<nn::VariableOp>()) {
      std::string path = variable.getSymName().str();
      auto gradient = after.gradients.find(path);
      if (!variable.getTrainable() || gradient == after.gradients.end())
        continue;
      gradients.push_back(std::make_unique<Tensor>(gradient->second));
      Comparison &comparison = comparisons.emplace_back();
      comparison.name = path;
      comparison.at = &state.variables[path];
      comparison.gradient = gradients.back().get();
      for (Operation *op : forward)
        if (auto read = dyn_cast<nn::ReadOp>(op); read && read.getVariable() == path)
          comparison.values.push_back(read.getValue());
    }
    bool gradientEntry = function.getNumResults() > 0 && !weights.shape.empty();
    for (BlockArgument argument : function.getArguments()) {
      unsigned result = 1 + argument.getArgNumber();
      if (!gradientEntry || nameOf(argument) == "output_gradient" || result >= results.size())
        continue;
      gradients.push_back(std::make_unique<Tensor>(results[result]));
      Comparison &comparison = comparisons.emplace_back();
      comparison.name = nameOf(argument).str();
      comparison.at = &inputs[argument.getArgNumber()];
      comparison.gradient = gradients.back().get();
      comparison.values.push_back(argument);
    }
    return comparisons;
  }

  static double largestOf(const Tensor &tensor) {
    double largest = 0;
    for (double value : tensor.data)
      largest = std::max(largest, std::abs(value));
    return largest;
  }

  /// The ops between these values and the root.
  SmallVector<Operation *> opsBehind(ArrayRef<Value> values) {
    llvm::DenseSet<Value> changed(values.begin(), values.end());
    SmallVector<Operation *> ops;
    for (Operation *op : forward)
      if (llvm::any_of(op->getOperands(), [&](Value operand) { return changed.contains(operand); })) {
        ops.push_back(op);
        changed.insert(op->result_begin(), op->result_end());
      }
    return ops;
  }

  /// How many elements to compare: all wanted, or fewer where each costs so much that a check would take minutes.
  int64_t affordable(ArrayRef<Operation *> ops) {
    constexpr double kBudget = 4e9;
    double flops = 1;
    for (Operation *op : ops)
      if (auto layer = dyn_cast<LayerOpInterface>(op))
        flops += 2 * double(options.batch) * double(layer.getFlops());
    return std::max<int64_t>(std::min<int64_t>(options.samples, 4),
                             std::min<int64_t>(options.samples, int64_t(kBudget / flops)));
  }

  /// The root where one element of the tensor is moved by h.
  Tensor rootAt(const Comparison &comparison, ArrayRef<Operation *> ops, int64_t element, double h) {
    Values overlay(&base);
    Tensor moved = *comparison.at;
    moved[element] += h;
    for (Value value : comparison.values) {
      if (auto type = cast<RankedTensorType>(value.getType()); type.hasStaticShape())
        moved.shape.assign(type.getShape().begin(), type.getShape().end()); // a variable may be read in another one
      overlay.set(value, moved);
    }
    for (Operation *op : ops)
      (void)evaluate(op, overlay, state, options.batch); // has been evaluated without error before
    return *overlay.find(root);
  }

  /// sum(weights * (a - b)). The differences are taken before the sum, so that its rounding does not drown them.
  double weighted(const Tensor &a, const Tensor &b) {
    double sum = 0;
    for (int64_t i = 0; i < a.size(); ++i)
      sum += weights[i] * (a[i] - b[i]);
    return sum;
  }

  /// What the rounding of the root's op may do to a slope. Of a loss, the mean of a large batch of pixels, a step small enough
  /// to meet no kink moves the last digits only; where terms cancel, as in x - x, rounding is all that there is.
  double roundingOfSlope(const Tensor &center, double h) {
    constexpr double kRoundings = 4;
    double term = 0, squares = 0;
    if (Operation *op = root.getDefiningOp(); op && center.size() > 1)
      for (Value operand : op->getOperands())
        term = std::max(term, largestOf(*base.find(operand)));
    for (int64_t i = 0; i < center.size(); ++i) {
      double rounded = weights[i] * std::max(std::abs(center[i]), term);
      squares += rounded * rounded;
    }
    return kRoundings * std::numeric_limits<double>::epsilon() * std::sqrt(squares) / (2 * h);
  }

  /// 1. The element of the largest gradient, then random ones. 2. For each, slopes at smaller and smaller steps until
  /// one agrees. 3. Where none does: a kink, if the one-sided slopes differ and enclose the gradient; else an error.
  void compare(Comparison &comparison, double largestInModel) {
    const Tensor &gradient = *comparison.gradient;
    // A gradient that is 0 but for rounding (a bias before a batch normalisation) is measured against the model's
    // largest; where all are, against what tensors of numbers around 1 leave.
    double scale = std::max({largestOf(gradient), 1e-4 * largestInModel, 1e-10});
    SmallVector<Operation *> ops = opsBehind(comparison.values);
    const Tensor &center = *base.find(root);
    int64_t wanted = std::min(affordable(ops), gradient.size()), mistakes = 0;
    llvm::DenseSet<int64_t> tried;
    for (int64_t attempt = 0; attempt < 3 * wanted && comparison.compared < wanted && mistakes < 3; ++attempt) {
      int64_t element = nextElement(gradient, attempt, tried);
      if (element < 0)
        break;
      double expected = gradient[element], error = HUGE_VAL;
      bool kink = false;
      for (double h : {1e-5, 1e-6, 1e-7}) {
        Tensor above, below;
        std::thread other([&] { below = rootAt(comparison, ops, element, -h); });
        above = rootAt(comparison, ops, element, h);
        other.join();
        double deviation = std::abs(weighted(above, below) / (2 * h) - expected);
        if (deviation > options.tolerance * scale)
          deviation = std::max(deviation - roundingOfSlope(center, h), 0.0);
        error = std::min(error, deviation / scale);
        if (error <= options.tolerance)
          break;
        double left = weighted(center, below) / h, right = weighted(above, center) / h;
        double slack = options.tolerance * scale;
        kink = std::abs(right - left) > slack && expected >= std::min(left, right) - slack &&
               expected <= std::max(left, right) + slack;
      }
      if (!(error <= options.tolerance) && kink) {
        ++comparison.kinks;
        continue;
      }
      ++comparison.compared;
      if (!(error <= comparison.maxError))
        comparison.maxError = error;
      mistakes += !(error <= options.tolerance);
    }
    comparison.passed = mistakes == 0 && comparison.compared > 0;
  }

  /// An element not tried yet; -1 where all were.
  int64_t nextElement(const Tensor &gradient, int64_t attempt, llvm::DenseSet<int64_t> &tried) {
    if (int64_t(tried.size()) == gradient.size())
      return -1;
    int64_t element = 0;
    if (attempt == 0) {
      for (int64_t i = 0; i < gradient.size(); ++i)
        if (std::abs(gradient[i]) > std::abs(gradient[element]))
          element = i;
    } else {
      element = random.below(gradient.size());
    }
    while (!tried.insert(element).second)
      element = (element + 1) % gradient.size();
    return element;
  }

  void report(const Comparison &comparison, ArrayRef<Comparison> all) {
    if (!options.report)
      return;
    size_t width = 0;
    for (const Comparison &other : all)
      width = std::max(width, other.name.size());
    *options.report << "  " << comparison.name << std::string(width - comparison.name.size(), ' ')
                    << llvm::format("  max error %.1e", comparison.maxError);
    if (comparison.kinks)
      *options.report << "  (" << comparison.kinks << (comparison.kinks == 1 ? " kink" : " kinks") << " left out)";
    *options.report << (comparison.passed ? "  ok\n" : "  FAILED\n");
  }

  /// The op of the layer that a tensor belongs to: the first that uses it.
  Operation *layerOpOf(const Comparison &comparison) {
    for (Operation *op : opsBehind(comparison.values))
      if (nn::getLayer(op))
        return op;
    return function;
  }

  LogicalResult fail(const Comparison &first, const Comparison &last) {
    Operation *op = layerOpOf(first), *lastOp = layerOpOf(last);
    InFlightDiagnostic error = op->emitError() << nn::describe(op) << ": the gradient of '" << first.name << "' ";
    if (first.compared == 0)
      return error << "could not be checked: all its elements stand at kinks";
    error << "disagrees with finite differences: relative error " << llvm::formatv("{0:e1}", first.maxError).str()
          << ", at most " << llvm::formatv("{0:e1}", options.tolerance).str() << " was expected";
    // A wrong rule spoils all gradients before it.
    error.attachNote(lastOp->getLoc()) << "the last layer that disagrees is " << nn::describe(lastOp)
                                       << ": the wrong rule is its own or that of a layer right behind it";
    return error;
  }

  ModuleOp module;
  func::FuncOp function;
  Value root;
  const GradCheckOptions &options;
  Random random;
  State state;
  SmallVector<Tensor> inputs;
  Tensor weights;
  SmallVector<Operation *> forward;
  Values base;
  std::vector<std::unique_ptr<Tensor>> gradients;
};

} // namespace

LogicalResult checkGradients(ModuleOp module, const GradCheckOptions &options) {
  bool checked = false;
  LogicalResult result = success();
  auto check = [&](StringRef entry, StringRef what, unsigned root) {
    auto function = module.lookupSymbol<func::FuncOp>(entry);
    if (!function || failed(result))
      return;
    checked = true;
    if (options.report)
      *options.report << what << '\n';
    result = Checker(module, function, root, options).run();
  };
  if (options.training)
    check("gradients_training", "gradients of the output, layers in training mode:", 0);
  else
    check("gradients", "gradients of the output, layers in inference mode:", 0);
  check("train_step", "gradients of the loss, layers in training mode:", 1);
  if (!checked)
    return module.emitError() << "there is no gradient entry to check; nn-make-entries and nn-autodiff make them";
  return result;
}

} // namespace nncc::reference
