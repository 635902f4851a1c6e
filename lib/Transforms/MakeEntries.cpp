// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-make-entries: clones @model into the wanted entry points, in inference or training form, with their loss.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Normalization.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Fusion/Logits.h"
#include "nncc/Transforms/Losses.h"
#include "nncc/Transforms/Passes.h"

#include "llvm/ADT/DenseSet.h"

#include <optional>

namespace nncc {
#define GEN_PASS_DEF_NNMAKEENTRIES
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// What distinguishes the entry points from each other.
struct EntryForm {
  bool training;       ///< batch statistics and dropout
  bool movingAverages; ///< updates the moving statistics
  bool loss;           ///< takes a target, returns the loss
  bool outputGradient; ///< takes a gradient of the output

  /// Only what is trained on is weighted: validation is not.
  bool hasClassWeight() const { return loss && training; }
};

std::optional<EntryForm> lookUpForm(StringRef entry) {
  if (entry == kPredictEntry)
    return EntryForm{false, false, false, false};
  if (entry == kEvaluateEntry)
    return EntryForm{false, false, true, false};
  if (entry == kTrainStepEntry)
    return EntryForm{true, true, true, false};
  if (entry == kGradientsEntry)
    return EntryForm{false, false, false, true};
  if (entry == kGradientsTrainingEntry)
    return EntryForm{true, false, false, true};
  return std::nullopt;
}

/// Elements per sample and channel where Keras corrects the moving variance by n / (n - 1): where its fused kernel
/// takes the batch, that is 4-D and 5-D batches normalised along axis 1 or the last. Source:
/// keras/layers/normalization/batch_normalization.py, _fused_can_be_used and build.
std::optional<int64_t> besselExtent(nn::BatchNormOp norm) {
  auto type = cast<RankedTensorType>(norm.getInput().getType());
  int64_t rank = type.getRank(), axis = norm.getAxis();
  if ((rank != 4 && rank != 5) || (axis != 1 && axis != rank - 1))
    return std::nullopt;
  int64_t extent = 1;
  for (int64_t i = 1; i < rank; ++i)
    if (i != axis)
      extent *= type.getDimSize(i);
  return extent;
}

/// nn.batch_norm to nn.batch_norm_train, and the updates of the moving statistics at the end of the function.
void toTrainingForm(nn::BatchNormOp norm, bool movingAverages) {
  OpBuilder builder(norm);
  auto train = nn::BatchNormTrainOp::create(
      builder, norm.getLoc(),
      TypeRange{norm.getOutput().getType(), norm.getMean().getType(), norm.getVariance().getType()}, norm.getInput(),
      norm.getGamma(), norm.getBeta(), norm.getAxisAttr(), norm.getEpsilonAttr());
  train->setDiscardableAttrs(norm->getDiscardableAttrDictionary());
  if (movingAverages) {
    builder.setInsertionPoint(norm->getBlock()->getTerminator());
    auto update = [&](Value variable, Value value, std::optional<int64_t> bessel) {
      auto read = variable.getDefiningOp<nn::ReadOp>();
      if (!read)
        return;
      auto average =
          nn::MovingAverageOp::create(builder, norm.getLoc(), read.getVariableAttr(), value, norm.getMomentumAttr(),
                                      bessel ? builder.getI64IntegerAttr(*bessel) : IntegerAttr());
      nn::setLayer(average, nn::getLayer(norm));
    };
    update(norm.getMean(), train.getMean(), std::nullopt);
    update(norm.getVariance(), train.getVariance(), besselExtent(norm));
  }
  norm.getOutput().replaceAllUsesWith(train.getOutput());
  norm.erase();
}

void applyForm(func::FuncOp function, EntryForm form) {
  for (Operation &op : llvm::make_early_inc_range(function.front())) {
    if (auto norm = dyn_cast<nn::BatchNormOp>(op); norm && form.training && !norm->hasAttr(kFrozenAttrName))
      toTrainingForm(norm, form.movingAverages);
    else if (!form.training && isa<nn::DropoutOp, nn::SpatialDropoutOp, nn::GaussianNoiseOp>(op)) {
      op.getResult(0).replaceAllUsesWith(op.getOperand(0));
      op.erase();
    }
  }
}

/// With from_logits the loss takes the output as logits. Where the output is probabilities all the same, Keras takes
/// the logits before them and warns; the probabilities' loss, which nn-fuse-loss turns into that of the logits, does it
/// here.
nn::CallAttr withoutNeedlessFromLogits(nn::CallAttr loss, Value output, bool warn) {
  auto fromLogits = loss.getArguments().getAs<BoolAttr>("from_logits");
  if (!fromLogits || !fromLogits.getValue())
    return loss;
  Operation *activation = findLastActivation(output);
  if (!activation)
    return loss;
  if (warn)
    activation->emitWarning() << nn::describe(activation) << ": the loss " << loss.getName()
                              << " has from_logits=true, but the model's output has been through a "
                              << (isa<nn::SoftmaxOp>(activation) ? "softmax" : "sigmoid")
                              << "; the loss is computed from the logits before it";
  NamedAttrList arguments(loss.getArguments());
  arguments.set("from_logits", BoolAttr::get(loss.getContext(), false));
  return nn::CallAttr::get(loss.getContext(), loss.getName(), arguments.getDictionary(loss.getContext()));
}

/// Null where there is none.
DenseF64ArrayAttr classWeightOf(DictionaryAttr train) {
  auto weights = train.getAs<ArrayAttr>("class_weight");
  if (!weights)
    return {};
  SmallVector<double> numbers;
  for (auto number : weights.getAsRange<FloatAttr>())
    numbers.push_back(number.getValueAsDouble());
  return DenseF64ArrayAttr::get(train.getContext(), numbers);
}

/// The penalties of the regularizers: of the variables that the function reads, then of layers' outputs. They are told from
/// the loss by the layer that they are of.
void addPenalties(func::FuncOp function, OpBuilder &builder, SmallVectorImpl<Value> &losses) {
  auto add = [&](Location loc, nn::CallAttr regularizer, Value of, bool perSample, nn::LayerAttr layer) {
    Value penalty = buildPenalty(builder, loc, regularizer, of, perSample);
    if (layer)
      nn::setLayer(penalty.getDefiningOp(), layer);
    losses.push_back(penalty);
  };
  SymbolTable symbols(function->getParentOfType<ModuleOp>());
  llvm::DenseSet<StringAttr> done;
  for (auto read : function.front().getOps<nn::ReadOp>()) {
    auto variable = symbols.lookup<nn::VariableOp>(read.getVariable());
    if (!variable || !variable.getRegularizer() || !done.insert(read.getVariableAttr().getAttr()).second)
      continue;
    nn::LayerAttr layer;
    for (Operation *user : read->getUsers())
      if (!layer)
        layer = nn::getLayer(user);
    add(variable.getLoc(), *variable.getRegularizer(), read.getValue(), /*perSample=*/false, layer);
  }
  for (Operation &op : function.front())
    if (auto regularizer = op.getAttrOfType<nn::CallAttr>(kActivityRegularizerAttrName)) {
      add(op.getLoc(), regularizer, op.getResult(0), /*perSample=*/true, nn::getLayer(&op));
      op.removeAttr(kActivityRegularizerAttrName);
    }
}

struct MakeEntries : nncc::impl::NNMakeEntriesBase<MakeEntries> {
  using NNMakeEntriesBase::NNMakeEntriesBase;

  void runOnOperation() override {
    SmallVector<std::string> wanted(entries.begin(), entries.end());
    if (wanted.empty())
      wanted.push_back(kPredictEntry.str());
    ModuleOp module = getOperation();
    auto model = module.lookupSymbol<func::FuncOp>(kModelName);
    if (!model || model.isExternal() || model.getNumResults() != 1) {
      module.emitError() << "expected a function @model with one result, to make the entry points from";
      return signalPassFailure();
    }
    bool warned = false;
    for (const std::string &entry : wanted) {
      std::optional<EntryForm> form = lookUpForm(entry);
      if (!form) {
        module.emitError() << "unknown entry point '" << entry
                           << "'; expected predict, evaluate, train_step, gradients or gradients_training";
        return signalPassFailure();
      }
      if (module.lookupSymbol(entry)) {
        module.emitError() << "there is a function @" << entry << " already";
        return signalPassFailure();
      }
      if (failed(makeEntry(module, model, entry, *form, !warned)))
        return signalPassFailure();
      warned |= form->loss;
    }
  }

  /// 1. Clone, 2. bring into form, 3. add the target and the loss, or the output's gradient.
  LogicalResult makeEntry(ModuleOp module, func::FuncOp model, StringRef name, EntryForm form, bool warn) {
    auto train = module->getAttrOfType<DictionaryAttr>(kTrainAttrName);
    auto loss = train ? train.getAs<nn::CallAttr>("loss") : nn::CallAttr();
    if (form.loss && !loss)
      return module.emitError() << "@" << name << " needs a loss, and the model has no train section";

    func::FuncOp function = model.clone();
    function.setName(name);
    function.setPublic();
    function->setAttr(kEntryAttrName, UnitAttr::get(&getContext()));
    module.push_back(function);
    applyForm(function, form);

    Operation *terminator = function.front().getTerminator();
    Value output = terminator->getOperand(0);
    auto outputType = cast<RankedTensorType>(output.getType());
    if (form.outputGradient)
      addArgument(function, outputType, kOutputGradientName);
    if (!form.loss)
      return success();

    loss = withoutNeedlessFromLogits(loss, output, warn);
    BlockArgument target = addArgument(function, targetType(loss, outputType), kTargetName);
    // Before the moving averages, which stay last.
    Operation *position = terminator;
    while (position->getPrevNode() && isa<nn::MovingAverageOp>(position->getPrevNode()))
      position = position->getPrevNode();
    OpBuilder builder(position);
    FailureOr<Value> value = buildLoss(builder, module.getLoc(), loss, output, target,
                                        form.hasClassWeight() ? classWeightOf(train) : DenseF64ArrayAttr());
    if (failed(value))
      return failure();
    SmallVector<Value> losses = {*value};
    addPenalties(function, builder, losses);
    if (losses.size() > 1)
      value = Value(nn::TotalLossOp::create(builder, module.getLoc(), value->getType(), losses));
    terminator->insertOperands(1, *value);
    auto type = function.getFunctionType();
    function.setType(FunctionType::get(&getContext(), type.getInputs(), {outputType, value->getType()}));
    return success();
  }

  static BlockArgument addArgument(func::FuncOp function, Type type, StringRef name) {
    unsigned index = function.getNumArguments();
    Builder builder(function.getContext());
    auto attrs = builder.getDictionaryAttr(builder.getNamedAttr(kArgumentNameAttrName, builder.getStringAttr(name)));
    (void)function.insertArgument(index, type, attrs, function.getLoc());
    return function.getArgument(index);
  }
};

} // namespace
